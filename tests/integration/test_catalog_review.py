"""Every store: in the review, what is in doubt comes first, what was corrected no longer."""

import pytest

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.review import NEAR_TIE

SHARES = {
    "sure": {"navy": 0.9, "red": 0.05},
    "near-2": {"navy": 0.40, "red": 0.38},
    "near-1": {"navy": 0.40, "red": 0.39},
    "pair": {"navy": 0.5, "red": 0.40},
    "other-2": {"navy": 0.15, "red": 0.1},
    "other-1": {"navy": 0.12, "red": 0.01},
    "tie": {"navy": 0.5, "red": 0.5},
    "untagged": None,
}
ORDER = ["other-1", "other-2", "tie", "near-1", "near-2"]


@pytest.fixture
def store(open_store, tmp_path):
    store = open_store(tmp_path)
    run = store.begin("feed")
    store.put([(Product(each, photos=("a.jpg",)), [PhotoResult("a.jpg", shares=s)]) for each, s in SHARES.items()], run)
    store.finish(run)
    yield store
    store.close()


def ids(store: Store, *arguments: object) -> list[str]:
    return [each.product.product.id for each in store.doubtful(*arguments)]


def test_the_most_doubtful_come_first_and_the_sure_not_at_all(store):
    assert ids(store) == ORDER
    assert store.count_doubtful() == len(ORDER)
    assert NEAR_TIE == 0.05


def test_pages_go_on_behind_a_place_whatever_was_corrected_since(store):
    found = store.doubtful(limit=3)
    store.correct(found[0].product.product.id, ["navy"], "Mina")
    store.correct(found[2].product.product.id, ["other"], "Mina")
    assert ids(store, found[0].place) == [ORDER[1], *ORDER[3:]]
    assert ids(store, found[2].place) == ORDER[3:]
    assert ids(store) == [ORDER[1], *ORDER[3:]]
    for nonsense in ("x", "1-2", "1-2-3-4", f"{10**30}-0-0", "9223372036854775808-1-1"):
        assert ids(store, nonsense) == ids(store)


def test_a_correction_taken_back_a_new_tagging_and_a_gone_product_change_it(store):
    store.correct("tie", ["navy", "red"], "Mina")
    assert "tie" not in ids(store)
    store.correct("tie", None, "Mina")
    assert ids(store) == ORDER
    run = store.begin("feed")
    surely = PhotoResult("a.jpg", shares={"navy": 0.99})
    store.put([(Product("near-1", photos=("a.jpg",)), [surely])], run)
    store.finish(run)
    assert ids(store) == []


def test_products_with_photos_that_failed_are_found_the_newest_first(open_store, tmp_path):
    with open_store(tmp_path / "failed") as store:
        products = [Product(str(number), photos=(f"{number}.jpg", "b.jpg")) for number in range(5)]
        failed = [PhotoResult(place, error=("empty", "the file is empty")) for place in ("1.jpg", "b.jpg")]
        store.put([(product, failed if product.id in "134" else []) for product in products], store.begin("feed"))
        store.correct("4", ["navy"], "Mina")
        assert [each.product.product.id for each in store.worklist("failed")] == ["3", "1"]
        (first,) = store.worklist("failed", limit=1)
        assert [each.product.product.id for each in store.worklist("failed", first.place)] == ["1"]
        assert [each.product.product.id for each in store.worklist("corrected")] == ["4"]
        assert [each.product.product.id for each in store.worklist("untagged")] == ["3", "2", "1", "0"]
        counts = [store.count_worklist(kind) for kind in ("failed", "corrected", "untagged")]
        assert counts == [2, 1, 4]
        for nonsense in ("x", "-1", "9" * 40, "٣"):
            assert len(store.worklist("failed", nonsense)) == 2
