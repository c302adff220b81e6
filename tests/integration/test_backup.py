"""Backups of what people said, and products that are forgotten."""

import pytest

from saekdong.cli.app import run
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop
from saekdong.review.corrections import correct
from stores import labels_of, open_sqlite
from watched_shop import WatchedShop


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("SAEKDONG_LANG", "en")
    shop = WatchedShop(tmp_path, open_sqlite)
    shop.add(2)
    yield shop
    shop.close()


def test_a_restored_backup_gives_the_catalog_its_corrections_back(shop, tmp_path, capsys):
    before = labels_of(shop.store, "1-0")
    correct(shop.loop, shop.store, "1-0", ["violet"], "mina")
    assert run(["backup", str(tmp_path / "copy.db")]) == 0
    correct(shop.loop, shop.store, "1-0", None, "mina")
    assert labels_of(shop.store, "1-0") == before
    shop.close()
    assert run(["restore", str(tmp_path / "copy.db")]) == 2
    assert "2 answers, and there is no terminal to ask on; agree with --yes" in capsys.readouterr().err
    assert run(["restore", str(tmp_path / "copy.db"), "--yes"]) == 0
    with open_sqlite(tmp_path) as store, Loop.beside(store.path) as loop:
        assert labels_of(store, "1-0") == ["violet"]
        assert len(loop.answers()) == 1


def test_nothing_to_back_up_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path))
    assert run(["backup", str(tmp_path / "copy.db")]) == 2
    assert "there is nothing to back up" in capsys.readouterr().err


def test_a_damaged_backup_is_refused_and_changes_nothing(shop, tmp_path, capsys):
    correct(shop.loop, shop.store, "1-0", ["violet"], "mina")
    (tmp_path / "bad.db").write_bytes(b"no backup, but long enough to be one" * 40)
    assert run(["restore", str(tmp_path / "bad.db"), "--yes"]) == 2
    assert "bad.db" in capsys.readouterr().err
    assert len(shop.loop.answers()) == 1


def test_a_forgotten_product_has_no_features_and_the_log_says_so(shop):
    (facts,) = shop.store.facts(["1-0"])
    digest = facts.photos[0].digest
    assert run(["watch", "forget", "--product", "1-0"]) == 0
    with FeatureStore.beside(shop.store.path) as features:
        assert features.read([digest]) == {}
        assert features.count() == 9
    assert shop.loop.events()[-1].details == {"product": "1-0", "features": 1, "captured": 0}
