"""One rule for photos' models, in every command; and changing the catalog's model, which nothing does by itself."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from artifacts import variant
from saekdong.catalog.products import PhotoResult, Product
from saekdong.cli.app import run
from saekdong.files import write_whole
from saekdong.model import artifact
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import starter
from saekdong.workspace import Workspace
from serving import serving

STARTER_ID = starter().id.short
JPEG = {"Content-Type": "image/jpeg"}
LABELS = ("red", "navy", "green", "white")


@pytest.fixture
def shop(tmp_path, monkeypatch, model_file):
    """A workspace with photos tagged by the starter, and then a newer model of rows and a broken one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for label in LABELS:
        (tmp_path / "photos" / f"{label}.jpg").write_bytes(jpeg(draw(plain(COLORS[label][0]), "mug")))
    assert run(["catalog", "add", "photos", "--jobs", "1"]) == 0
    write_whole(tmp_path / "models" / "rows" / "model.tar.gz", model_file.read_bytes())
    write_whole(tmp_path / "models" / "junk" / "model.tar.gz", b"junk")
    os.utime(tmp_path / "models" / "rows" / "model.tar.gz", ns=(1, 1))
    return Workspace(Path())


def tags(workspace: Workspace) -> dict[str, list[str]]:
    with workspace.catalog() as store:
        return {label: [tag.label for tag in store.get(f"{label}.jpg").tags] for label in LABELS}


def add(capsys) -> dict[str, int]:
    capsys.readouterr()
    assert run(["catalog", "add", "photos", "--jobs", "1", "--format", "jsonl"]) == 0
    return json.loads(capsys.readouterr().out)


def test_adding_again_after_a_newer_model_was_trained_changes_nothing(shop, capsys):
    before = tags(shop)
    assert before == {label: [label] for label in LABELS}
    counts = add(capsys)
    assert (counts["changed"], counts["unchanged"], counts["tags_changed"]) == (0, 4, 0)
    assert tags(shop) == before
    assert run(["catalog", "add", "photos", "--jobs", "1", "--model", "rows"]) == 2
    assert "saekdong catalog model rows" in capsys.readouterr().err
    assert tags(shop) == before


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        (["tag", "photos/red.jpg"], f"starter ({STARTER_ID}), the catalog's"),
        (["predict", "photos/red.jpg"], f"starter ({STARTER_ID}), the catalog's"),
        (["predict", "--csv", "photos.csv"], f"starter ({STARTER_ID}), the catalog's"),
        (["predict", "#ff0000"], "rows (ROWS), the newest model in models"),
        (["predict", "--csv", "colors.csv"], "rows (ROWS), the newest model in models"),
        (["catalog", "add", "photos", "--jobs", "1"], f"starter ({STARTER_ID}), the catalog's"),
    ],
)
def test_a_file_that_is_no_model_stops_no_command(shop, capsys, arguments, model):
    Path("photos.csv").write_text("photo\nphotos/red.jpg\n")
    Path("colors.csv").write_text("R,G,B\n255,0,0\n")
    rows = artifact.load(shop.models / "rows").id.short
    capsys.readouterr()
    assert run(arguments) == 0
    lines = capsys.readouterr().err.splitlines()
    skipped = [line for line in lines if line.startswith("saekdong: models/junk/model.tar.gz is skipped: not a Saek")]
    assert f"saekdong: model {model.replace('ROWS', rows)}" in lines
    # What the catalog keeps needs no look into models/.
    assert len(skipped) == ("rows" in model)


@pytest.mark.parametrize("how", ["variable", "settings"])
def test_a_model_that_is_set_is_used_but_never_puts_other_tags_into_the_catalog(shop, capsys, monkeypatch, how):
    before = tags(shop)
    if how == "variable":
        monkeypatch.setenv("SAEKDONG_MODEL", "rows")
    else:
        Path("saekdong.toml").write_text('model = "rows"\n')
    rows = artifact.load(shop.models / "rows").id.short
    for arguments in (["tag", "photos/red.jpg"], ["predict", "photos/red.jpg"], ["predict", "#ff0000"]):
        capsys.readouterr()
        assert run(arguments) == 0
        assert f"saekdong: model rows ({rows}), from models/rows/model.tar.gz" in capsys.readouterr().err.splitlines()
    for command in ("add", "watch"):
        assert run(["catalog", command, "photos", "--jobs", "1"]) == 2
        told = capsys.readouterr().err
        assert f"the catalog's model is starter ({STARTER_ID}), not rows ({rows})" in told
        assert "leave out the model, or change the catalog's with 'saekdong catalog model rows'" in told
    assert tags(shop) == before
    # In `train`, it would be a kind of model.
    assert run(["train", "none.csv", "--out", "models/new"]) == 2
    assert "none.csv" in capsys.readouterr().err
    # What the command line says wins.
    assert run(["catalog", "add", "photos", "--jobs", "1", "--model", "starter"]) == 0
    assert run(["catalog", "model", "rows", "--yes", "--jobs", "1"]) == 0
    assert add(capsys)["changed"] == 4


@pytest.mark.usefixtures("shop")
@pytest.mark.xdist_group("machine")
def test_deploy_and_serve_use_the_model_that_tags(capfd, tmp_path):
    assert run(["deploy", "--name", "rule"]) == 0
    assert f"saekdong: model starter ({STARTER_ID}), the catalog's" in capfd.readouterr().err.splitlines()
    assert run(["destroy", "rule"]) == 0
    for arguments in ((), ("--catalog",)):
        with serving(*arguments, log=tmp_path / "log") as service, service.client() as client:
            answer = client.post("/invocations", content=Path("photos/navy.jpg").read_bytes(), headers=JPEG)
            assert answer.json()["tags"][0]["label"] == "navy"
        first = json.loads((tmp_path / "log").read_text().splitlines()[0])
        assert first["model"] == f"starter ({STARTER_ID}), the catalog's"
    assert run(["serve", "rows", "--catalog"]) == 2
    assert f"the catalog's model is starter ({STARTER_ID}), not rows (" in capfd.readouterr().err


def test_changing_the_model_shows_what_would_change_and_asks(shop, capsys):
    with shop.catalog() as store:
        store.correct("white.jpg", ["navy"], "Mina")
    before = tags(shop)
    capsys.readouterr()
    assert run(["catalog", "model", "rows", "--jobs", "1"]) == 2
    told = capsys.readouterr()
    assert "3 products compared" in told.out
    assert "labels are kept of 1 product that people corrected" in told.out
    assert "made for colors, not for photos" in told.out
    assert "no terminal to ask on, so nothing is changed; agree with --yes" in told.err
    assert add(capsys)["unchanged"] == 4

    assert run(["catalog", "model", "rows", "--yes", "--jobs", "1", "--format", "json"]) == 0
    told = capsys.readouterr()
    about = json.loads(told.out)
    assert about["current"] == {"name": "starter", "id": STARTER_ID}
    assert (about["products"], about["compared"], about["corrected"]) == (3, 3, 1)
    assert f"next: saekdong catalog add {Path('photos').absolute()}" in told.err
    assert tags(shop) == before
    assert run(["catalog", "model", "--format", "json"]) == 0
    now = json.loads(capsys.readouterr().out)
    assert (now["name"], now["products"], now["others"]) == (
        "rows@1",
        0,
        [{"name": "starter", "id": STARTER_ID, "products": 4}],
    )

    # The catalog's own copy, whatever becomes of the file.
    shutil.rmtree("models/rows")
    counts = add(capsys)
    assert counts["changed"] == 4
    assert counts["tags_changed"] == about["tags_changed"]
    after = tags(shop)
    assert after["white"] == ["navy"]
    moves = sum(before[label][0] != after[label][0] for label in LABELS)
    assert moves == about["first_changed"] == sum(move["products"] for move in about["moves"])
    assert run(["catalog", "model"]) == 0
    assert "from rows of colors" in capsys.readouterr().out


def test_a_taught_model_tags_at_once_what_has_features(shop, capsys):
    file = Path("models/shop/model.tar.gz")
    write_whole(file, variant(note="shop"))
    capsys.readouterr()
    assert run(["catalog", "model", "shop", "--yes", "--jobs", "1", "--by", "mina"]) == 0
    assert "the catalog's model is now shop@1, and all tags are by it" in capsys.readouterr().err
    assert add(capsys)["unchanged"] == 4
    with shop.loop() as loop:
        history = [(alias.version, alias.by, alias.why) for alias in loop.aliases("champion")]
    assert history == [("starter@1", "mina", "the catalog's model"), ("shop@1", "mina", "catalog model")]
    assert run(["tag", "photos/red.jpg"]) == 0
    assert "the champion" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_on_a_terminal_it_asks(capfd):
    for answer, code, model in ((b"n\n", 1, "starter"), (b"y\n", 0, "rows@1")):
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        command = [sys.executable, "-m", "saekdong", "catalog", "model", "rows", "--jobs", "1"]
        asked = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False)
        os.close(ours)
        os.close(theirs)
        assert asked.returncode == code, asked.stderr
        assert "Use rows (" in asked.stderr
        assert ("nothing is changed" in asked.stderr) == (code == 1)
        capfd.readouterr()
        assert run(["catalog", "model", "--format", "json"]) == 0
        assert json.loads(capfd.readouterr().out)["name"] == model


@pytest.mark.usefixtures("shop")
def test_the_model_that_is_in_use_is_no_change(capsys):
    assert run(["catalog", "model", "starter"]) == 0
    assert f"the catalog's model is already starter ({STARTER_ID})" in capsys.readouterr().err
    assert run(["catalog", "model", "none"]) == 2
    assert "there is no model none" in capsys.readouterr().err


def test_without_a_catalog_there_is_no_model_to_show(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["catalog", "model"]) == 2
    assert "there is no catalog" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_labels_that_appear_or_vanish_are_told(shop, capsys):
    model = artifact.load(shop.models / "rows")
    vocabulary = model.vocabulary.to_list()
    vocabulary[model.vocabulary.ids.index("navy")] = {"id": "ink", "en": "Ink", "ko": "먹색", "swatch": "#1f2a52"}
    file = Path("models/shop/model.tar.gz")
    write_whole(file, variant(shop.models / "rows" / "model.tar.gz", vocabulary=vocabulary))
    capsys.readouterr()
    assert run(["catalog", "model", "shop", "--jobs", "1", "--all", "--lang", "ko"]) == 2
    out = capsys.readouterr().out
    assert "labels that appear: 먹색" in out
    assert "labels that vanish: 남색 (1 product now)" in out


def test_a_catalog_without_products_says_which_model_will_tag_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Workspace(Path()).catalog().close()
    assert run(["catalog", "model"]) == 0
    out = capsys.readouterr().out
    assert f"starter ({STARTER_ID})" in out
    assert "not set; the first 'catalog add' takes this model" in out


def test_a_killed_change_leaves_the_old_model_whole(shop):
    code = """if True:
        import os, sqlite3
        from saekdong.catalog.sqlite.model_rows import put_model
        from saekdong.model.identity import ModelId
        from saekdong.catalog.tagging_model import TaggingModel
        connection = sqlite3.connect("catalog.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        put_model(connection, TaggingModel("half", ModelId("0" * 64), "", os.urandom(1 << 20)))
        os._exit(9)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with shop.catalog() as store:
        assert store.model().name == "starter"
    assert run(["tag", "photos/red.jpg"]) == 0


def test_a_posted_product_gives_a_new_catalog_its_model(tmp_path):
    workspace = Workspace(tmp_path)
    selected = workspace.registry.for_photos(None)
    with workspace.catalog() as store:
        product = Product("7", photos=("sha256:1",))
        result = PhotoResult("sha256:1", model=selected.model.id, shares={"navy": 1.0})
        store.put([(product, [result])], store.begin("api"), selected.model)
        assert store.model().id == selected.model.id
    assert workspace.registry.for_photos(None).origin == "the catalog's"
