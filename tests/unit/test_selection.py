"""Which model a command uses: the champion, the catalog's, the starter; never a surprise."""

import os
import sqlite3
from pathlib import Path

import pytest

from artifacts import variant
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.schema import STEPS
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.errors import SaekdongError
from saekdong.files import write_whole
from saekdong.loop import ModelVersion
from saekdong.model import artifact
from saekdong.model.identity import ModelId
from saekdong.registry import Registry
from saekdong.registry.registering import lineage_of, register_artifact, register_taught
from saekdong.tagging import starter
from saekdong.tagging.starter import STARTER_FILE
from saekdong.workspace import Workspace
from stores import without_words


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def keep(workspace):
    """Save a model in models/, newer than those before."""

    def save(name: str, file: Path = STARTER_FILE, **info: object) -> ModelId:
        path = workspace.models / name / "model.tar.gz"
        write_whole(path, variant(file, about=name, **info))
        age = len(workspace.registry.models.files())
        os.utime(path, ns=(age, age))
        return artifact.load(path).id

    return save


def fill(workspace: Workspace, digest: str, model: TaggingModel | None = None, products: int = 1) -> SqliteStore:
    """Put products that a model tagged into the catalog; without `model`, as Saekdong 0.1 did."""
    store = workspace.catalog()
    results = [
        (Product(f"{digest}{n}", photos=("a.jpg",)), [PhotoResult("a.jpg", model=digest)]) for n in range(products)
    ]
    store.put(results, store.begin("feed"), model)
    return store


def test_without_models_and_catalog_the_starter_is_used(workspace):
    for rule in (Registry.for_photos, Registry.for_colors, Registry.for_catalog):
        selected = rule(workspace.registry, None)
        assert str(selected) == f"starter ({starter().id.short}), part of Saekdong"
        assert selected.artifact.id == starter().id
        assert artifact.unpack(selected.model.packed).id == starter().id
    assert list(workspace.root.iterdir()) == []


def test_a_model_from_rows_names_colors_and_tags_no_photos_unless_it_is_named(workspace, keep, model_file):
    digest = keep("rows", model_file)
    assert workspace.registry.for_colors(None).artifact.id == digest
    assert workspace.registry.for_colors(None).origin == f"the newest model in {workspace.models}"
    assert workspace.registry.for_photos(None).model.name == "starter"
    assert workspace.registry.for_photos("rows").artifact.id == digest
    assert workspace.registry.for_colors("starter").model.name == "starter"


def register(workspace: Workspace, name: str, alias: str = "") -> ModelVersion:
    """Register a model of models/, and give it a name."""
    selected = workspace.registry.named(name)
    with workspace.loop() as loop:
        version = register_artifact(loop, "mina", name, selected.model.packed, selected.artifact, "import")
        if alias:
            loop.alias("mina", alias, version, "test")
    return version


def test_the_champion_tags_photos_and_a_file_that_is_not_registered_does_not(workspace, keep):
    digest = keep("good")
    selected = workspace.registry.for_photos(None)
    assert selected.model.name == "starter"
    folder = workspace.models / "good"
    assert selected.warnings == (
        f"{folder} was taught from photos and is not registered, so it is not used; register it with "
        f"'saekdong registry import {folder}'",
    )
    register(workspace, "good")
    selected = workspace.registry.for_photos(None)
    assert (selected.model.name, selected.warnings) == ("starter", ())
    register(workspace, "good", "champion")
    for rule in (Registry.for_photos, Registry.for_catalog):
        assert str(rule(workspace.registry, None)) == f"good@1 ({digest.short}), the champion"
    # The registry has a copy: the file may change or go.
    (folder / "model.tar.gz").unlink()
    assert workspace.registry.for_photos(None).artifact.id == digest


def test_a_version_can_be_named_anywhere(workspace, keep):
    first = keep("shop")
    register(workspace, "shop", "champion")
    second = keep("shop", note="second")
    register(workspace, "shop", "challenger")
    names = {"shop@1": first, "champion": first, "shop@2": second, "challenger": second, "shop": second}
    for name, digest in names.items():
        for rule in (Registry.for_photos, Registry.for_colors):
            assert rule(workspace.registry, name).artifact.id == digest
    assert str(workspace.registry.named("challenger")) == f"shop@2 ({second.short}), the challenger"
    assert str(workspace.registry.named("shop@1")) == f"shop@1 ({first.short}), registered"
    assert workspace.registry.named("shop").origin.startswith("from ")
    (workspace.models / "shop" / "model.tar.gz").unlink()
    assert workspace.registry.named("shop").model.name == "shop@2"
    with pytest.raises(SaekdongError, match="there is no model shop@3"):
        workspace.registry.named("shop@3")
    with pytest.raises(SaekdongError, match=r"the catalog's model is shop@1 \(.*\), not shop@2"):
        workspace.registry.for_catalog("shop@2")


def test_a_champion_that_the_catalog_has_not_taken_yet_is_reported(workspace, keep):
    keep("shop")
    first = workspace.registry.for_photos("starter")
    store = fill(workspace, first.model.id, first.model)
    register(workspace, "shop", "champion")
    (warning,) = workspace.registry.for_photos(None).warnings
    assert warning.startswith("the catalog's tags are still by starter (")
    with pytest.raises(
        SaekdongError, match=r"the champion is shop@1 .*the catalog's tags are still by starter"
    ) as caught:
        workspace.registry.for_catalog(None)
    assert "saekdong registry promote --resume" in caught.value.fix
    store.set_model(workspace.registry.for_photos(None).model)
    assert workspace.registry.for_catalog(None).warnings == ()
    store.close()


def taught(workspace: Workspace, name: str) -> tuple[ModelVersion, str]:
    selected = workspace.registry.named(name)
    lineage = lineage_of(selected.artifact, {"kind": "teach"})
    with workspace.loop() as loop:
        state = workspace.catalog_model()
        return register_taught(loop, state, "mina", name, selected.model.packed, selected.artifact, lineage)


def test_the_first_taught_model_is_the_champion_and_the_next_the_challenger(workspace, keep):
    keep("worse", tagger={**starter().info["tagger"], "verdict": "worse"})
    keep("missed", goals=[{"goal": "top1>=1", "value": 0.8, "met": False}])
    keep("good")
    assert [taught(workspace, name)[1] for name in ("worse", "missed", "good")] == ["", "", "champion"]
    assert workspace.registry.for_photos(None).model.name == "good@1"
    assert taught(workspace, "good")[1] == "champion"
    keep("good", note="again")
    version, alias = taught(workspace, "good")
    assert (str(version), alias) == ("good@2", "challenger")
    assert workspace.registry.for_photos(None).model.name == "good@1"


def test_the_catalog_s_model_becomes_the_champion_before_a_taught_one_challenges_it(workspace, keep):
    first = workspace.registry.for_photos(None)
    fill(workspace, first.model.id, first.model).close()
    keep("shop")
    assert taught(workspace, "shop")[1] == "challenger"
    assert str(workspace.registry.for_photos(None)) == f"starter@1 ({first.model.id.short}), the champion"


def test_models_for_colors_are_the_newest_that_met_their_goal(workspace, keep, model_file):
    digest = keep("good")
    keep("missed", goals=[{"goal": "top1>=1", "value": 0.8, "met": False}])
    assert workspace.registry.for_colors(None).artifact.id == digest
    newer = keep("rows", model_file)
    missed = keep("rows-missed", model_file, goals=[{"goal": "accuracy>=1", "value": 0.8, "met": False}])
    assert workspace.registry.for_colors(None).artifact.id == newer
    assert workspace.registry.for_colors("rows-missed").artifact.id == missed


def test_a_file_that_cannot_be_used_is_skipped_with_its_reason(workspace, keep):
    digest = keep("good")
    for name, content in (("junk", b"junk"), ("cut", STARTER_FILE.read_bytes()[:5000])):
        file = workspace.models / name / "model.tar.gz"
        file.parent.mkdir()
        file.write_bytes(content)
    selected = workspace.registry.for_colors(None)
    assert selected.artifact.id == digest
    cut, junk = sorted(selected.warnings)
    assert cut == f"{workspace.models}/cut/model.tar.gz is skipped: the file is truncated"
    assert junk.startswith(f"{workspace.models}/junk/model.tar.gz is skipped: not a Saekdong model")
    assert len(workspace.registry.for_photos(None).warnings) == 3
    (workspace.models / "good" / "model.tar.gz").unlink()
    for rule in (Registry.for_photos, Registry.for_colors):
        assert (rule(workspace.registry, None).model.name, len(rule(workspace.registry, None).warnings)) == (
            "starter",
            2,
        )
        with pytest.raises(SaekdongError, match=r"junk/model\.tar\.gz: not a Saekdong model"):
            rule(workspace.registry, "junk")


def test_a_model_of_other_photo_features_is_skipped_for_photos_alone(workspace, keep):
    digest = keep("old", tagger={**starter().info["tagger"], "features": 0})
    selected = workspace.registry.for_photos(None)
    assert selected.model.name == "starter"
    assert selected.warnings[0].endswith("taught with another version of Saekdong's photo features")
    assert workspace.registry.for_colors(None).artifact.id == digest


def test_a_catalog_keeps_the_model_that_it_was_made_with(workspace, keep, model_file):
    first = workspace.registry.for_photos(None)
    store = fill(workspace, first.model.id, first.model)
    keep("newer")
    keep("rows", model_file)
    for rule in (Registry.for_photos, Registry.for_catalog):
        assert str(rule(workspace.registry, None)) == f"starter ({starter().id.short}), the catalog's"
    assert workspace.registry.for_photos("newer").model.name == "newer"
    with pytest.raises(SaekdongError) as caught:
        workspace.registry.for_catalog("newer")
    assert "the catalog's model is starter (" in caught.value.problem
    assert "not newer (" in caught.value.problem
    assert "'saekdong catalog model newer'" in caught.value.fix
    assert workspace.registry.for_catalog("starter").model.id == starter().id
    # Its own copy: what stands in models/ may change or go.
    selected = workspace.registry.for_photos("newer")
    store.set_model(selected.model)
    (workspace.models / "newer" / "model.tar.gz").unlink()
    assert workspace.registry.for_photos(None).artifact.id == selected.model.id
    assert workspace.registry.for_photos(None).origin == "the catalog's"
    store.close()


def test_a_catalog_without_tags_takes_the_model_that_is_named(workspace, keep):
    keep("shop")
    store = workspace.catalog()
    store.set_model(workspace.registry.for_photos("starter").model)
    assert workspace.registry.for_photos(None).model.name == "starter"
    assert workspace.registry.for_catalog("shop").model.name == "shop"
    store.close()


def to_first_version(store: SqliteStore) -> None:
    """Take from a catalog what Saekdong 0.1 did not know."""
    store.close()
    old = sqlite3.connect(store.path)
    without_words(old)
    old.execute("DROP TABLE model")
    old.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
    old.close()


def test_an_old_catalog_goes_on_with_the_model_that_tagged_most_of_it(workspace, keep, model_file):
    rows = keep("rows", model_file)
    fill(workspace, starter().id).close()
    store = fill(workspace, rows, products=2)
    to_first_version(store)
    selected = workspace.registry.for_catalog(None)
    assert selected.artifact.id == rows
    assert selected.origin == f"the catalog's: it tagged the products, in {workspace.models}"
    with pytest.raises(SaekdongError, match=r"the catalog's model is rows \("):
        workspace.registry.for_catalog("starter")
    (workspace.models / "rows" / "model.tar.gz").unlink()
    with pytest.raises(SaekdongError) as caught:
        workspace.registry.for_photos(None)
    assert f"tagged by model {rows[:8]}" in caught.value.problem
    assert "saekdong catalog model MODEL" in caught.value.fix


def test_an_old_catalog_of_the_starter_goes_on_with_it(workspace, keep, model_file):
    to_first_version(fill(workspace, starter().id))
    keep("rows", model_file)
    assert str(workspace.registry.for_photos(None)).endswith("the catalog's: it tagged the products")


def test_a_catalog_that_may_only_be_read_says_its_model(workspace):
    fill(workspace, starter().id, workspace.registry.for_photos(None).model).close()
    assert not (workspace.root / "catalog.db-wal").exists()
    workspace.root.chmod(0o500)
    try:
        assert workspace.registry.for_photos(None).origin == "the catalog's"
    finally:
        workspace.root.chmod(0o700)


def test_a_file_that_is_no_catalog_is_told(workspace):
    workspace.catalog_file.write_text("not a catalog " * 100)
    with pytest.raises(SaekdongError, match=r"cannot read the catalog .*name a model with --model"):
        workspace.registry.for_photos(None)
    assert workspace.registry.for_photos("starter").model.name == "starter"


def test_an_empty_file_of_a_catalog_that_is_being_made_has_no_model(workspace):
    workspace.catalog_file.write_bytes(b"")
    assert workspace.registry.for_photos(None).origin == "part of Saekdong"


def test_labels_of_the_workspace_do_not_matter(workspace):
    assert workspace.registry.for_photos(None).artifact.vocabulary == STARTER
