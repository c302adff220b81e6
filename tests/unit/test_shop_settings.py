"""The table `[shop]` of saekdong.toml: what it may say, and what is wrong with anything else."""

from pathlib import Path

import pytest

from saekdong.color.contrast import contrast_ratio, with_contrast
from saekdong.errors import SaekdongError
from saekdong.web.shop.settings import DARK_GROUND, LIGHT_GROUND, ShopSettings, read_shop_settings
from saekdong.workspace import Workspace


def test_every_setting_is_read(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    table = {
        "name": " 색동상회 ",
        "logo": "logo.svg",
        "accent": "rgb(200, 32, 47)",
        "currency": "krw",
        "columns": 4,
        "robots": "index",
        "address": "https://colors.shop.example/",
    }
    logo, address = str(tmp_path / "logo.svg"), "https://colors.shop.example"
    assert Workspace(tmp_path, {"shop": table}).shop_settings() == ShopSettings(
        "색동상회", logo, "#c8202f", "KRW", 4, "index", address
    )
    assert (
        read_shop_settings({"logo": "https://shop.example/logo.png"}, tmp_path).logo == "https://shop.example/logo.png"
    )
    assert Workspace(tmp_path).shop_settings() == ShopSettings()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("My shop", r"shop = 'My shop' is not a table; write \[shop\]"),
        ({"colour": "red"}, r"\[shop\] has no setting 'colour'; use name, logo, accent, "),
        ({"name": ""}, "name = '' is not a shop's name"),
        ({"name": "a\nb"}, "is not a shop's name"),
        ({"name": "x" * 61}, "at most 60 letters"),
        ({"logo": "logo.exe"}, "'logo.exe' cannot be a logo; give an http"),
        ({"logo": "../logo.png"}, "cannot be a logo"),
        ({"logo": "s3://shop/logo.png"}, "cannot be a logo"),
        ({"logo": "javascript:alert(1)//.png"}, "cannot read|cannot be a logo"),
        ({"logo": "none.png"}, "none.png"),
        ({"accent": "reddish"}, "'reddish' is not a color; write it as #c8202f"),
        ({"accent": "#f4cf3a"}, r"contrast of 1\.5 to white, and buttons need 3 .*use a darker color, such as #af9100"),
        ({"currency": "₩"}, "'₩' is not a currency; write its ISO 4217 code"),
        ({"columns": 1}, "'1' is not a number of columns; write a number from 2 to 8"),
        ({"columns": True}, "is not a number of columns"),
        ({"robots": "all"}, "'all' is unknown; use index or noindex"),
        ({"address": "shop.example"}, "is not an address"),
        ({"address": "https://me:pw@shop.example"}, "is not an address"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, table: object, message: str) -> None:
    with pytest.raises(SaekdongError, match=message):
        read_shop_settings(table, tmp_path)


def test_a_large_logo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(SaekdongError, match=r"saekdong\.toml: \[shop\] logo = 'logo.png' is larger than 1 MB"):
        Workspace(tmp_path, {"shop": {"logo": "logo.png"}}).shop_settings()


@pytest.mark.parametrize("accent", ["#000000", "#1f2a52", "#c8202f", "#3c8a45", "#767676", "#0000ff"])
def test_an_accent_is_seen_on_both_grounds(accent: str) -> None:
    light, dark = read_shop_settings({"accent": accent}, Path()).accents
    assert light == accent
    assert contrast_ratio(light, LIGHT_GROUND) >= 3
    assert contrast_ratio(dark, DARK_GROUND) >= 3


@pytest.mark.parametrize("ground", ["#ffffff", "#000000", "#151517", "#777777"])
@pytest.mark.parametrize("color", ["#f4cf3a", "#1b1b1d", "#ffffff", "#00ff00"])
def test_any_color_can_be_told_from_any_ground(color: str, ground: str) -> None:
    assert contrast_ratio(with_contrast(color, ground), ground) >= 3


def test_contrast_is_that_of_wcag() -> None:
    assert contrast_ratio("#ffffff", "#000000") == pytest.approx(21)
    assert contrast_ratio("#ff0000", "#ffffff") == pytest.approx(3.998, abs=0.001)
    assert contrast_ratio("#123456", "#123456") == 1
