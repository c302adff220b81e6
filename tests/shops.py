"""A small catalog for tests: names that are hard to write down, a correction, a product that is gone."""

from pathlib import Path

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.photo import DominantColor
from stores import OpenStore, open_sqlite

PALETTE = (DominantColor(31, 42, 82, 0.7, 0.5), DominantColor(247, 246, 242, 0.3, 0.5))


def product(product_id, title="Mug", category="Home > Kitchen", price=12.5, group=""):
    return Product(
        product_id,
        title,
        category,
        price,
        "USD",
        f"https://shop.example/{product_id}",
        group,
        "",
        (f"{product_id}.jpg",),
    )


def tagged(each, **shares):
    return each, [PhotoResult(each.photos[0], model="a1", shares=shares, palette=PALETTE)]


def small_catalog(folder: Path, open_store: OpenStore = open_sqlite) -> Store:
    """Return a catalog of six products; the one called `gone` is gone, `corrected` is red and blue by hand."""
    store = open_store(folder)
    run = store.begin("shop.csv")
    store.put([tagged(product("gone"), black=0.9)], run)
    store.finish(run)
    run = store.begin("shop.csv")
    store.put(
        [
            tagged(product("mug-1"), navy=0.6, white=0.4),
            tagged(product("머그 '컵'\\2", 'Say "hi";\t\n머그', price=None), white=0.9),
            tagged(product("shirt:red", "Shirt", "Fashion > Tops", 20, group="shirt"), red=0.9),
            tagged(product("shirt:blue", "Shirt", "Fashion > Tops", 20, group="shirt"), blue=0.9),
            tagged(product("doubtful"), navy=0.1, white=0.1, red=0.1, blue=0.1),
            tagged(product("corrected"), black=0.9),
        ],
        run,
    )
    store.finish(run)
    store.correct("corrected", ["red", "blue"], "Kim")
    return store
