"""Shopify's product export: rows of variants and of photos that belong to one product."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from saekdong.catalog.feeds.columns import MOST_ID, MOST_PHOTOS, Columns, product
from saekdong.catalog.feeds.entries import FeedRow, FeedRows, Item, Problem
from saekdong.catalog.feeds.values import photos_of, text_of

COLOR_OPTIONS = frozenset({"color", "colour", "색상", "색", "컬러"})
_NEW_NAMES = {
    "url_handle": "handle",
    "product_image_url": "image_src",
    "variant_image_url": "variant_image",
    "price": "variant_price",
}
_MOST_ROWS = 3_000
_MOST_COLORS = 250
_PHOTOS = ("image_src", "variant_image")
_OPTIONS = ("option1", "option2", "option3")
_NEEDED = frozenset(
    (
        *("handle", "title", "product_category", "type", "variant_price", *_PHOTOS),
        *(f"{option}_{part}" for option in _OPTIONS for part in ("name", "value")),
    )
)
_COLUMNS: Columns = {
    "id": ("id",),
    "title": ("title",),
    "category": ("product_category", "type"),
    "price": ("variant_price",),
    "currency": (),
    "link": (),
    "group": ("handle",),
    "color": ("color",),
    "photos": ("photos",),
}


def is_shopify(columns: frozenset[str]) -> bool:
    """Return whether these are the columns of Shopify's export, that of before 2025 or the new one."""
    return {"handle", "image_src"} <= columns or {"url_handle", "product_image_url"} <= columns


def shopify(rows: FeedRows, locate: Callable[[str], str]) -> Iterator[Item]:
    """Yield a product for each handle; where a color option divides it, one for each color.

    The id is the handle, with `:` and the color if there are several; the handle is their group. A color's photos
    are those of its variants, otherwise all of the product's.
    """
    for handle, together in groupby(rows.rows, _handle):
        lines: list[FeedRow] = []
        for row in together:
            if isinstance(row, Problem):
                yield row
            elif len(lines) < _MOST_ROWS:
                lines.append(_needed(row))
            else:
                yield Problem(
                    rows.name, row.line, handle or "", "row", f"is past the first {_MOST_ROWS:,} of its product"
                )
        if lines and handle is not None:
            for number, row in enumerate(_by_color(handle, lines)):
                if number < _MOST_COLORS:
                    yield from product(rows.name, row, _COLUMNS, locate)
                else:
                    why = f"is past the first {_MOST_COLORS} colors of its product"
                    yield Problem(rows.name, row.line, str(row.values["id"])[:MOST_ID], "color", why)


def _needed(row: FeedRow) -> FeedRow:
    """Return a row with what products are made of, in the names of the old export: a product may have many rows."""
    values = ((_NEW_NAMES.get(name, name), value) for name, value in row.values.items())
    return FeedRow(
        row.line, {name: value if name in _PHOTOS else text_of(value) for name, value in values if name in _NEEDED}
    )


def _handle(row: FeedRow | Problem) -> str | None:
    if isinstance(row, Problem):
        return None
    return text_of(row.values.get("handle", row.values.get("url_handle")))


def _by_color(handle: str, rows: list[FeedRow]) -> Iterator[FeedRow]:
    first = rows[0]
    photos = tuple(dict.fromkeys(photo for row in rows for photo in photos_of(row.values.get("image_src"))))
    option = _color_option(first.values)
    colors: dict[str, list[FeedRow]] = {}
    for row in rows:
        if option and (color := text_of(row.values.get(f"{option}_value"))):
            colors.setdefault(color, []).append(row)
    if len(colors) < 2:
        yield FeedRow(first.line, {**first.values, "id": handle, "color": next(iter(colors), ""), "photos": photos})
        return
    for number, (color, variants) in enumerate(colors.items()):
        own = [photo for row in variants if (photo := row.values.get("variant_image"))]
        yield FeedRow(
            variants[0].line,
            {
                **first.values,
                "id": f"{handle}:{color}",
                "color": color,
                "variant_price": variants[0].values.get("variant_price"),
                # Too many are a problem of the first color; for thousands of colors they would take minutes.
                "photos": own or (photos[:MOST_PHOTOS] if number else photos),
            },
        )


def _color_option(values: Mapping[str, Any]) -> str:
    """Return the option that is about color, `option1` to `option3`, or nothing."""
    return next((name for name in _OPTIONS if text_of(values.get(f"{name}_name")).casefold() in COLOR_OPTIONS), "")
