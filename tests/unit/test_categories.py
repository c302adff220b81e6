"""A category is written the same wherever it comes from: feeds, the API's and the studio's filters, exports."""

import pytest

from saekdong.catalog.categories import MOST_LEVELS, category_path, paths_down_to
from saekdong.catalog.exports import ExportOptions
from saekdong.catalog.exports.search import document
from saekdong.catalog.feeds import open_feed
from saekdong.catalog.products import Product
from saekdong.catalog.query import Query
from saekdong.color import STARTER
from saekdong.web.shop.filters import Filter
from stores import put

DEEP = ">".join(map(str, range(30)))
WRITTEN = {
    "Home>Kitchen > ": "Home > Kitchen",
    " >  Home  >> Kitchen ": "Home > Kitchen",
    "홈 데코 >머그": "홈 데코 > 머그",
    " > ": "",
    DEEP: " > ".join(map(str, range(MOST_LEVELS))),
}


@pytest.mark.parametrize(("text", "path"), WRITTEN.items(), ids=["end", "blanks", "korean", "empty", "deep"])
def test_a_category_is_written_the_same_wherever_it_comes_from(open_store, tmp_path, text, path):
    assert category_path(text) == category_path(path) == path
    (tmp_path / "table.csv").write_text(f"id,category,photos\n1,{text},a.jpg\n")
    (tmp_path / "woo.csv").write_text(f"ID,Type,SKU,Name,Categories,Images\n1,simple,,Mug,{text},a.jpg\n")
    for name in ("table.csv", "woo.csv"):
        with open_feed(str(tmp_path / name)) as feed:
            assert [item.product.category for item in feed.items] == [path], feed.kind
    assert Filter.read([("category", text)], STARTER).category == path
    with open_store(tmp_path) as store:
        put(store, Product("1", category=text))
        shown = store.get("1")
        assert shown.product.category == path
        assert [each.product.id for each in store.find(Query(category=text)).products] == ["1"]
        assert document(shown, ExportOptions(STARTER, "en", False, store.variants))["category"] == paths_down_to(path)
        assert set(store.find(Query()).categories) <= set(paths_down_to(path))
