"""A photo with the words beside it, in a JSON body."""

import base64
from typing import Any, NamedTuple

from saekdong.entrance.errors import RequestError
from saekdong.tagging.feed_words import FeedText

MOST_LETTERS = 2_000
_COLOR_FIELDS = frozenset(("r", "R", "features", "instances", "inputs", "dataframe_records", "dataframe_split"))


class WordedPhoto(NamedTuple):
    """A photo, and what the feed says of its product."""

    content: bytes
    text: FeedText


def worded_photo(content: Any) -> WordedPhoto | None:
    """Return the photo of `{"photo": BASE64, "title", "color", "category"}`; None for colors.

    Args:
        content: parsed JSON; only `photo` is required, and other fields are ignored.

    Raises:
        RequestError: 422, a field is wrong; the message names it.
    """
    if not isinstance(content, dict) or "photo" not in content or content.keys() & _COLOR_FIELDS:
        return None
    texts = {name: content.get(name, "") for name in FeedText._fields}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > MOST_LETTERS:
            raise RequestError(422, "bad-value", f"{name}: expected a text of at most {MOST_LETTERS:,} letters")
    try:
        photo = base64.b64decode(content["photo"], validate=True)
    except (ValueError, TypeError) as error:
        raise RequestError(422, "bad-value", "photo: expected base64") from error
    return WordedPhoto(photo, FeedText(**texts))
