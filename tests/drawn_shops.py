"""A drawn shop for tests of the customers' pages: variants, second photos, odd formats, and what feeds may carry."""

from pathlib import Path

from PIL import Image

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.photo import find_palette, read_photo
from saekdong.samples import drawings

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \"' {{7*7}}"
"""A text that runs where it is not escaped."""

KINDS = (
    ("mug", "mug", "머그컵", "Kitchen > Mugs"),
    ("shirt", "shirt", "셔츠", "Apparel > Shirts"),
    ("shoe", "shoes", "운동화", "Apparel > Shoes"),
    ("bag", "tote bag", "토트백", "Bags"),
)
COLORS = ("black", "white", "gray", "red", "yellow", "green", "blue", "navy", "pink")
"""The labels of the shop's products; the starter's others have no product."""

COUNT = 60
FURTHER = ("Art", "Baby", "Books", "Garden", "Music", "Office", "Pets", "Toys")
"""Categories of one product each."""


def fill(folder: Path) -> SqliteStore:
    """Draw 60 products of known colors, in groups of three variants, and some odd ones; return their catalog."""
    rows = [_product(folder, number) for number in range(COUNT)]
    rows += [_plain(folder, f"only-{name}", f"Only {name}", f"{name} > Things", "gray") for name in FURTHER]
    rows += [
        (
            Product(EVIL, EVIL, f"{EVIL.replace('>', ')')} > Things", 100, EVIL[:3], "javascript:alert(1)", EVIL, EVIL),
            [],
        ),
        (Product("missing", "No photo there", "Bags", None, photos=("nowhere.jpg",)), [_failed("nowhere.jpg")]),
        _plain(folder, "other", "Of no color", "Bags", "other"),
        (Product("dear", "Dear bag", "Bags", 1_290_000, "KRW", "https://shop.example/dear"), []),
    ]
    store = SqliteStore.open(folder / "catalog.db", STARTER)
    run = store.begin("drawn")
    store.put([_plain(folder, "gone", "No longer sold", "Bags", "red")], run)
    store.finish(run)
    run = store.begin("drawn")
    store.put(rows, run)
    store.finish(run)
    return store


def _product(folder: Path, number: int) -> tuple[Product, list[PhotoResult]]:
    shape, english, korean, category = KINDS[number // 3 % len(KINDS)]
    label = COLORS[number % len(COLORS)]
    paint = drawings.plain(drawings.COLORS[label][0])
    names = [f"{number}.jpg"]
    _save(folder / names[0], drawings.draw(paint, shape, "white", seed=number), number)
    if number % 2:
        names.append(f"{number}-b.jpg")
        _save(folder / names[1], drawings.draw(paint, shape, "gradient", seed=number), 1)
    product = Product(
        f"p{number}",
        f"{korean} {number}" if number % 2 else f"{english} {number}",
        category,
        10_000 + 1_000 * number,
        "KRW",
        f"https://shop.example/{number}" if number % 5 == 0 else "",
        f"g{number // 3}",
        photos=tuple(names),
    )
    return product, [_result(folder, name, label) for name in names]


def _plain(folder: Path, product_id: str, title: str, category: str, label: str) -> tuple[Product, list[PhotoResult]]:
    color = drawings.COLORS.get(label, drawings.COLORS["gray"])[0]
    name = f"{product_id}.jpg"
    _save(folder / name, drawings.draw(drawings.plain(color), "bag", seed=len(product_id)), 1)
    product = Product(product_id, title, category, 50_000, "KRW", photos=(name,))
    return product, [_result(folder, name, label)]


def _save(path: Path, image: Image.Image, number: int) -> None:
    """Save a photo; every seventh is wide, every eleventh tall."""
    if number % 7 == 0:
        image = image.resize((2 * image.width, image.height))
    elif number % 11 == 0:
        image = image.resize((image.width, 2 * image.height))
    image.save(path)


def _result(folder: Path, name: str, label: str) -> PhotoResult:
    photo = read_photo((folder / name).read_bytes(), 112)
    shares = dict.fromkeys(STARTER.ids, 1 / len(STARTER)) if label == "other" else {label: 0.9}
    return PhotoResult(name, model="0a1b2c3d", shares=shares, palette=find_palette(photo.pixels, None, 3))


def _failed(name: str) -> PhotoResult:
    return PhotoResult(name, error=("not-found", "there is no such file"))
