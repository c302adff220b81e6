"""What the templates show: labels with their swatches, cards of products, and what is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saekdong.catalog.categories import SEPARATOR
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, OTHER_LABEL, Label, Vocabulary
from saekdong.fetch.urls import is_web
from saekdong.lang import Lang
from saekdong.web.shop.filters import Filter
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.views import Choice, Picture, Swatch, ink_on, label_of, picture, price_text, usable_photos

MOST_DOTS = 6
FIRST_CATEGORIES = 8


@dataclass(frozen=True)
class CategoryLink:
    """A category in the filter: the last part of its path, how many products, the listing's address, and the path."""

    name: str
    count: int
    address: str
    path: str


@dataclass(frozen=True)
class Categories:
    """The categories to choose from.

    Attributes:
        above: the categories that the chosen one is part of, the broadest first; the chosen one is the last.
        first: the categories directly below it, those with the most products first.
        rest: the others.
    """

    above: tuple[CategoryLink, ...]
    first: tuple[CategoryLink, ...]
    rest: tuple[CategoryLink, ...]


@dataclass(frozen=True)
class Chip:
    """Something chosen, and the address of the listing without it.

    Attributes:
        name: what a person reads.
        swatch: its color; None if it has none.
        address: of the listing without it.
    """

    name: str
    swatch: Swatch | None
    address: str


@dataclass(frozen=True)
class ProductCard:
    """A product in the listing.

    Attributes:
        id: the product's.
        address: of its own page.
        title: the feed's, or the id.
        price: as people write it; empty where unknown.
        picture: its first photo that can be used, or None.
        second: its second one, shown under the pointer, or None.
        dots: its colors and those of its other variants, its own first, `MOST_DOTS` at most.
        more_dots: how many colors are left out.
        names: all these colors' names, for those who do not see them.
        own_names: those of its own colors.
        link: the address of the shop's own page; empty if the feed has none.
    """

    id: str
    address: str
    title: str
    price: str
    picture: Picture | None
    second: Picture | None
    dots: tuple[Swatch, ...]
    more_dots: int
    names: str
    own_names: str
    link: str


def filter_choices(
    vocabulary: Vocabulary, counts: Mapping[str, int], chosen: Sequence[str], lang: Lang
) -> tuple[list[Choice], list[Choice]]:
    """Return the filter's labels in the vocabulary's order: those to show, and those without products to fold away.

    Example:
        >>> from saekdong.color import STARTER
        >>> shown, folded = filter_choices(STARTER, {"red": 2, "other": 1}, ["navy"], "en")
        >>> [choice.swatch.name for choice in shown], len(folded)
        (['red', 'navy', 'other'], 12)
    """
    every = [
        Choice(shop_swatch(label, lang), counts.get(label.id, 0), label.id in chosen)
        for label in (*vocabulary, OTHER_LABEL)
    ]
    shown = [choice for choice in every if choice.count or choice.chosen]
    return shown, [choice for choice in every if choice not in shown and choice.swatch.id != OTHER]


def count_text(total: str, near: int | None, lang: Lang) -> str:
    """Return how many products there are.

    Args:
        total: as `Page.total_text`.
        near: how many are shown, if only those nearest to a color are; otherwise None.
        lang: the reader's.

    Example:
        >>> count_text("1", None, "en"), count_text("3", 3, "en"), count_text("1,200", 48, "ko")
        ('1 product', '3 products', '가장 비슷한 상품 48개')
    """
    if near is not None and f"{near:,}" != total:
        return TEXTS["products_near"][lang].format(shown=f"{near:,}")
    return TEXTS["products_one" if total == "1" else "products"][lang].format(count=total)


def chips(filter_: Filter, vocabulary: Vocabulary, lang: Lang, currency: str) -> list[Chip]:
    """Return what is chosen, each with the address of the listing without it."""
    found = []
    for label in (label_of(vocabulary, each) for each in filter_.labels):
        rest = tuple(each for each in filter_.labels if each != label.id)
        found.append(Chip(label.name(lang), shop_swatch(label, lang), filter_.address(labels=rest)))
    if filter_.near:
        name = TEXTS["similar"][lang]
        found.append(Chip(name, plain_swatch(filter_.near, name), filter_.address(near="")))
    if filter_.text:
        found.append(Chip(f"“{filter_.text}”", None, filter_.address(text="")))
    if filter_.category:
        found.append(Chip(filter_.category.replace(">", "›"), None, filter_.address(category="")))
    if filter_.price_min is not None or filter_.price_max is not None:
        low, high = (price_text(price, currency, lang) for price in (filter_.price_min, filter_.price_max))
        found.append(Chip(f"{low} – {high}".strip(), None, filter_.address(price_min=None, price_max=None)))
    return found


def product_card(
    shown: TaggedProduct, address: str, vocabulary: Vocabulary, lang: Lang, group: Sequence[str], currency: str
) -> ProductCard:
    """Return a product as the listing shows it.

    Args:
        shown: the product.
        address: of its page.
        vocabulary: the shop's labels.
        lang: the reader's language.
        group: the main labels of its variants.
        currency: of its price if the feed names none.
    """
    product = shown.product
    labels = list(dict.fromkeys([*(tag.label for tag in shown.tags), *group]))
    swatches = [shop_swatch(label_of(vocabulary, label), lang) for label in labels]
    pictures = [picture(shown, number) for number in usable_photos(shown)[:2]]
    return ProductCard(
        id=product.id,
        address=address,
        title=product.title or product.id,
        price=price_text(product.price, product.currency or currency, lang),
        picture=pictures[0] if pictures else None,
        second=pictures[1] if len(pictures) > 1 else None,
        dots=tuple(swatches[:MOST_DOTS]),
        more_dots=max(0, len(swatches) - MOST_DOTS),
        names=", ".join(each.name for each in swatches),
        own_names=", ".join(each.name for each in swatches[: len(shown.tags)]),
        link=product.link if is_web(product.link) else "",
    )


def shop_swatch(label: Label, lang: Lang) -> Swatch:
    """Return a label's swatch; that of `other` has no color: it is drawn in many."""
    return Swatch(label.id, label.name(lang), "" if label.id == OTHER else label.swatch, ink_on(label.swatch))


def plain_swatch(color: str, name: str) -> Swatch:
    """Return a swatch of a color that has no label."""
    return Swatch("", name, color, ink_on(color))


def categories(filter_: Filter, counts: Mapping[str, int]) -> Categories:
    """Return the categories to choose from: a level at a time, those with the most products first.

    Args:
        filter_: what is chosen.
        counts: products by path, such as `Apparel > Shoes`.

    Example:
        >>> found = categories(Filter(category="A"), {"A": 3, "A > B": 1, "A > C": 2, "D": 9, "A > E": 0})
        >>> [each.name for each in found.above], [each.name for each in found.first]
        (['A'], ['C', 'B'])
    """
    chosen = filter_.category
    levels = chosen.split(SEPARATOR) if chosen else []
    above = [SEPARATOR.join(levels[: depth + 1]) for depth in range(len(levels))]
    below = [path for path, n in counts.items() if n and _parent(path) == chosen]
    below.sort(key=lambda path: (-counts[path], path))
    links = [_category_link(filter_, path, counts) for path in below]
    return Categories(
        tuple(_category_link(filter_, path, counts) for path in above),
        tuple(links[:FIRST_CATEGORIES]),
        tuple(links[FIRST_CATEGORIES:]),
    )


def _category_link(filter_: Filter, path: str, counts: Mapping[str, int]) -> CategoryLink:
    name = path.rpartition(SEPARATOR)[2]
    return CategoryLink(name, counts.get(path, 0), filter_.address(category=path), path)


def _parent(path: str) -> str:
    return path.rpartition(SEPARATOR)[0]
