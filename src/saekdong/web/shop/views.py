"""What the shop's templates show: what is chosen, categories, counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from saekdong.catalog.categories import SEPARATOR
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import Vocabulary
from saekdong.lang import Lang
from saekdong.web.shop.filters import Filter
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.views import price_text


@dataclass(frozen=True)
class Category:
    """A category in the filter: its path, the last part of it, how many products, how deep, and whether chosen."""

    path: str
    name: str
    count: int
    depth: int
    chosen: bool


@dataclass(frozen=True)
class Chip:
    """Something chosen, and the address of the listing without it."""

    name: str
    color: str
    address: str


def count_text(total: str, shown: int | None, lang: Lang) -> str:
    """Return how many products there are; where only the nearest of them are shown, how many those are.

    Args:
        total: as `Page.total_text`.
        shown: how many are shown, or None if more follow.
        lang: the reader's.

    Example:
        >>> count_text("1", None, "en"), count_text("3", 3, "en"), count_text("1,200", 48, "ko")
        ('1 product', '3 products', '상품 1,200개 중 가장 가까운 48개')
    """
    if shown is not None and f"{shown:,}" != total:
        return TEXTS["products_near"][lang].format(count=total, shown=f"{shown:,}")
    return TEXTS["products_one" if total == "1" else "products"][lang].format(count=total)


def chips(filter_: Filter, vocabulary: Vocabulary, lang: Lang) -> list[Chip]:
    """Return what is chosen, each with the address of the listing without it."""
    found = []
    for label in (vocabulary.label(each) for each in filter_.labels):
        rest = tuple(each for each in filter_.labels if each != label.id)
        found.append(Chip(label.name(lang), label.swatch, filter_.address(labels=rest)))
    if filter_.text:
        found.append(Chip(f"“{filter_.text}”", "", filter_.address(text="")))
    if filter_.category:
        found.append(Chip(filter_.category.replace(">", "›"), "", filter_.address(category="")))
    if filter_.price_min is not None or filter_.price_max is not None:
        low, high = (price_text(price, "", lang) for price in (filter_.price_min, filter_.price_max))
        found.append(Chip(f"{low} – {high}".strip(), "", filter_.address(price_min=None, price_max=None)))
    if filter_.near:
        name = TEXTS["near_listed"][lang].format(color=filter_.near)
        found.append(Chip(name, filter_.near, filter_.address(near="")))
    return found


def product_address(shown: TaggedProduct) -> str:
    """Return the address of a product's page."""
    return f"/product?{urlencode({'id': shown.product.id})}"


def categories(counts: Mapping[str, int], chosen: str) -> list[Category]:
    """Return the categories to choose from, each after the one that it is part of.

    Args:
        counts: products by path, such as `Apparel > Shoes`.
        chosen: a path, or nothing.
    """
    paths = sorted({*counts, chosen} - {""}, key=lambda path: path.split(SEPARATOR))
    return [
        Category(path, path.rpartition(SEPARATOR)[2], counts.get(path, 0), path.count(SEPARATOR), path == chosen)
        for path in paths
    ]
