"""Every store: words and photos give a product's tags together, and words are trusted as far as they agree."""

import random

import pytest

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from stores import labels_of, put

BLACK_OR_NAVY = {"black": 0.48, "navy": 0.44, "gray": 0.08}
SURELY = {label: {label: 0.9, other: 0.1} for label, other in (("black", "navy"), ("blue", "navy"), ("red", "pink"))}
KOREAN = {"black": "블랙", "blue": "블루", "red": "레드"}


@pytest.fixture
def store(open_store, tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


def photo(shares: dict[str, float]) -> PhotoResult:
    return PhotoResult("a.jpg", model="m", shares=shares)


def product(product_id: str, title: str = "", color: str = "") -> Product:
    return Product(product_id, title, color=color, photos=("a.jpg",))


def sources_of(store: Store, product_id: str) -> tuple[str, ...]:
    shown = store.get(product_id)
    assert shown is not None
    return tuple(tag.source for tag in shown.tags)


def shop(right: float, count: int = 60) -> list[tuple[Product, list[PhotoResult]]]:
    """Return products whose titles name the color of their photos, as often as `right` says, and one to decide."""
    labels = list(KOREAN)
    products = []
    for number in range(count):
        label = labels[number % 3]
        word = label if number < right * count else labels[(number + 1) % 3]
        products.append((product(f"p{number}", f"{KOREAN[word]} 셔츠"), [photo(SURELY[label])]))
    return [*products, (product("open", "네이비 셔츠"), [photo(BLACK_OR_NAVY)])]


def tags(store: Store) -> dict[str, tuple[object, ...]]:
    with store.snapshot(gone=True) as found:
        return {each.product.id: (each.tags, each.gone) for each in found.products}


def add(store: Store, *batches: list[tuple[Product, list[PhotoResult]]], feed: str = "feed") -> None:
    run = store.begin(feed)
    for batch in batches:
        store.put(batch, run)
    store.finish(run)
    store.fuse_again()
    assert store.differences() == 0


def test_a_word_decides_among_what_the_photo_can_be_and_each_tag_names_its_source(store):
    add(store, [(product("title", "네이비 셔츠"), [photo(BLACK_OR_NAVY)])])
    add(store, [(product("column", "셔츠", "Navy"), [photo(BLACK_OR_NAVY)])], feed="second")
    add(store, [(product("photo", "셔츠"), [photo(BLACK_OR_NAVY)])], feed="third")
    assert {each: (labels_of(store, each)[0], sources_of(store, each)[0]) for each in ("title", "column", "photo")} == {
        "title": ("navy", "title"),
        "column": ("navy", "color"),
        "photo": ("black", "photo"),
    }
    assert labels_of(store, "photo") == ["black", "navy"]


def test_a_correction_wins_over_words_and_can_be_taken_back(store):
    add(store, [(product("1", "네이비 셔츠"), [photo(BLACK_OR_NAVY)])])
    before = store.get("1").tags
    store.correct("1", ["red", "white"], "Mina")
    store.fuse_again()
    assert (labels_of(store, "1"), sources_of(store, "1")) == (["red", "white"], ("person", "person"))
    put(store, product("1", "그린 셔츠"), photo(BLACK_OR_NAVY))
    assert labels_of(store, "1") == ["red", "white"]
    put(store, product("1", "네이비 셔츠"))
    store.correct("1", None, "")
    assert (store.get("1").tags, sources_of(store, "1")[0]) == (before, "title")


def test_another_title_needs_no_photo(store):
    put(store, product("1", "셔츠"), photo(BLACK_OR_NAVY))
    assert labels_of(store, "1")[0] == "black"
    put(store, product("1", "네이비 셔츠"))
    assert labels_of(store, "1")[0] == "navy"
    put(store, product("1", "셔츠", "검정"))
    assert (labels_of(store, "1")[0], sources_of(store, "1")[0]) == ("black", "color")


def test_the_trust_in_a_column_follows_from_its_agreement_with_the_photos(store):
    add(store, shop(1.0))
    title, color, *_ = store.column_words()
    assert (title.key, title.products, title.named, title.compared) == ("title", 61, 61, 61)
    assert (title.agreeing, color.named) == (60, 0)
    assert (labels_of(store, "open")[0], sources_of(store, "open")[0]) == ("navy", "title")

    add(store, shop(0.2))
    assert store.column_words()[0].agreeing == 12
    assert store.column_words()[0].trust < title.trust / 2
    assert labels_of(store, "open")[0] == "black"
    assert labels_of(store, "p59") == ["red"]
    assert store.column_words()[0].agreeing == 12


@pytest.mark.parametrize("right", [1.0, 0.2, 0.55])
def test_tags_are_the_same_in_whatever_order_and_number_of_runs_products_came(open_store, tmp_path, right):
    ends = []
    for seed in range(4):
        (tmp_path / str(seed)).mkdir()
        with open_store(tmp_path / str(seed)) as store:
            products = shop(right)
            if seed:
                random.Random(seed).shuffle(products)
                run = store.begin("other")
                store.put(shop(1 - right)[: 10 * seed], run)
                store.fuse_again()
                for start in range(0, len(products), 9):
                    store.put(products[start : start + 9], store.begin("feed"))
                    store.fuse_again()
            add(store, products)
            ends.append((tags(store), store.column_words()))
    assert ends[1:] == ends[:-1]


def test_products_whose_labels_change_with_the_trust_are_counted_once_and_new_ones_not_at_all(store):
    since = store.version()
    store.put([*shop(0.0), (product("old", "네이비 셔츠"), [photo(BLACK_OR_NAVY)])], store.begin("feed"))
    assert labels_of(store, "old")[0] == "navy"
    assert store.fuse_again(since=since) == 0
    assert labels_of(store, "old")[0] == "black"
    right = [(each, results) for each, results in shop(1.0) if each.id != "open"]
    since = store.version()
    store.put(right, store.begin("feed"))
    assert store.fuse_again(since=since) == 2
    assert labels_of(store, "old")[0] == "navy"


def test_nothing_is_written_if_nothing_changed(store):
    add(store, shop(0.7))
    version, before = store.version(), tags(store)
    assert store.fuse_again() == 0
    assert (store.version(), tags(store)) == (version, before)


def test_fusing_again_stops_between_transactions_and_goes_on(store):
    add(store, shop(1.0))
    before = tags(store)
    store.set_own_words({"네이비": "red"})
    assert store.fuse_again(lambda: True) == 0
    assert tags(store) == before
    store.fuse_again()
    assert tags(store) != before


def test_the_shops_own_words_are_kept_and_change_the_tags(store):
    add(store, [(product("1", "오트밀 셔츠"), [photo({"white": 0.5, "beige": 0.45})])])
    assert store.own_words() == {}
    version = store.version()
    store.set_own_words({"오트밀": "beige"})
    store.fuse_again()
    assert store.own_words() == {"오트밀": "beige"}
    assert (labels_of(store, "1")[0], sources_of(store, "1")[0]) == ("beige", "title")
    assert store.version() > version
    store.set_own_words({"오트밀": ""})
    assert store.fuse_again() == 1
    assert sources_of(store, "1") == ("photo", "photo")


def test_a_product_without_photos_or_with_failed_ones_is_tagged_when_its_photo_is(store):
    put(store, product("1", "네이비 셔츠"), PhotoResult("a.jpg", error=("unavailable", "no answer")))
    before = labels_of(store, "1")
    put(store, product("1", "네이비 셔츠"), photo(BLACK_OR_NAVY))
    assert labels_of(store, "1")[0] == "navy"
    assert before == ["navy"]
    assert store.differences() == 0


def conflicts(store: Store, *arguments: object) -> list[str]:
    return [each.product.product.id for each in store.conflicts(*arguments)]


def test_products_whose_photos_show_another_color_are_conflicts_the_surest_first(store):
    wrong = [
        (product("sure", "블루 셔츠"), [photo({"black": 0.97, "navy": 0.03})]),
        (product("less", "블루 셔츠"), [photo({"black": 0.7, "gray": 0.3})]),
        (product("column", "셔츠", "레드"), [photo({"green": 0.9, "mint": 0.1})]),
        (product("right", "블랙 셔츠"), [photo({"black": 0.97, "navy": 0.03})]),
        (product("none", "셔츠"), [photo({"black": 0.97, "navy": 0.03})]),
    ]
    add(store, wrong, shop(1.0))
    found = store.conflicts()
    assert set(conflicts(store)) == {"sure", "less", "column"}
    assert conflicts(store).index("sure") < conflicts(store).index("less")
    assert [each.sure for each in found] == sorted((each.sure for each in found), reverse=True)
    first = next(each for each in found if each.product.product.id == "sure")
    assert [(word.column, word.word, word.labels[0]) for word in first.words] == [("title", "블루", "blue")]
    assert next(iter(first.shares.items())) == ("black", 0.97)
    assert first.photo == "a.jpg"
    label_of = store.vocabulary.label
    assert first.finding(label_of, "en") == "the title says blue, the photo is black"
    assert first.finding(label_of, "ko") == "상품명은 파랑, 사진은 검정"

    assert conflicts(store, found[0].place, 1) == conflicts(store)[1:2]
    assert conflicts(store, "nonsense") == conflicts(store, f"{10**30}-1") == conflicts(store)
    assert store.count_conflicts() == 3
    store.correct("sure", ["black"], "Mina")
    put(store, product("less", "블랙 셔츠"))
    assert conflicts(store) == ["column"]
    store.correct("sure", None, "")
    assert set(conflicts(store)) == {"sure", "column"}
    store.finish(store.begin("feed"))
    assert conflicts(store) == []


def test_a_finding_leaves_out_a_column_that_names_the_photos_color(store):
    put(store, product("1", "블루 화이트 셔츠", "블루"), photo({"white": 0.9, "gray": 0.1}))
    put(store, product("2", "블루 셔츠", "파랑"), photo({"white": 0.9, "gray": 0.1}))
    label_of = store.vocabulary.label
    assert {each.product.product.id: each.finding(label_of, "en") for each in store.conflicts()} == {
        "1": "the color column says blue, the photo is white",
        "2": "the title and the color column say blue, the photo is white",
    }
