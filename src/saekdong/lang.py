"""The language a person reads: Korean or English."""

import os
from typing import Literal

Lang = Literal["en", "ko"]
LANGS: tuple[Lang, ...] = ("en", "ko")


def locale_lang() -> Lang:
    """Return the language of the process's locale: `ko` where it is Korean, else `en`.

    Reads LC_ALL, LC_MESSAGES and LANG in POSIX's order of precedence.

    Example:
        >>> locale_lang() in LANGS
        True
    """
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"
