"""What templates of both parts show: labels with their swatches, tags, photos, prices, cards of products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from saekdong.catalog.products import NOWHERE
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER_LABEL, Label, Vocabulary, own_label
from saekdong.fetch.urls import is_redacted, is_web
from saekdong.lang import Lang
from saekdong.web.site.texts import TEXTS

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
class Bar:
    """A tag: its label, and the share of the product as a percentage."""

    swatch: Swatch
    percent: int


@dataclass(frozen=True)
class Picture:
    """A photo's address by size; those on the web have one size."""

    small: str
    medium: str
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
        notes: what else there is to say, such as how far its color is.
    """

    address: str
    title: str
    price: str
    picture: Picture | None
    tags: tuple[Bar, ...]
    notes: tuple[str, ...] = ()


def choices(vocabulary: Vocabulary, counts: Mapping[str, int], chosen: Sequence[str], lang: Lang) -> list[Choice]:
    """Return the filter's labels in the vocabulary's order; `other` where products are, or it is chosen."""
    labels = [*vocabulary, *([OTHER_LABEL] if counts.get(OTHER_LABEL.id) or OTHER_LABEL.id in chosen else [])]
    return [Choice(swatch(label, lang), counts.get(label.id, 0), label.id in chosen) for label in labels]


def card(shown: TaggedProduct, vocabulary: Vocabulary, lang: Lang, address: str, *notes: str) -> Card:
    """Return a product as a listing shows it, with the address of its own page."""
    return Card(
        address=address,
        title=shown.product.title or shown.product.id,
        price=price_text(shown.product.price, shown.product.currency, lang),
        picture=next((picture(shown, number) for number in usable_photos(shown)), None),
        tags=bars(shown, vocabulary, lang),
        notes=notes,
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
        return Picture(place, place, place)
    fields = {"id": shown.product.id, "n": number, "v": shown.change}
    small, medium, large = (urlencode({**fields, **size}) for size in ({}, {"size": "medium"}, {"size": "large"}))
    return Picture(f"/photo?{small}", f"/photo?{medium}", f"/photo?{large}")


def bars(shown: TaggedProduct, vocabulary: Vocabulary, lang: Lang) -> tuple[Bar, ...]:
    """Return a product's tags; labels that the vocabulary has no more are shown by their ids."""
    return tuple(Bar(swatch_of(tag.label, vocabulary, lang), max(1, round(100 * tag.share))) for tag in shown.tags)


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


def label_of(vocabulary: Vocabulary, label: str) -> Label:
    """Return a label by its id, also one that the vocabulary no longer has."""
    try:
        return vocabulary.label(label)
    except KeyError:
        return own_label(label)


def swatch_of(label: str, vocabulary: Vocabulary, lang: Lang) -> Swatch:
    """Return the swatch of a label by its id; one that the vocabulary no longer has is shown by its id, in gray."""
    try:
        return swatch(vocabulary.label(label), lang)
    except KeyError:
        return Swatch(label, label, OTHER_LABEL.swatch, "light")
