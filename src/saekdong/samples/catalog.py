"""A sample catalog: products with drawn photos, whose colors are therefore known."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saekdong.csv_cells import Writer
from saekdong.files import write_whole
from saekdong.lang import Lang
from saekdong.samples.drawings import COLORS, GROUNDS, SKINS, Scene, draw, halves, jpeg, plain, stripes

MOST = 999
_GROUND_SHARES = (0.3, 0.2, 0.08, 0.15, 0.09, 0.08, 0.03, 0.07)


@dataclass(frozen=True)
class _Kind:
    shapes: tuple[str, ...]
    name: Mapping[Lang, str]
    category: Mapping[Lang, str]
    price: int


_KINDS = (
    _Kind(("mug",), {"en": "mug", "ko": "머그컵"}, {"en": "Home > Kitchen", "ko": "생활 > 주방"}, 12),
    _Kind(("shirt", "shirt worn"), {"en": "shirt", "ko": "셔츠"}, {"en": "Fashion > Tops", "ko": "패션 > 상의"}, 29),
    _Kind(("shoe",), {"en": "shoe", "ko": "신발"}, {"en": "Fashion > Shoes", "ko": "패션 > 신발"}, 69),
    _Kind(("bag",), {"en": "bag", "ko": "가방"}, {"en": "Fashion > Bags", "ko": "패션 > 가방"}, 49),
    _Kind(("chair",), {"en": "chair", "ko": "의자"}, {"en": "Home > Furniture", "ko": "생활 > 가구"}, 89),
    _Kind(
        ("dress", "dress worn"), {"en": "dress", "ko": "원피스"}, {"en": "Fashion > Dresses", "ko": "패션 > 원피스"}, 59
    ),
)
_SERIES: tuple[Mapping[Lang, str], ...] = tuple(
    {"en": en, "ko": ko}
    for en, ko in (
        ("Haru", "하루"),
        ("Byeol", "별"),
        ("Baram", "바람"),
        ("Namu", "나무"),
        ("Bada", "바다"),
        ("Gureum", "구름"),
        ("Iseul", "이슬"),
        ("Noeul", "노을"),
    )
)


@dataclass(frozen=True)
class Drawn:
    """A drawn product: its fields in the feed, its photo, and the labels of its colors."""

    id: str
    title: str
    category: str
    price: int
    currency: str
    photo: bytes
    labels: tuple[str, ...]


def draw_products(count: int, lang: Lang, seed: int = 0) -> Iterator[Drawn]:
    """Draw products: mugs, shirts, shoes, bags, chairs and dresses, every fifth in two colors, on all grounds.

    Args:
        count: the number of products, at most `MOST`.
        lang: the language of titles and categories.
        seed: the same seed draws the same products.

    Example:
        >>> [(product.id, product.labels) for product in draw_products(2, "en")]
        [('mug-001', ('black',)), ('shirt-002', ('white',))]
    """
    random = np.random.default_rng(seed)
    labels = list(COLORS)
    for number in range(min(count, MOST)):
        kind = _KINDS[number % len(_KINDS)]
        # Each round of labels starts one later, so that every kind gets every color.
        first = labels[(number + number // len(labels)) % len(labels)]
        rest = [label for label in labels if label != first]
        chosen = (first, str(random.choice(rest))) if number % 5 == 4 else (first,)
        series = _SERIES[int(random.integers(len(_SERIES)))][lang]
        yield Drawn(
            id=f"{kind.shapes[0]}-{number + 1:03}",
            title=f"{series} {kind.name[lang]}",
            category=kind.category[lang],
            price=_price(random, kind.price, lang),
            currency="USD" if lang == "en" else "KRW",
            photo=_photo(random, kind, chosen, number),
            labels=chosen,
        )


def write_catalog(products: Sequence[Drawn], folder: Path) -> tuple[Path, Path]:
    """Write the photos, a feed that lists them without colors, and the labels of each photo.

    Returns:
        The paths of the feed and of the labels.
    """
    photos = {product.id: Path("photos") / f"{product.id}.jpg" for product in products}
    for product in products:
        write_whole(folder / photos[product.id], product.photo)
    feed = [(each.id, each.title, each.category, each.price, each.currency, photos[each.id]) for each in products]
    labels = [(photos[each.id], ";".join(each.labels)) for each in products]
    write_whole(folder / "products.csv", _csv(("id", "title", "category", "price", "currency", "photo"), feed))
    write_whole(folder / "labels.csv", _csv(("photo", "labels"), labels))
    return folder / "products.csv", folder / "labels.csv"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    Writer(text).writerows([header, *rows])
    return text.getvalue()


def _price(random: np.random.Generator, usual: int, lang: Lang) -> int:
    """Return a price near the usual one, in dollars or won."""
    price = usual * random.uniform(0.6, 1.6)
    return round(price) if lang == "en" else round(price * 1.3) * 1000


def _photo(random: np.random.Generator, kind: _Kind, labels: Sequence[str], seed: int) -> bytes:
    paint = _paint(random, [COLORS[label][random.integers(len(COLORS[label]))] for label in labels])
    shape = str(random.choice(kind.shapes))
    return jpeg(
        draw(
            paint,
            shape,
            str(random.choice(list(GROUNDS), p=_GROUND_SHARES)),
            skin=SKINS[int(random.integers(len(SKINS)))] if shape.endswith("worn") else None,
            shadow=bool(random.random() < 0.7),
            highlight=bool(random.random() < 0.2),
            seed=seed,
        )
    )


def _paint(random: np.random.Generator, colors: Sequence[tuple[int, int, int]]) -> Scene:
    if len(colors) == 1:
        return plain(colors[0])
    return stripes(*colors, count=int(random.integers(12, 30))) if random.random() < 0.6 else halves(*colors)
