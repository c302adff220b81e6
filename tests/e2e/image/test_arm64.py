"""The image for Graviton instances, under emulation: built for arm64, trained, served and stopped like the other."""

import pytest

from saekdong.deploy.image import build, check

pytestmark = pytest.mark.emulated


def test_an_image_for_arm64_passes_every_check(docker, arm64_base, engine_folder):
    wheels = engine_folder / "arm64/wheels"
    build(docker, print, image="saekdong:arm64", platform="linux/arm64", base=arm64_base, wheels=wheels)
    found = list(check(docker, "saekdong:arm64", "linux/arm64"))
    assert [each for each in found if not each.passed] == []
    assert {"platform", "train", "ping", "photo", "SIGTERM", "manifest", "size"} <= {each.name for each in found}
    assert found[0].found == "linux/arm64"
