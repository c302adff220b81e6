"""Values as shops write them: prices, categories, lists of photos, texts."""

import json
import re
from typing import Any

from saekdong.lang import composed
from saekdong.photo.kinds import SUFFIXES
from saekdong.printable import without_unprintable

_SIGNS = {"₩": "KRW", "원": "KRW", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "元": "CNY"}
_PRICE = re.compile(
    r"(?P<before>[^\d.,+-]*)(?P<number>[+-]?[\d.,' \u00a0\u202f]*\d)(?P<after>.*)", re.ASCII | re.DOTALL
)
_ADDRESS = r"(?:https?|s3)://"
# Nothing that repeats stands before a sign: a long cell of blanks would be looked through from each of them.
_BETWEEN_PHOTOS = re.compile(rf"[|\n]|[,;]\s*(?={_ADDRESS})", re.IGNORECASE)
_MOST_LOOKED_AT = 10_000
_MOST_PRICE = 60
_MOST_PHOTOS = 1_000
# Lists in lists; JSON may nest hundreds.
_MOST_LEVELS = 10


def text_of(value: Any, levels: int = _MOST_LEVELS) -> str:
    r"""Return a cell's value as text on one line, whatever a feed holds there; of a list, the first one not empty.

    Its letters are composed (NFC): as macOS writes Korean, they are apart. Of a long text the first 10,000
    letters count.

    Example:
        >>> text_of(" a\tb "), text_of(None), text_of(7.0), text_of(["", "x", "y"])
        ('a b', '', '7', 'x')
    """
    if isinstance(value, str):
        return composed(_line(value[:_MOST_LOOKED_AT]))
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        inner = value[:_MOST_PHOTOS] if levels else []
        return next(filter(None, (text_of(each, levels - 1) for each in inner)), "")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of(str(value))


def _line(text: str) -> str:
    return without_unprintable(text).strip()


def price_of(text: str) -> tuple[float | None, str]:
    """Return a price and its currency; None and "" if there is none.

    A point or a comma with one or two digits after it, or any other number of digits than three, parts decimals.

    Raises:
        ValueError: it is not a price.

    Example:
        >>> price_of("15.00 USD"), price_of("₩12,900"), price_of("1.299,50 €"), price_of("")
        ((15.0, 'USD'), (12900.0, 'KRW'), (1299.5, 'EUR'), (None, ''))
        >>> price_of("₩12,900원")
        (12900.0, 'KRW')
    """
    if not text:
        return None, ""
    if len(text) > _MOST_PRICE:
        raise ValueError(f"{text[:40]!r}... is not a price")
    found = _PRICE.fullmatch(text)
    around = ["", ""]
    try:
        number = float(text)
    except ValueError:
        if not found:
            raise ValueError(f"{text[:40]!r} is not a price") from None
        number, around = float(_as_number(found["number"])), [found["before"], found["after"]]
    if not 0 <= number < 1e15:
        raise ValueError(f"{text[:40]!r} is not a price from 0 on")
    codes = dict.fromkeys(filter(None, map(currency_of, around)))
    if len(codes) > 1:
        raise ValueError(f"{text[:40]!r} names two currencies")
    return number, next(iter(codes), "")


def currency_of(text: str) -> str:
    """Return the three letters of the currency that a text names, or "".

    Raises:
        ValueError: it names none.
    """
    text = text.strip()
    code = _SIGNS.get(text, text.upper())
    if text and not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{text[:40]!r} is not a currency such as KRW")
    return code


def _as_number(text: str) -> str:
    text = re.sub(r"[' \u00a0\u202f]", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    sign, digits = text[last], len(text) - last - 1
    is_group = text.count(sign) > 1 or (sign == "," and digits == 3 and "." not in text)
    whole = re.sub(r"[.,]", "", text if is_group else text[:last])
    return whole if is_group else f"{whole or '0'}.{text[last + 1 :]}"


def photos_of(value: Any, levels: int = _MOST_LEVELS) -> list[str]:
    """Return the photos that a cell names: a list, or text with `|`, line ends or commas between them.

    A tuple holds photos that were read before.

    Example:
        >>> photos_of("https://a.kr/1.jpg,https://a.kr/2.jpg?x=1,2")
        ['https://a.kr/1.jpg', 'https://a.kr/2.jpg?x=1,2']
        >>> photos_of("1.jpg, 2.jpg"), photos_of("red, navy.jpg")
        (['1.jpg', '2.jpg'], ['red, navy.jpg'])
    """
    if not levels:
        return []
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, list):
        return [photo for one in value for photo in photos_of(one, levels - 1)]
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return photos_of(json.loads(value), levels - 1)
        except (ValueError, RecursionError):
            pass
    if isinstance(value, str):
        found = [photo for part in _BETWEEN_PHOTOS.split(value) for photo in _files(part)]
        # Not composed: a server or a file system may know them by letters that are apart.
        return [photo for photo in map(_line, found) if photo]
    return photos_of([value["src"]], levels - 1) if isinstance(value, dict) and "src" in value else []


def names_photo(place: str) -> bool:
    """Return whether a place is named as photos are.

    Example:
        >>> names_photo("https://a.kr/1.JPG?w=800"), names_photo("a/1.webp"), names_photo("https://a.kr/products/1")
        (True, True, False)
    """
    return re.split("[?#]", place, maxsplit=1)[0].lower().endswith(SUFFIXES)


def _files(part: str) -> list[str]:
    pieces = [part] if "://" in part else [piece.strip() for piece in part.split(",")]
    return pieces if all(piece.lower().endswith(SUFFIXES) for piece in pieces) else [part]
