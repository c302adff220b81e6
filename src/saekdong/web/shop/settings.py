"""How the shop's pages look: the table `[shop]` of saekdong.toml."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from saekdong.color import parse_color, to_hex
from saekdong.color.contrast import LEAST_FOR_PARTS, contrast_ratio, with_contrast
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.files import cannot_read, is_below, read_regular

Robots = Literal["index", "noindex"]

MOST_NAME = 60
COLUMNS = (2, 8)
MOST_LOGO = 1 << 20
LIGHT_GROUND, DARK_GROUND = "#ffffff", "#151517"

LOGO_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
"""The kinds of files that a logo may be, by suffix, with their media types."""


@dataclass(frozen=True)
class ShopSettings:
    """How the shop's pages look.

    Attributes:
        name: the shop's name; empty for Saekdong's own.
        logo: a file in the workspace, or an http(s) address; empty for none.
        accent: the color of buttons and focus rings, `#rrggbb`; empty for the pages' own.
        currency: of products whose feed names none, such as `KRW`.
        columns: how many products stand side by side on a wide screen; 0 for as many as fit.
        robots: whether search engines may list the pages.
        address: where the public reaches the pages, such as `https://colors.shop.example`; empty if unknown.
    """

    name: str = ""
    logo: str = ""
    accent: str = ""
    currency: str = ""
    columns: int = 0
    robots: Robots = "noindex"
    address: str = ""

    @property
    def accents(self) -> tuple[str, str]:
        """The accent on a light ground and on a dark one, where it is made lighter if need be; both empty if unset."""
        return (self.accent, with_contrast(self.accent, DARK_GROUND)) if self.accent else ("", "")


def read_shop_settings(table: object, workspace: Path) -> ShopSettings:
    """Return the settings of the table `[shop]`.

    Args:
        table: as it is in saekdong.toml; an empty one if there is none.
        workspace: the folder in which a logo's file is.

    Raises:
        SaekdongError: a key or a value is invalid; the message names it.

    Example:
        >>> read_shop_settings({"name": "색동상회", "accent": "#C8202F", "currency": "krw"}, Path()).accent
        '#c8202f'
    """
    if not isinstance(table, Mapping):
        raise SaekdongError(f"shop = {table!r} is not a table", fix='write [shop], and below it name = "My shop"')
    checks = _checks(workspace)
    for key in table:
        if key not in checks:
            raise SaekdongError(f"[shop] has no setting {key!r}", fix=f"use {', '.join(checks)}")
    return ShopSettings(**{key: checks[key](value) for key, value in table.items()})


def _checks(workspace: Path) -> dict[str, Callable[[Any], Any]]:
    return {
        "name": _name,
        "logo": lambda value: _logo(value, workspace),
        "accent": _accent,
        "currency": _currency,
        "columns": _columns,
        "robots": _robots,
        "address": _address,
    }


def _wrong(key: str, value: object, problem: str, fix: str) -> SaekdongError:
    return SaekdongError(f"[shop] {key} = {str(value)[:80]!r} {problem}", fix=fix)


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_NAME or not value.isprintable():
        raise _wrong("name", value, "is not a shop's name", f"write a text of at most {MOST_NAME} letters")
    return value.strip()


def _logo(value: object, workspace: Path) -> str:
    fix = f"give an http(s) address, or a file in the workspace that ends in {', '.join(LOGO_TYPES)}"
    if not isinstance(value, str) or not value:
        raise _wrong("logo", value, "is not a file", fix)
    if is_web(value):
        return value
    path = workspace / value
    if "://" in value or path.suffix.lower() not in LOGO_TYPES or not is_below(str(path), str(workspace)):
        raise _wrong("logo", value, "cannot be a logo", fix)
    try:
        content = read_regular(path)
    except OSError as error:
        raise cannot_read(path, error) from error
    if len(content) > MOST_LOGO:
        raise _wrong("logo", value, f"is larger than {MOST_LOGO >> 20} MB", "make it smaller: every page shows it")
    return str(path)


def _accent(value: object) -> str:
    try:
        color = to_hex(parse_color(str(value)))
    except ValueError as error:
        raise _wrong("accent", value, "is not a color", "write it as #c8202f") from error
    contrast = contrast_ratio(color, LIGHT_GROUND)
    if contrast < LEAST_FOR_PARTS:
        raise _wrong(
            "accent",
            color,
            f"has a contrast of {contrast:.1f} to white, and buttons need {LEAST_FOR_PARTS:g} (WCAG 2.2)",
            f"use a darker color, such as {with_contrast(color, LIGHT_GROUND)}",
        )
    return color


def _currency(value: object) -> str:
    if not isinstance(value, str) or not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise _wrong("currency", value, "is not a currency", "write its ISO 4217 code, such as KRW")
    return value.upper()


def _columns(value: object) -> int:
    low, high = COLUMNS
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong("columns", value, "is not a number of columns", f"write a number from {low} to {high}")
    return value


def _robots(value: object) -> Robots:
    for each in get_args(Robots):
        if value == each:
            return each  # type: ignore[no-any-return]
    raise _wrong("robots", value, "is unknown", f"use {' or '.join(get_args(Robots))}")


def _address(value: object) -> str:
    if not isinstance(value, str) or not is_web(value) or any(sign in value for sign in "?#@ "):
        raise _wrong("address", value, "is not an address", "write it as https://colors.shop.example")
    return value.rstrip("/")
