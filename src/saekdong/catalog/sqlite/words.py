"""Text as the catalog searches it: by the beginnings of words, and in Korean, Chinese and Japanese anywhere in them.

Korean joins words (머그컵, 도자기머그), so that a search by beginnings would miss 컵. Runs of these scripts are kept as
overlapping pairs of letters, the last letter alone: 머그컵 is `머그 그컵 컵`. A letter is then the beginning of a pair,
two are a pair, and more are pairs in a row.
"""

import re
import unicodedata

MOST_TERMS = 8
_MOST_LETTERS = 40
_PAIRED = "\u1100-\u11ff\u3041-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_ACCENTS = re.compile("[\u0300-\u036f]")
_RUN = re.compile(rf"[{_PAIRED}]+|[^\W_{_PAIRED}]+")
_IS_PAIRED = re.compile(rf"[{_PAIRED}]")


def index_words(text: str) -> str:
    """Return text in its indexed form, its terms separated by blanks.

    Example:
        >>> index_words("Navy 머그컵 350ml")
        'navy 머그 그컵 컵 350ml'
    """
    return " ".join(term for run in _runs(text) for term in ([*_pairs(run), run[-1]] if _is_paired(run) else [run]))


def match_expression(text: str) -> str:
    """Return a person's input as an FTS5 expression that requires every word; empty if there is no word.

    Example:
        >>> match_expression("머그컵 nav 컵")
        '"머그 그컵" AND "nav"* AND "컵"*'
    """
    return " AND ".join(_wanted(run[:_MOST_LETTERS]) for run in _runs(text)[:MOST_TERMS])


def _runs(text: str) -> list[str]:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _RUN.findall(unicodedata.normalize("NFKC", plain).casefold())


def _is_paired(run: str) -> bool:
    return bool(_IS_PAIRED.match(run))


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _wanted(run: str) -> str:
    if _is_paired(run) and len(run) > 1:
        return f'"{" ".join(_pairs(run))}"'
    return f'"{run}"*'
