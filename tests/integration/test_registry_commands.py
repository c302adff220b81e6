"""`saekdong registry`, as a shop uses it: from a taught file to a champion, and back."""

import hashlib
import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from artifacts import exchanged
from saekdong.captures.lines import to_line
from saekdong.cli.app import run
from saekdong.errors import ArtifactError, SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop
from saekdong.model import artifact
from saekdong.model.artifact import pack
from saekdong.registry.version_file import import_version, read_version_file
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.workspace import Workspace

LABELS = {"1": "red", "2": "navy", "3": "green"}
"""The color of each photo; its name must not say it, or the words would win."""


@pytest.fixture(scope="session")
def swapped() -> bytes:
    """The starter with red and green exchanged."""
    return pack(exchanged("red", "green"))


@pytest.fixture
def shop(tmp_path, monkeypatch, swapped):
    """A workspace whose products the starter tagged, and a model in models/ that exchanges red and green."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name, label in LABELS.items():
        Path("photos", f"{name}.jpg").write_bytes(jpeg(draw(plain(COLORS[label][0]), "mug")))
    assert run(["catalog", "add", "photos", "--jobs", "1"]) == 0
    Path("models/shop").mkdir(parents=True)
    Path("models/shop/model.tar.gz").write_bytes(swapped)
    return Workspace(Path())


def result(capsys, *arguments: str, code: int = 0) -> dict:
    capsys.readouterr()
    assert run([*arguments, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def tags(workspace: Workspace) -> dict[str, str]:
    with workspace.catalog() as store:
        return {label: store.get(f"{name}.jpg").tags[0].label for name, label in LABELS.items()}


def test_a_version_is_compared_promoted_and_taken_back(shop, capsys):
    before = tags(shop)
    assert run(["registry", "import", "models/shop", "--by", "mina"]) == 0
    told = capsys.readouterr()
    assert told.out.endswith("shop@1\n")
    assert "next: saekdong registry diff champion shop@1" in told.err
    listed = result(capsys, "registry", "list")
    assert [(each["version"], each["alias"], each["products"]) for each in listed] == [
        ("starter@1", "champion", 3),
        ("shop@1", "", 0),
    ]
    difference = result(capsys, "registry", "diff", "champion", "shop", "--least", "-1")
    assert {(each["from"], each["to"]): each["examples"] for each in difference["flows"]} == {
        ("red", "green"): ["1.jpg"],
        ("green", "red"): ["3.jpg"],
    }
    assert run(["registry", "diff", "champion", "shop", "--least", "-1", "--lang", "ko"]) == 0
    assert "빨강" in capsys.readouterr().out
    assert run(["registry", "diff", "shop", "champion"]) == 2
    assert "shop@1 is not the champion" in capsys.readouterr().err
    forced = ["registry", "promote", "shop", "--least", "-1", "--force", "--why", "a test"]
    assert run(forced) == 2
    assert "there is no terminal to ask on" in capsys.readouterr().err
    assert tags(shop) == before

    assert run([*forced, "--yes", "--by", "mina"]) == 0
    assert "shop@1 is the champion; 2 products got other labels, 3 compared" in capsys.readouterr().err
    assert tags(shop) == {"red": "green", "green": "red", "navy": "navy"}
    shown = result(capsys, "registry", "show", "champion")
    assert (shown["version"], shown["recipe"], shown["served"][0]["why"]) == ("shop@1", {"kind": "import"}, "a test")
    assert run(["tag", "photos/1.jpg"]) == 0
    assert "model shop@1 (" in capsys.readouterr().err
    assert result(capsys, "catalog", "add", "photos", "--jobs", "1")[0]["unchanged"] == 3

    assert run(["registry", "rollback", "--yes"]) == 0
    assert tags(shop) == before
    assert run(["registry", "promote", "--resume"]) == 0
    assert "no promotion was stopped" in capsys.readouterr().err


def test_features_that_are_missing_are_counted_and_filled_in(shop, capsys):
    assert run(["registry", "import", "models/shop"]) == 0
    with shop.catalog() as store, FeatureStore.beside(store.path) as features:
        digests = [photo.digest for facts in store.facts() for photo in facts.photos]
        assert features.known([*digests, "ab" * 32]) == set(digests)
        features.forget(digests[:2])
    assert result(capsys, "registry", "diff", "champion", "shop")["missing"] == 2
    assert run(["registry", "diff", "champion", "shop"]) == 0
    assert "fill them in with 'saekdong catalog features'" in capsys.readouterr().out
    (filled,) = result(capsys, "catalog", "features", "--jobs", "1")
    assert filled == {"missing": 2, "filled": 2, "changed": 0, "unread": 0}
    assert result(capsys, "registry", "diff", "champion", "shop")["missing"] == 0
    with shop.catalog() as store, FeatureStore.beside(store.path) as features:
        features.forget(digests)
    Path("photos/1.jpg").unlink()
    Path("photos/3.jpg").write_bytes(Path("photos/2.jpg").read_bytes())
    (filled,) = result(capsys, "catalog", "features", "--jobs", "1", code=1)
    assert filled == {"missing": 3, "filled": 1, "changed": 1, "unread": 1}


def test_a_version_goes_to_another_workspace_as_one_file(shop, tmp_path, capsys):
    assert run(["registry", "import", "models/shop"]) == 0
    assert run(["registry", "export", "shop", "shop.tar"]) == 0
    held = read_version_file(Path("shop.tar"))
    assert (held.name, held.lineage.recipe) == ("shop", {"kind": "import"})
    with Loop.open(tmp_path / "other" / "loop.db") as loop, shop.loop() as ours:
        version = import_version(loop, "jun", Path("shop.tar"))
        assert str(version) == "shop@1"
        assert version.lineage == ours.version("shop").lineage
        assert loop.packed(version) == ours.packed(ours.version("shop"))
        assert import_version(loop, "jun", Path("models/shop/model.tar.gz")) == version
    capsys.readouterr()


def member(name: str, content: bytes) -> tuple[tarfile.TarInfo, BytesIO]:
    about = tarfile.TarInfo(name)
    about.size = len(content)
    return about, BytesIO(content)


def archive(**members: bytes) -> bytes:
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=tarfile.USTAR_FORMAT) as written:
        for name, content in members.items():
            written.addfile(*member(name, content))
    return stream.getvalue()


LINEAGE = {"recipe": {}, "answers": 0, "photos": [], "features": 0, "seed": 0, "saekdong": "", "figures": {}}
ABOUT = {"format": 1, "name": "shop", "version": 1, "parent": "", "lineage": LINEAGE}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 2}, "not of format 1"),
        ({"name": 7}, "has no name"),
        ({"parent": "x"}, "not the id of a model"),
        ({"model": "ab" * 32}, "not the one that it names"),
        ({"lineage": {}}, "other fields"),
        ({"lineage": LINEAGE | {"answers": True}}, "answers of its lineage is invalid"),
        ({"lineage": LINEAGE | {"seed": -1}}, "seed of its lineage is invalid"),
        ({"lineage": LINEAGE | {"photos": ["x"]}}, "a photo without a digest"),
    ],
)
def test_a_version_file_that_says_something_odd_is_refused(tmp_path, swapped, changes, why):
    about = {**ABOUT, "model": artifact.unpack(swapped).id, **changes}
    file = tmp_path / "shop.tar"
    file.write_bytes(archive(**{"version.json": json.dumps(about).encode(), "model.tar.gz": swapped}))
    with pytest.raises(ArtifactError, match=why) as caught:
        read_version_file(file)
    assert str(file) in str(caught.value)


def test_a_damaged_version_file_is_refused_wherever_it_is_cut(tmp_path, swapped):
    about = json.dumps({**ABOUT, "model": artifact.unpack(swapped).id}).encode()
    whole = archive(**{"version.json": about, "model.tar.gz": swapped})
    file = tmp_path / "shop.tar"
    file.write_bytes(whole)
    assert read_version_file(file).name == "shop"
    with Loop.open(tmp_path / "loop.db") as loop:
        for content in (b"", b"junk" * 1000, whole[:100], whole[:700], whole[: len(whole) // 2], archive(x=b"x")):
            file.write_bytes(content)
            with pytest.raises(SaekdongError):
                import_version(loop, "mina", file)
        assert loop.versions() == []


def captured(folder: Path, *requests: tuple[str, str, bytes | None, str, bytes, str]) -> None:
    """Write captured requests: id, media type, body, media type of the answer, answer, SHA-256 of the photo."""
    file = folder / "AllTraffic" / "2026" / "11" / "27" / "09" / "1.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        for event, asked, body, kind, answer, photo in requests:
            lines.write(to_line(event, "2026-11-27T09:30:00Z", "0" * 64, asked, body, kind, answer, photo))


def test_captured_requests_are_answered_again_by_another_version(shop, capsys):
    assert run(["registry", "import", "models/shop"]) == 0
    red, photo = b"200,30,40", Path("photos/1.jpg").read_bytes()
    digest = hashlib.sha256(photo).hexdigest()
    tagged = b'{"tags": [{"label": "red", "share": 1.0}], "palette": []}'
    two = b'{"predictions": [{"label": "red"}, {"label": "navy"}]}'
    captured(
        Path("endpoints/till"),
        ("color", "text/csv", red, "text/csv", b"red\n", ""),
        ("wrong", "text/csv", red, "text/csv", b"pink\n", ""),
        ("two", "application/json", b'{"instances": [[200,30,40],[31,42,82]]}', "application/json", two, ""),
        ("bad", "text/csv", b"red please", "text/csv", b"red\n", ""),
        ("array", "text/csv", red, "application/x-npy", b"\x93NUMPY", ""),
    )
    captured(
        Path("captures/serve"),
        ("photo", "image/jpeg", photo, "application/json", tagged, digest),
        ("kept", "image/jpeg", None, "application/json", tagged, digest),
        ("gone", "image/jpeg", None, "application/json", tagged, "ab" * 32),
    )
    found = result(capsys, "registry", "replay", "shop@1")
    counts = [found[name] for name in ("requests", "replayed", "not_captured", "refused", "answers", "changed")]
    assert counts == [8, 5, 1, 2, 6, 3]
    # Colors are named by the table, which the two models share; photos are tagged.
    assert {(each["from"], each["to"]): each["examples"] for each in found["flows"]} == {
        ("red", "green"): ["photo", "kept"],
        ("pink", "red"): ["wrong"],
    }
    assert found["endpoints"] == {"serve": 2, "till": 1}
    assert run(["registry", "replay", "shop@1", "--captured", "captures", "--lang", "ko"]) == 0
    told = capsys.readouterr().out
    assert "초록" in told
    assert "2 requests of 3 answered again; with another first label: 2 of 2 answers, 100.0%" in told
    assert "not captured, and without stored features: 1 request" in told
    assert result(capsys, "registry", "replay", "champion", "--captured", "captures")["changed"] == 0
    assert tags(shop)["red"] == "red"
