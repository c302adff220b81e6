"""Endpoints follow the champion: real ones on this machine, through a promotion, a kill, and a rollback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifacts import exchanged, variant
from saekdong.captures import CaptureSettings, Retention
from saekdong.cli.app import run
from saekdong.deploy.local import LocalPlatform
from saekdong.deploy.platform import Endpoint
from saekdong.model.artifact import pack
from saekdong.registry.promotion import ChampionChange
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging.starter import STARTER_FILE
from saekdong.workspace import Workspace

# Endpoints take the first port that is free: no other test may take it in between.
pytestmark = pytest.mark.xdist_group("machine")

CAPTURE = CaptureSettings(50, Retention(48))


class Killed(BaseException):
    """The process is killed."""


class Shop:
    """A workspace with endpoints: `shop` has the champion and captures, `trial` another model."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder)
        self.root = folder / "endpoints"
        with self.workspace.loop() as loop:
            assert loop.find_version("champion") is None
        assert run(["registry", "import", "shop.tar.gz"]) == 0
        self.old, self.new = ("shop@1", "shop@2")

    def endpoints(self) -> dict[str, Endpoint]:
        return {each.name: each for each in LocalPlatform(self.root).status()}

    def models(self) -> dict[str, str]:
        with self.workspace.loop() as loop:
            names = {version.model: str(version) for version in loop.versions()}
        return {name: names.get(each.model, "other") for name, each in self.endpoints().items()}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A workspace without a catalog whose champion is shop@1; shop@2 exchanges red and green."""
    monkeypatch.chdir(tmp_path)
    Path("shop.tar.gz").write_bytes(STARTER_FILE.read_bytes())
    shop = Shop(tmp_path)
    Path("shop.tar.gz").write_bytes(pack(exchanged("red", "green")))
    assert run(["registry", "import", "shop.tar.gz"]) == 0
    assert run(["registry", "promote", "shop@1", "--why", "first"]) == 0
    Path("trial.tar.gz").write_bytes(variant(note="a trial"))
    LocalPlatform(shop.root, capture=CAPTURE).deploy(STARTER_FILE, "shop", print)
    LocalPlatform(shop.root).deploy(Path("trial.tar.gz"), "trial", print)
    yield shop
    LocalPlatform(shop.root).destroy(None, print, dry_run=False)


def test_the_endpoint_of_the_champion_follows_a_promotion_and_a_rollback(shop, capsys):
    Path("photos").mkdir()
    Path("photos/1.jpg").write_bytes(jpeg(draw(plain(COLORS["red"][0]), "mug")))
    assert run(["catalog", "add", "photos", "--jobs", "1"]) == 0
    assert shop.models() == {"shop": "shop@1", "trial": "other"}
    forced = ["registry", "promote", "shop@2", "--least", "-1", "--force", "--why", "a test", "--yes"]
    capsys.readouterr()
    assert run([*forced, "--format", "json"]) == 0
    told = capsys.readouterr()
    content = json.loads(told.out)
    assert [(each["name"], each["state"]) for each in content["endpoints"]] == [("shop", "updated"), ("trial", "left")]
    assert "saekdong: endpoint shop has the champion now" in told.err
    assert "endpoint trial keeps its model: its model was not the champion" in told.err
    assert "'saekdong deploy champion --name trial' updates it" in told.err
    assert shop.models() == {"shop": "shop@2", "trial": "other"}
    about = json.loads((shop.root / "shop" / "v2" / "version.json").read_text())
    assert about["capture"]["percent"] == CAPTURE.percent, "how it is hosted stays"
    answer, _ = LocalPlatform(shop.root).invoke("shop", Path("photos/1.jpg").read_bytes(), "image/jpeg", "")
    assert json.loads(answer)["tags"][0]["label"] == "green"
    assert run(["registry", "rollback", "--yes"]) == 0
    assert shop.models() == {"shop": "shop@1", "trial": "other"}
    assert shop.endpoints()["shop"].version == 3
    assert run(["catalog", "model", "shop@2", "--yes"]) == 0
    assert shop.models() == {"shop": "shop@2", "trial": "other"}


@pytest.mark.parametrize("where", ["before the endpoints", "while one is updated", "after them"])
def test_a_promotion_that_is_killed_at_the_endpoints_goes_on_there(shop, where, capsys):
    follow = shop.workspace.champion_endpoints(print).follow

    def killed(*about):
        if where == "while one is updated":
            give = LocalPlatform._order

            def order_and_die(self, folder, number, report):
                give(self, folder, number, report)
                raise Killed

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(LocalPlatform, "_order", order_and_die)
                return follow(*about)
        if where == "after them":
            follow(*about)
        raise Killed

    with shop.workspace.loop() as loop:
        change = ChampionChange(loop, killed)
        work = change.begin(loop.version("shop@2"), "mina", "test")
        with pytest.raises(Killed):
            change.carry_out(work)
        assert change.unfinished() is not None
        assert str(loop.version("champion")) == "shop@2"
    assert run(["registry", "rollback", "--yes"]) == 2
    capsys.readouterr()
    assert run(["registry", "promote", "--resume"]) == 0
    assert shop.models() == {"shop": "shop@2", "trial": "other"}
    assert shop.endpoints()["shop"].version == 2
    with shop.workspace.loop() as loop:
        assert ChampionChange(loop).unfinished() is None


def test_an_endpoint_that_refuses_the_champion_keeps_its_model_and_is_named(shop, monkeypatch, capsys):
    monkeypatch.setattr("saekdong.deploy.local.folder.SMOKE_COLOR", (255, 0, 0))
    assert run(["registry", "promote", "shop@2", "--why", "test"]) == 1
    told = capsys.readouterr().err
    assert "endpoint shop keeps its model, but should not: shop: version 2: " in told
    assert shop.models() == {"shop": "shop@1", "trial": "other"}
    assert run(["registry", "promote", "--resume"]) == 0
    assert "no promotion was stopped" in capsys.readouterr().err


def test_an_endpoint_that_does_not_run_is_left_and_a_service_that_cannot_be_asked_is_named(shop, capsys):
    Path("ledger.jsonl").write_text("")
    LocalPlatform(shop.root).destroy("trial", print, dry_run=False)
    (shop.root / "trial").mkdir()
    assert run(["registry", "promote", "shop@2", "--why", "test"]) == 1
    told = capsys.readouterr().err
    assert "endpoint trial keeps its model: " in told
    assert "the endpoints on sagemaker keep their models: " in told
    assert shop.models()["shop"] == "shop@2"
