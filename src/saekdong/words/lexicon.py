"""The dictionary: color terms, words that modify them, and words that say whether one means a color."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from saekdong.color import from_lab, to_space
from saekdong.color.notation import parse_color, to_hex
from saekdong.words.letters import fold

_DATA = Path(__file__).parent / "data"

Kind = Literal["", "clear", "common", "material", "column"]
"""How surely a word means a color.

`clear` words mean one even within a longer Korean word. `common` words are fruit, flowers or food as well, and
`material` words are what products are made of: titles need a sign. `column` words, such as BK, count in a color column
only.
"""


@dataclass(frozen=True)
class Term:
    """A color that words name.

    Attributes:
        name: its first word.
        color: what it looks like, `#rrggbb`.
        labels: the starter's labels that it may mean, with weights that sum to 1; none for `multi`.
        words: all words for it.
        kind: how surely its words mean a color.
    """

    name: str
    color: str
    labels: Mapping[str, float] = field(hash=False)
    words: tuple[str, ...] = ()
    kind: Kind = ""


class Modifier(NamedTuple):
    """A word that changes the color that follows it.

    Attributes:
        lightness: what it adds to L*.
        chroma: the factor of C*.
        changes: from one of the starter's labels to another, and the part of its weight that moves.
    """

    lightness: float
    chroma: float
    changes: tuple[tuple[str, str, float], ...]


Entry = Term | Modifier | Literal["product", "suffix", "trim", "blocked"]
"""What a word is."""


@dataclass(frozen=True)
class Lexicon:
    """Words and what they are; of a word that is several things, a color comes first.

    Attributes:
        entries: by key (see `word_key`).
        modifiers: by key, also those whose words are terms as well.
    """

    entries: Mapping[str, Entry]
    modifiers: Mapping[str, Modifier]

    def reach(self, letter: str) -> int:
        """Return the length of the longest key that begins with a letter."""
        return self._reaches.get(letter, 0)

    @cached_property
    def _reaches(self) -> Mapping[str, int]:
        reaches: dict[str, int] = {}
        for key in self.entries:
            reaches[key[0]] = max(len(key), reaches.get(key[0], 0))
        return reaches

    def with_entries(self, own: Mapping[str, Entry]) -> "Lexicon":
        """Return this dictionary with further words, by key; they win over its own."""
        entries = {**self.entries, **own}
        return Lexicon(entries, self.modifiers)


def word_key(words: str) -> str:
    """Return what words are compared by: their letters and digits, without what stands between them.

    Example:
        >>> word_key("Off-White"), word_key("스카이 블루")
        ('offwhite', '스카이블루')
    """
    return "".join(letter for letter in fold(words.replace("&", "and")).folded if letter.isalnum())


@cache
def lexicon() -> Lexicon:
    """Return the dictionary."""
    modifiers = dict(_modifiers())
    entries: dict[str, Entry] = {}
    for name, entry in (("products", "product"), ("suffixes", "suffix"), ("trims", "trim")):
        entries.update(dict.fromkeys(map(word_key, _lines(f"{name}.txt")), entry))  # type: ignore[arg-type]
    entries.update(modifiers)
    for term in terms():
        entries.update({word_key(word): term for word in term.words})
    entries.update(dict.fromkeys(map(word_key, _lines("blocked.txt")), "blocked"))
    return Lexicon(entries, modifiers)


@cache
def terms() -> tuple[Term, ...]:
    """Return all color terms, in the order of the file."""
    return tuple(_read_terms())


def _read_terms() -> Iterator[Term]:
    for row in _rows("terms.csv"):
        words = tuple(row["words"].split("|"))
        yield Term(words[0], row["color"], _weights(row["labels"]), words, row["kind"])  # type: ignore[arg-type]


def _weights(cell: str) -> Mapping[str, float]:
    """Return `navy 7 blue 3` as weights that sum to 1."""
    parts = cell.split()
    if len(parts) == 1:
        return {parts[0]: 1.0}
    weights = {label: float(weight) for label, weight in zip(parts[::2], parts[1::2], strict=True)}
    return {label: weight / sum(weights.values()) for label, weight in weights.items()}


def _modifiers() -> Iterator[tuple[str, Modifier]]:
    for row in _rows("modifiers.csv"):
        changes = []
        for change in filter(None, row["changes"].split("; ")):
            before, _, after = change.partition(">")
            label, tenths = after.split()
            changes.append((before, label, float(tenths) / 10))
        modifier = Modifier(float(row["lightness"]), float(row["chroma"]), tuple(changes))
        yield from ((word_key(word), modifier) for word in row["words"].split("|"))


def modified(modifier: Modifier, name: str, term: Term) -> Term:
    """Return the color that a modifier and a term name together.

    Example:
        >>> entries = lexicon().entries
        >>> modified(lexicon().modifiers["dark"], "dark blue", entries["blue"]).labels["navy"] > 0.4
        True
    """
    weights = dict(term.labels)
    for before, after, part in modifier.changes:
        moved = term.labels.get(before, 0.0) * part
        if moved:
            weights[before] -= moved
            weights[after] = weights.get(after, 0.0) + moved
    lab = to_space(np.array([parse_color(term.color)], dtype=np.uint8), "lab")[0]
    lab = np.array([np.clip(lab[0] + modifier.lightness, 3, 98), *(lab[1:] * modifier.chroma)])
    color = to_hex(tuple(int(channel) for channel in from_lab(lab[None])[0]))
    return Term(name, color, weights, (name,), term.kind)


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(name: str) -> list[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
