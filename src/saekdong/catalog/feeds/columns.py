"""Which column holds which field, and from a row to a product."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from saekdong.catalog.categories import SEPARATOR, category_path
from saekdong.catalog.feeds.entries import Entry, FeedError, FeedRow, FeedRows, Item, Problem
from saekdong.catalog.feeds.rows import plain_column
from saekdong.catalog.feeds.values import currency_of, names_photo, photos_of, price_of, text_of
from saekdong.catalog.products import Product, link_of

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "product_id", "sku", "상품코드", "상품번호", "상품번호스마트스토어", "상품id", "품번"),
    "title": ("title", "name", "product_name", "상품명", "제품명", "이름", "제목"),
    "category": ("product_type", "category", "categories", "google_product_category", "카테고리", "분류"),
    "price": ("price", "regular_price", "가격", "판매가", "정가"),
    "currency": ("currency", "통화"),
    "link": ("link", "url", "product_url", "상품url", "링크"),
    "group": ("item_group_id", "group", "그룹"),
    "color": ("color", "colour", "색상", "색"),
    "photos": (
        *("image_link", "photos", "photo", "images", "image", "image_url", "image_src", "image_path", "image_file"),
        *("photo_url", "photo_path", "picture", "pictures", "picture_url", "img", "img_url", "img_src", "img_path"),
        *(
            "main_image",
            "main_image_url",
            "product_image",
            "product_image_url",
            "file",
            "filename",
            "file_name",
            "path",
        ),
        *(
            "대표이미지",
            "대표이미지url",
            "이미지",
            "이미지url",
            "이미지경로",
            "이미지주소",
            "이미지파일",
            "이미지등록상세",
        ),
        *("상품이미지", "상품이미지url", "대표사진", "사진", "사진경로", "사진url", "파일명"),
        *("additional_image_link", "additional_image_links", "additional_images"),
        *("추가이미지", "추가이미지url", "이미지등록추가"),
    ),
}
"""The columns, as `plain_column` names them, in which each field is looked for: the first that is not empty wins; of
photos all of them count."""

THUMBNAILS = (
    "thumbnail",
    "thumbnail_url",
    "thumb",
    "thumb_url",
    "thumbnail_image",
    "small_image",
    "썸네일",
    "목록이미지",
)
"""Columns of small photos, which are read only if there are no others."""

KNOWN_PHOTOS = frozenset((*NAMES["photos"], *THUMBNAILS))
"""The columns of photos that are known by name."""

MOST_ID = 256
MOST_TEXT = 2_000
MOST_PHOTOS = 100
MOST_ADDRESS = 2_048
_LEVELS = ("대분류", "중분류", "소분류", "세분류")

Columns = Mapping[str, Sequence[str]]
"""Each field's columns, by plain name."""


def find_columns(rows: FeedRows, mapping: Sequence[tuple[str, str]], *, needs_photos: bool = True) -> Columns:
    """Return which columns hold which fields.

    They are those that `mapping` names, otherwise those that are known by name. Of photos, a column of thumbnails is
    taken if there is no other, and otherwise the column whose first values look most like photos.

    Args:
        rows: the feed's.
        mapping: pairs of a field and a column; several of one field are taken in order.
        needs_photos: whether rows without a column of photos are refused.

    Raises:
        FeedError: there is no such field or column, or no column of ids, or of photos if they are needed.
    """
    columns: dict[str, list[str]] = {}
    for field, column in mapping:
        if field not in NAMES:
            raise FeedError(f"--map {field}={column}: there is no field {field}", fix=f"fields are {', '.join(NAMES)}")
        if rows.fixed and plain_column(column) not in rows.columns:
            raise FeedError(f"{rows.name} has no column {column} (it has: {_listed(rows)})", fix="name one it has")
        columns.setdefault(field, []).append(plain_column(column))
    for field, names in NAMES.items():
        if field not in columns:
            columns[field] = [name for name in names if name in rows.columns or not rows.fixed]
    if not rows.columns.intersection(columns["photos"]):
        columns["photos"] = [name for name in THUMBNAILS if name in rows.columns] or _looking_like_photos(rows)
    for field in ("id", "photos") if needs_photos else ("id",):
        if not rows.columns.intersection(columns[field]):
            raise FeedError(
                f"{rows.name} has no column of {field} that is known (it has: {_listed(rows)})",
                fix=f"name it with --map {field}=COLUMN",
            )
    return columns


def _looking_like_photos(rows: FeedRows) -> list[str]:
    """Return the column most of whose first values are places of photos, or none."""
    counts: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for row in rows.first():
        for column, value in row.values.items():
            places = photos_of(value)
            filled[column] += bool(places)
            counts[column] += bool(places) and all(map(names_photo, places))
    likely = [column for column, count in counts.items() if column and count > filled[column] / 2]
    return [max(likely, key=counts.__getitem__)] if likely else []


def _listed(rows: FeedRows) -> str:
    found = sorted(filter(None, rows.columns))
    return ", ".join(found[:30]) + (f" and {len(found) - 30} more" if len(found) > 30 else "")


def products(rows: FeedRows, columns: Columns, locate: Callable[[str], str]) -> Iterator[Item]:
    """Yield a product for each row.

    Args:
        rows: the feed's.
        columns: where the fields are.
        locate: turns a photo's name into a path or an address; raises ValueError where it may not be read.
    """
    for row in rows.rows:
        if isinstance(row, Problem):
            yield row
        else:
            yield from product(rows.name, row, columns, locate)


def product(feed: str, row: FeedRow, columns: Columns, locate: Callable[[str], str]) -> Iterator[Item]:
    """Yield what is wrong with a row, and its product where it has an id."""

    def text(field: str) -> str:
        return next(filter(None, (text_of(row.values.get(column)) for column in columns[field])), "")

    product_id = text("id")
    if not product_id or len(product_id) > MOST_ID:
        why = f"longer than {MOST_ID} characters" if product_id else "is empty"
        yield Problem(feed, row.line, product_id[:40], "id", why)
        return

    def problem(field: str, reason: object) -> Problem:
        return Problem(feed, row.line, product_id, field, str(reason))

    price, currency = None, ""
    try:
        price, currency = price_of(text("price"))
        currency = currency_of(text("currency")) or currency
    except ValueError as error:
        yield problem("price", error)
    texts = {field: text(field) for field in ("title", "link", "group", "color")}
    try:
        link_of(texts["link"])
    except ValueError as error:
        yield problem("link", error)
        texts["link"] = ""
    texts["category"] = category(row.values, columns["category"])
    for field in texts:
        if len(texts[field]) > MOST_TEXT:
            yield problem(field, f"is longer than {MOST_TEXT:,} characters; the rest is left out")
            texts[field] = texts[field][:MOST_TEXT].rstrip()
    named = list(dict.fromkeys(photo for column in columns["photos"] for photo in photos_of(row.values.get(column))))
    photos: list[str] = []
    for photo in named[:MOST_PHOTOS]:
        if len(photo) > MOST_ADDRESS:
            yield problem("photos", f"{photo[:40]!r}... is longer than {MOST_ADDRESS:,} characters")
            continue
        try:
            photos.append(locate(photo))
        except ValueError as error:
            yield problem("photos", error)
    if not named:
        yield problem("photos", "is empty; without a photo only color words give a product tags")
    if len(named) > MOST_PHOTOS:
        yield problem("photos", f"has {len(named):,} photos; the first {MOST_PHOTOS} are taken")
    yield Entry(
        row.line,
        Product(
            product_id,
            price=price,
            currency=currency,
            photos=tuple(photos),
            **texts,
        ),
    )


def category(values: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return the first category that is written in words, or that of the columns of its levels.

    Google's numbers mean nothing to a shop's customers.
    """
    found = [text for column in columns if (text := text_of(values.get(column)))]
    words = next((text for text in found if not text.isdigit()), "")
    return category_path(words or SEPARATOR.join(text_of(values.get(level)) for level in _LEVELS))
