"""Find the words of a text that name a color."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from saekdong.words.letters import fold
from saekdong.words.lexicon import Entry, Lexicon, Modifier, Term, lexicon, modified

MOST_LETTERS = 4_000
"""The letters of a text that are looked at; titles are shorter."""

_MOST_WORDS = 5
_TOKEN = re.compile(r"[가-힣]+|[^\W\d_가-힣]+(?:'[^\W\d_가-힣]+)*|\d+|[&+]")
_JOINS = frozenset(("", " ", "-", "_", "  ", ".", " -", "- "))
_BREAK = re.compile(r"[,/|()\[\]{}_:;·•~<>\n]| - ")
_HANGUL = re.compile("[가-힣]")
_COLOR_BEFORE = frozenset(("in", "color", "colour"))
_COLOR_AFTER = frozenset(("color", "colour", "colored", "coloured", "tone"))
_ANDS = frozenset(("and", "n", "x", "with", "앤", "및"))
_TEXTURES = frozenset(("melange", "heather"))
_LEAST_PART = 3


@dataclass(frozen=True)
class FoundWord:
    """A color word in a text.

    Attributes:
        text: the word as written.
        start: where it begins in the text.
        end: where it ends.
        term: the color that it names.
    """

    text: str
    start: int
    end: int
    term: Term


class _Piece(NamedTuple):
    """A word, or a part of a longer Korean word that is in the dictionary.

    Attributes:
        start: where it begins in the folded text.
        end: where it ends.
        key: by which the dictionary knows it.
        glued: whether it is a later part of the word in which the piece before it stands.
        gap: what stands between it and the piece before it.
    """

    start: int
    end: int
    key: str
    glued: bool
    gap: str


class _Unit(NamedTuple):
    """Pieces that are one entry of the dictionary, or one unknown piece.

    Attributes:
        start: where it begins in the folded text.
        end: where it ends.
        key: its pieces' keys.
        entry: what it is; None if it is unknown.
        glued: as of its first piece.
        gap: as of its first piece.
    """

    start: int
    end: int
    key: str
    entry: Entry | None
    glued: bool
    gap: str

    @property
    def joins(self) -> bool:
        """Whether only a space or a hyphen stands before it."""
        return self.gap in _JOINS

    @property
    def breaks(self) -> bool:
        """Whether a comma, a bracket or another separator stands before it."""
        return bool(_BREAK.search(self.gap))


def find_color_words(text: str, *, is_color: bool = False) -> tuple[FoundWord, ...]:
    """Return the words of a text that name a color, in order.

    Args:
        text: a product's title or description, or the value of its color column; of a longer one the first 4,000
            letters count.
        is_color: the text says what color the product has, so that Wine and BK are colors without any other sign.

    Example:
        >>> [(word.text, word.term.name) for word in find_color_words("Red Tape Men Navy Blue Shirt")]
        [('Navy Blue', 'navy')]
        >>> [word.text for word in find_color_words("오버핏 다크그레이맨투맨 블랙프라이데이")]
        ['다크그레이']
    """
    return find_words(lexicon(), text, is_color=is_color)


def find_words(words: Lexicon, text: str, *, is_color: bool = False) -> tuple[FoundWord, ...]:
    """Return what `find_color_words` does, with another dictionary."""
    text = text[:MOST_LETTERS]
    folded, places = fold(text)
    units = _with_modifiers(words, list(_units(words, list(_pieces(words, folded)))))
    colors = _accepted(units, is_color=is_color)
    found = []
    for place in colors:
        unit = units[place]
        start, end = places[unit.start], places[unit.end]
        assert isinstance(unit.entry, Term)  # noqa: S101
        found.append(FoundWord(text[start:end], start, end, unit.entry))
    return tuple(found)


def _pieces(words: Lexicon, folded: str) -> Iterator[_Piece]:
    end = 0
    for token in _TOKEN.finditer(folded):
        gap = folded[end : token.start()]
        end = token.end()
        for number, (start, stop) in enumerate(_parts(words, token[0])):
            key = "and" if token[0] in "&+" else token[0][start:stop].replace("'", "")
            yield _Piece(token.start() + start, token.start() + stop, key, number > 0, "" if number else gap)


def _parts(words: Lexicon, token: str) -> list[tuple[int, int]]:
    """Return the bounds of the parts of a word."""
    if _HANGUL.match(token):
        return _korean_parts(words, token)
    if token in words.entries or not token.isascii() or len(token) < 2 * _LEAST_PART:
        return [(0, len(token))]
    return _english_parts(words, token)


def _english_parts(words: Lexicon, token: str) -> list[tuple[int, int]]:
    """Split a word that consists of nothing but colors and modifiers, such as `bluewhite`."""
    parts: list[tuple[int, int]] = []
    start = 0
    while start < len(token):
        stops = range(min(len(token), start + words.reach(token[start])), start + _LEAST_PART - 1, -1)
        stop = next((stop for stop in stops if _is_color_part(words, token[start:stop])), None)
        if stop is None:
            return [(0, len(token))]
        parts.append((start, stop))
        start = stop
    return parts


def _is_color_part(words: Lexicon, key: str) -> bool:
    entry = words.entries.get(key)
    return key in words.modifiers or (isinstance(entry, Term) and entry.kind in ("", "clear"))


def _korean_parts(words: Lexicon, token: str) -> list[tuple[int, int]]:
    """Split a Korean word into the longest known parts, and what stands between them."""
    parts: list[tuple[int, int]] = []
    unknown = start = 0
    while start < len(token):
        follows = bool(parts) and unknown == start and token[slice(*parts[-1])] in words.entries
        stop = _longest(words, token, start, follows)
        if stop is None:
            start += 1
            continue
        if unknown < start:
            parts.append((unknown, start))
        parts.append((start, stop))
        unknown = start = stop
    if unknown < len(token):
        parts.append((unknown, len(token)))
    return parts


def _longest(words: Lexicon, token: str, start: int, follows: bool) -> int | None:
    """Return the end of the longest known part that begins at `start`, or None."""
    for stop in range(min(len(token), start + words.reach(token[start])), start + 1, -1):
        # In 네이비색상 stands 색상, not 네이비색.
        if token[start:stop] in words.entries and token[stop - 1 : stop + 1] != "색상":
            return stop
    one = token[start : start + 1]
    if len(token) == 1:
        return 1
    if one in words.modifiers and (start == 0 or follows) and _begins_color(words, token, start + 1):
        return start + 1
    last = start + 1 == len(token)
    if follows and (words.entries.get(one) == "suffix" or (last and words.entries.get(one) in ("product", "trim"))):
        return start + 1
    return None


def _begins_color(words: Lexicon, token: str, start: int) -> bool:
    stops = range(start + 2, min(len(token), start + words.reach(token[start : start + 1])) + 1)
    return any(isinstance(words.entries.get(token[start:stop]), Term) for stop in stops)


def _units(words: Lexicon, pieces: Sequence[_Piece]) -> Iterator[_Unit]:
    """Join pieces into the longest entries of the dictionary."""
    start = 0
    while start < len(pieces):
        count, key, entry = _entry(words, pieces, start)
        first, last = pieces[start], pieces[start + count - 1]
        yield _Unit(first.start, last.end, key, entry, first.glued, first.gap)
        start += count


def _entry(words: Lexicon, pieces: Sequence[_Piece], start: int) -> tuple[int, str, Entry | None]:
    keys = [pieces[start].key]
    for piece in pieces[start + 1 : start + _MOST_WORDS]:
        if piece.gap not in _JOINS:
            break
        keys.append(piece.key)
    for count in range(len(keys), 0, -1):
        key = "".join(keys[:count])
        entry = _lookup(words, key)
        if entry is not None and not (isinstance(entry, Term) and _is_list(words, pieces[start : start + count])):
            return count, key, entry
    return 1, keys[0], None


def _is_list(words: Lexicon, pieces: Sequence[_Piece]) -> bool:
    """Return whether two words with a space between them are two colors: Blue Black, unlike Navy Blue."""
    if len(pieces) != 2 or pieces[1].gap != " ":
        return False
    first, second = (words.entries.get(piece.key) for piece in pieces)
    if not (isinstance(first, Term) and isinstance(second, Term)):
        return False
    if pieces[0].key.isascii() and "gray" in (*first.labels, *second.labels):
        return False  # Grey Blue is a grayish blue
    return _is_plain(first) and _is_plain(second) and not first.labels.keys() & second.labels.keys()


def _is_plain(term: Term) -> bool:
    return term.kind in ("", "clear") and bool(term.labels)


def _lookup(words: Lexicon, key: str) -> Entry | None:
    entry = words.entries.get(key)
    if entry is None and key.endswith("s") and words.entries.get(key[:-1]) in ("product", "trim"):
        return words.entries[key[:-1]]
    return entry


def _with_modifiers(words: Lexicon, units: Sequence[_Unit]) -> list[_Unit]:
    """Join each color with the modifiers before it, from the nearest on."""
    joined: list[_Unit] = []
    for unit in units:
        while isinstance(unit.entry, Term) and joined and unit.joins and _modifies(words, joined[-1], unit):
            before = joined.pop()
            key = before.key + unit.key
            name = f"{before.key} {unit.entry.name}"
            modifier = words.modifiers[before.key]
            entry = words.entries.get(key)
            term = entry if isinstance(entry, Term) else _modified(modifier, name, unit.entry)
            unit = _Unit(before.start, unit.end, key, term, before.glued, before.gap)
        joined.append(unit)
    return joined


def _modifies(words: Lexicon, before: _Unit, unit: _Unit) -> bool:
    if before.key not in words.modifiers or before.entry == "blocked":
        return False
    return len(before.key) > 1 or unit.glued


@cache
def _modified(modifier: Modifier, name: str, term: Term) -> Term:
    return modified(modifier, name, term)


def _accepted(units: Sequence[_Unit], *, is_color: bool) -> list[int]:
    """Return the places of the units that name a color of the product."""
    places = [place for place, unit in enumerate(units) if isinstance(unit.entry, Term)]
    if not is_color:
        alone = _places_alone(units)
        sure = {place for place in places if _is_sure(units, place) or (place in alone and _may_be_color(units, place))}
        places = [place for place in places if place in sure or _has_sign(units, place, sure)]
    places = [place for place in places if not _is_texture(units, place, places)]
    main = [place for place in places if not _is_trim(units, place)]
    return main or places


def _is_texture(units: Sequence[_Unit], place: int, places: Sequence[int]) -> bool:
    """Return whether a word such as melange says how the color before it is woven."""
    entry = units[place].entry
    return isinstance(entry, Term) and entry.name in _TEXTURES and units[place].joins and place - 1 in places


def _is_sure(units: Sequence[_Unit], place: int) -> bool:
    """Return whether a unit is a word that means nothing but a color, and is not a part of another word."""
    unit = units[place]
    assert isinstance(unit.entry, Term)  # noqa: S101
    around = _glued(units, place)
    if any(each.entry == "blocked" for each in around):
        return False
    is_torn = any(each.entry is None for each in around)
    if unit.key.endswith("색"):
        return not is_torn
    return unit.entry.kind in ("", "clear") and (not is_torn or (unit.entry.kind == "clear" and len(unit.key) > 1))


def _glued(units: Sequence[_Unit], place: int) -> list[_Unit]:
    """Return what stands in the same Korean word as a unit, directly before and after it."""
    before = [units[place - 1]] if units[place].glued and place else []
    return before + [unit for unit in units[place + 1 : place + 2] if unit.glued]


def _may_be_color(units: Sequence[_Unit], place: int) -> bool:
    """Return whether a unit is a word that also means something else, and is not a part of another word."""
    entry = units[place].entry
    is_whole = not any(each.entry is None or each.entry == "blocked" for each in _glued(units, place))
    return isinstance(entry, Term) and entry.kind in ("common", "material") and is_whole


def _has_sign(units: Sequence[_Unit], place: int, sure: set[int]) -> bool:
    """Return whether what stands around a common word, such as `wine`, says that it is a color."""
    unit = units[place]
    if not (isinstance(unit.entry, Term) and _may_be_color(units, place)):
        return False
    before = units[place - 1] if place else None
    after = units[place + 1] if place + 1 < len(units) else None
    if after and after.joins and (after.entry == "suffix" or after.key in _COLOR_AFTER):
        return True
    if before and unit.joins and before.key in _COLOR_BEFORE:
        return True
    if (place - 1 in sure and "/" in unit.gap) or (after and place + 1 in sure and "/" in after.gap):
        return True
    if unit.entry.kind == "material":
        return False
    if place - 1 in sure or place + 1 in sure or (before and before.key in _ANDS and place - 2 in sure):
        return True
    if after and after.joins and after.entry == "product":
        return True
    return after is None and before is not None and unit.joins and before.entry == "product"


def _places_alone(units: Sequence[_Unit]) -> set[int]:
    """Return the places in segments that hold nothing but colors: in brackets, between commas, at the end."""
    alone: set[int] = set()
    start = 0
    for end in range(1, len(units) + 1):
        if end < len(units) and not units[end].breaks:
            continue
        segment = range(start, end)
        colors_only = all(
            isinstance(units[place].entry, Term | Modifier) or units[place].entry == "suffix" for place in segment
        )
        if colors_only and (start > 0 or end == len(units)):
            alone.update(segment)
        start = end
    return alone


def _describes(unit: _Unit) -> bool:
    return isinstance(unit.entry, Term | Modifier) or unit.entry == "suffix"


def _is_trim(units: Sequence[_Unit], place: int) -> bool:
    """Return whether a color is that of a detail, such as a logo."""
    after = units[place + 1] if place + 1 < len(units) else None
    return after is not None and after.joins and after.entry == "trim"
