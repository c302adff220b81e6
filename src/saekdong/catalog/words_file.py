"""The file of a shop's color words, `words.csv`: written by `saekdong words --out`, edited by people, read back."""

from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from saekdong.catalog.word_list import ListedWord
from saekdong.color import Vocabulary
from saekdong.csv_cells import Writer
from saekdong.errors import SaekdongError
from saekdong.model.tables import CellRecord, read_table
from saekdong.words import ColorWords
from saekdong.words.lexicon import word_key
from saekdong.words.own import check_own_words

NOT_A_COLOR = "-"
"""The label of a word that is not a color."""

COLUMNS = ("word", "label", "count", "from", "sure", "photos", "seen", "review")


def write_words(words: Iterable[ListedWord], file: TextIO) -> None:
    """Write a line for each word; only the columns word and label are read back."""
    rows = Writer(file)
    rows.writerow(COLUMNS)
    for word in words:
        sure = f"{word.sure.value:.2f}" if word.sure else ""
        label = NOT_A_COLOR if word.origin == "own" and not word.label else word.label
        rows.writerow((word.word, label, word.count, word.origin, sure, word.photos, word.seen, word.doubt))


def read_words(path: Path, vocabulary: Vocabulary) -> dict[str, str]:
    """Read the shop's own words; return the id of the label that each means, or "" if it is not a color.

    Words without a label are not decided yet, and are left to the dictionary. So are words whose label is the
    dictionary's own first meaning: it also knows what else they may mean.

    Args:
        path: CSV with the columns word and label; other columns are ignored.
        vocabulary: the shop's labels.

    Raises:
        SaekdongError: the file cannot be read, lacks a column, or has an invalid line; the message names it.
    """
    table = read_table(path)
    places = [table.column(name) for name in ("word", "label")]
    if None in places:
        missing = " and ".join(name for name, place in zip(("word", "label"), places, strict=True) if place is None)
        raise SaekdongError(
            f"{path} has no column {missing}", fix="give the columns word and label; 'saekdong words --out' writes them"
        )
    known = ColorWords(vocabulary)
    own: dict[str, str] = {}
    lines: dict[str, tuple[int, str]] = {}
    for record in table.records:
        word, label = (_cell(record, place or 0) for place in places)
        if not word and label:
            raise SaekdongError(f"{path}, line {record.line}: word is empty", fix="write the word, or remove the line")
        if not word or not label:
            continue
        meaning = _meaning(path, record.line, word, label, vocabulary)
        line, other = lines.setdefault(word_key(word), (record.line, meaning))
        if other != meaning:
            raise SaekdongError(
                f"{path}, line {record.line}: {word!r} has the label {label!r}, but another on line {line}",
                fix="keep one of the lines",
            )
        if meaning != _dictionary_label(known, word):
            own[word] = meaning
    return own


def _cell(record: CellRecord, place: int) -> str:
    return record.cells[place].strip() if place < len(record.cells) else ""


def _meaning(path: Path, line: int, word: str, label: str, vocabulary: Vocabulary) -> str:
    try:
        return check_own_words({word: "" if label == NOT_A_COLOR else label}, vocabulary)[word]
    except SaekdongError as error:
        problem = error.problem.removeprefix("[words]: ")
        raise SaekdongError(f"{path}, line {line}: {problem}", fix=error.fix) from error


def _dictionary_label(known: ColorWords, word: str) -> str | None:
    """Return the label that a word means without the shop's own words; None if it is not a word of the dictionary."""
    found = known.find(word, is_color=True)
    return known.label(found[0]) if len(found) == 1 and found[0].text == word else None
