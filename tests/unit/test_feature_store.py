"""The file of photos' features."""

import numpy as np
import pytest

from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore, PhotoFeatures
from saekdong.feature_store.store import is_transparent
from saekdong.photo.features import LENGTH, VERSION


def digest(n: int) -> str:
    return f"{n:064x}"


def features(n: int) -> np.ndarray:
    return np.random.default_rng(n).random(LENGTH).astype(np.float16)


def kept(n: int) -> PhotoFeatures:
    return PhotoFeatures(digest(n), features(n).tobytes(), np.float16([n, 1]).tobytes())


@pytest.fixture
def store(tmp_path):
    with FeatureStore.open(tmp_path / "features.db") as opened:
        yield opened


def test_features_come_back_as_they_were_put(store):
    store.put(map(kept, range(1200)))
    found = store.read([digest(n) for n in (3, 1199, 7, 5000)])
    assert list(found) == [digest(n) for n in (3, 7, 1199)] or set(found) == {digest(n) for n in (3, 7, 1199)}
    assert np.array_equal(found[digest(7)], features(7))
    assert np.array_equal(store.statistics([digest(7)])[digest(7)], [7, 1])
    assert store.count() == 1200


def test_blocks_hold_every_photo_once(store, monkeypatch):
    monkeypatch.setattr("saekdong.feature_store.store.BLOCK", 7)
    store.put(map(kept, range(20)))
    blocks = list(store.blocks())
    assert [len(digests) for digests, _ in blocks] == [7, 7, 6]
    assert [each for digests, _ in blocks for each in digests] == [digest(n) for n in range(20)]
    assert np.array_equal(np.concatenate([block for _, block in blocks])[13], features(13))


def test_a_transparent_photo_has_no_features_and_is_recognized(store):
    store.put([PhotoFeatures(digest(1), b"", b""), kept(2)])
    found = store.read([digest(1), digest(2)])
    assert is_transparent(np.stack([found[digest(1)], found[digest(2)]])).tolist() == [True, False]


def test_features_of_another_version_are_missing_until_they_are_put_again(store, monkeypatch):
    store.put([kept(1)])
    monkeypatch.setattr("saekdong.feature_store.store.VERSION", VERSION + 1)
    assert store.read([digest(1)]) == {}
    assert store.count() == 0
    store.put([kept(1)])
    assert store.count() == 1


def test_a_photo_that_taught_is_new_when_the_catalog_gets_it(store):
    store.put([PhotoFeatures(digest(1), features(1).tobytes(), b""), kept(2)])
    assert set(store.read([digest(1), digest(2)])) == {digest(1), digest(2)}
    assert set(store.statistics([digest(1), digest(2)])) == {digest(2)}
    before = store.last_number()
    store.put([kept(1), PhotoFeatures(digest(2), features(2).tobytes(), b"")])
    assert store.numbers([digest(1), digest(2)]) == {digest(1): before + 1, digest(2): before}
    assert np.array_equal(store.statistics([digest(1), digest(2)])[digest(2)], [2, 1])
    assert np.array_equal(store.statistics([digest(1)])[digest(1)], [1, 1])


def test_forgotten_photos_are_gone(store):
    store.put(map(kept, range(3)))
    assert store.forget([digest(1), digest(9)]) == 1
    assert set(store.read(map(digest, range(3)))) == {digest(0), digest(2)}


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "features.db"
    path.write_bytes(b"no database at all, though long enough" * 99)
    with pytest.raises(SaekdongError, match="cannot open the file of features"):
        FeatureStore.open(path)
