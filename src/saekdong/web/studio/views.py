"""What the templates show: labels with their swatches, cards of products, and what is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from saekdong.catalog.categories import SEPARATOR
from saekdong.catalog.products import NOWHERE
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER_LABEL, Label, Vocabulary, own_label
from saekdong.fetch.urls import is_redacted, is_web
from saekdong.lang import Lang
from saekdong.web.studio.filters import Filter
from saekdong.web.studio.texts import TEXTS

"""How addresses that a browser may follow begin."""

_WITHOUT_DECIMALS = ("KRW", "JPY", "VND", "CLP", "HUF", "IDR", "TWD")
_SIGNS = {"KRW": "₩", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "VND": "₫"}
_BRIGHT = 150


@dataclass(frozen=True)
class Swatch:
    """A color with its name, and the ink that can be read on it.

    Attributes:
        id: the label's.
        name: what a person reads.
        color: `#rrggbb`.
        ink: `dark` or `light`.
    """

    id: str
    name: str
    color: str
    ink: str


@dataclass(frozen=True)
class Choice:
    """A label in the filter: how many products bear it, and whether it is chosen."""

    swatch: Swatch
    count: int
    chosen: bool


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


@dataclass(frozen=True)
class Bar:
    """A tag: its label, and the share of the product as a percentage."""

    swatch: Swatch
    percent: int


@dataclass(frozen=True)
class Picture:
    """A photo's address, small and large."""

    small: str
    large: str


@dataclass(frozen=True)
class Card:
    """A product in the listing.

    Attributes:
        address: of its own page.
        title: the feed's, or the id.
        price: as people write it; empty where unknown.
        picture: its first photo that can be used, or None.
        tags: its labels with their shares.
        corrected: a person chose the labels.
        note: what else there is to say, such as how far its color is.
    """

    address: str
    title: str
    price: str
    picture: Picture | None
    tags: tuple[Bar, ...]
    corrected: bool
    note: str = ""


def choices(vocabulary: Vocabulary, counts: Mapping[str, int], chosen: Sequence[str], lang: Lang) -> list[Choice]:
    """Return the filter's labels in the vocabulary's order; `other` where products are, or it is chosen."""
    labels = [*vocabulary, *([OTHER_LABEL] if counts.get(OTHER_LABEL.id) or OTHER_LABEL.id in chosen else [])]
    return [Choice(swatch(label, lang), counts.get(label.id, 0), label.id in chosen) for label in labels]


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


def product_address(shown: TaggedProduct, place: str = "", saved: str = "") -> str:
    """Return the address of a product's page.

    Args:
        shown: the product.
        place: its place in the review, if the page is a step of it.
        saved: what the page is to say that was saved, `yes` or `back`.
    """
    fields = {"id": shown.product.id, "review": place, "saved": saved}
    return f"/product?{urlencode({key: value for key, value in fields.items() if value or key == 'id'})}"


def card(shown: TaggedProduct, vocabulary: Vocabulary, lang: Lang, note: str = "", place: str = "") -> Card:
    """Return a product as the listing shows it; with its `place`, as the review does."""
    return Card(
        address=product_address(shown, place),
        title=shown.product.title or shown.product.id,
        price=price_text(shown.product.price, shown.product.currency, lang),
        picture=next((picture(shown, number) for number in usable_photos(shown)), None),
        tags=bars(shown, vocabulary, lang),
        corrected=bool(shown.corrected_by),
        note=note,
    )


def usable_photos(shown: TaggedProduct) -> list[int]:
    """Return the numbers, from 0, of the photos that could be read and can be shown."""
    return [
        number
        for number, place in enumerate(shown.product.photos)
        if place not in shown.errors and not place.startswith(NOWHERE) and not is_redacted(place)
    ]


def photo_errors(shown: TaggedProduct, lang: Lang) -> list[str]:
    """Return why photos could not be used, in the reader's language where the reason is one of the known ones."""
    return [TEXTS.get(f"photo_{code}", {}).get(lang, message) for code, message in shown.errors.values()]


def picture(shown: TaggedProduct, number: int) -> Picture:
    """Return a photo's addresses: its own if it is on the web, otherwise one of ours, new with each change."""
    place = shown.product.photos[number]
    if is_web(place):
        return Picture(place, place)
    fields = {"id": shown.product.id, "n": number, "v": shown.change}
    return Picture(f"/photo?{urlencode(fields)}", f"/photo?{urlencode({**fields, 'size': 'large'})}")


def bars(shown: TaggedProduct, vocabulary: Vocabulary, lang: Lang) -> tuple[Bar, ...]:
    """Return a product's tags; labels that the vocabulary has no more are shown by their ids."""
    return tuple(Bar(_swatch_of(tag.label, vocabulary, lang), max(1, round(100 * tag.share))) for tag in shown.tags)


def swatch(label: Label, lang: Lang) -> Swatch:
    """Return a label's swatch."""
    return Swatch(label.id, label.name(lang), label.swatch, ink_on(label.swatch))


def ink_on(color: str) -> str:
    """Return which ink can be read on a color, `dark` or `light`.

    Example:
        >>> ink_on("#f7f6f2"), ink_on("#1f2a52")
        ('dark', 'light')
    """
    red, green, blue = bytes.fromhex(color[1:])
    return "dark" if 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT else "light"


def price_text(price: float | None, currency: str, lang: Lang) -> str:
    """Write a price as people do; empty if it is unknown.

    Example:
        >>> price_text(12000, "KRW", "ko"), price_text(12000, "KRW", "en"), price_text(9.5, "CHF", "en")
        ('12,000원', '₩12,000', '9.50 CHF')
    """
    if price is None:
        return ""
    code = currency.upper()
    is_whole = code in _WITHOUT_DECIMALS or (not code and price == int(price))
    amount = f"{price:,.0f}" if is_whole else f"{price:,.2f}"
    if code == "KRW" and lang == "ko":
        return f"{amount}원"
    if code in _SIGNS:
        return f"{_SIGNS[code]}{amount}"
    return f"{amount} {currency}".strip()


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


def label_of(vocabulary: Vocabulary, label: str) -> Label:
    """Return a label by its id, also one that the vocabulary no longer has."""
    try:
        return vocabulary.label(label)
    except KeyError:
        return own_label(label)


def _swatch_of(label: str, vocabulary: Vocabulary, lang: Lang) -> Swatch:
    try:
        return swatch(vocabulary.label(label), lang)
    except KeyError:
        return Swatch(label, label, OTHER_LABEL.swatch, "light")
