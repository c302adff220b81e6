"""What people said about products: every look counts, also "is right".

A product's correction follows from its answers.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from saekdong.color import OTHER

AnswerKind = Literal["confirm", "correct", "other", "remove", "skip", "undo"]
"""What an answer says: the labels shown are right; others are; none fits; the person's correction is removed; nothing;
an earlier answer does not count."""

JUDGING = ("confirm", "correct", "other")
"""The kinds that say which labels a product has."""


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a person said about one product, before it is recorded.

    Attributes:
        kind: what it says.
        product: the product's id.
        given: the labels that the person gave, the main one first; the labels shown for `confirm`, `other` for `other`.
        shown: the labels that the person saw, or that the product had.
        photo: the SHA-256 of the main photo; empty if there is none.
        model: the id of the model that gave the labels shown; empty if a person did.
        seconds: how long the person looked; None if unknown.
        item: the number of the draw's item that was asked; None if the person found the product.
    """

    kind: AnswerKind
    product: str
    given: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    photo: str = ""
    model: str = ""
    seconds: float | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A recorded answer.

    Attributes:
        number: counted from 1, in order of recording.
        at: the time, ISO 8601 in UTC; clocks may be wrong, so order follows `number`.
        by: the person.
        said: what the person said.
        undoes: for `undo`, the number of the answer that does not count.
    """

    number: int
    at: str
    by: str
    said: Judgment
    undoes: int | None = None


_COLUMNS = "number, at, by, kind, product, given, shown, photo, model, seconds, item, undoes"
_COUNTS = "NOT EXISTS (SELECT 1 FROM answer AS later WHERE later.undoes = answer.number)"


def append_answer(connection: sqlite3.Connection, at: str, by: str, said: Judgment, undoes: int | None = None) -> int:
    """Write an answer; return its number."""
    row = (
        *(at, by, said.kind, said.product, json.dumps(said.given), json.dumps(said.shown), said.photo, said.model),
        *(said.seconds, said.item, undoes),
    )
    return int(
        connection.execute(
            """INSERT INTO answer (at, by, kind, product, given, shown, photo, model, seconds, item, undoes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number""",
            row,
        ).fetchone()[0]
    )


def read_answers(connection: sqlite3.Connection, after: int = 0, up_to: int | None = None) -> Iterator[Answer]:
    """Yield the answers that count, in order: neither an undo nor undone; those after a number, up to another."""
    query = f"""SELECT {_COLUMNS} FROM answer
        WHERE number > ?1 AND (?2 IS NULL OR number <= ?2) AND kind <> 'undo' AND {_COUNTS} ORDER BY number"""
    yield from map(_answer, connection.execute(query, (after, up_to)))


def read_history(connection: sqlite3.Connection, product: str) -> list[Answer]:
    """Return all answers about a product, also undone ones, in order."""
    query = f"SELECT {_COLUMNS} FROM answer WHERE product = ? ORDER BY number"
    return list(map(_answer, connection.execute(query, (product,))))


def last_of(connection: sqlite3.Connection, by: str) -> Answer | None:
    """Return the last answer of a person that counts, or None."""
    query = f"SELECT {_COLUMNS} FROM answer WHERE by = ? AND kind <> 'undo' AND {_COUNTS} ORDER BY number DESC LIMIT 1"
    row = connection.execute(query, (by,)).fetchone()
    return _answer(row) if row else None


def correction_of(connection: sqlite3.Connection, product: str) -> Answer | None:
    """Return the answer that says which labels a product has: the last one that counts; None if no one said."""
    query = f"""SELECT {_COLUMNS} FROM answer WHERE product = ? AND kind NOT IN ('undo', 'skip') AND {_COUNTS}
        ORDER BY number DESC LIMIT 1"""
    row = connection.execute(query, (product,)).fetchone()
    return _answer(row) if row and row[3] != "remove" else None


def read_judgments(connection: sqlite3.Connection) -> Iterator[Answer]:
    """Yield for each product the answer that says which labels it has; none if its correction was removed."""
    query = f"""SELECT {_COLUMNS} FROM answer WHERE number IN (
            SELECT max(number) FROM answer WHERE kind NOT IN ('undo', 'skip') AND {_COUNTS} GROUP BY product
        ) AND kind <> 'remove' ORDER BY number"""
    yield from map(_answer, connection.execute(query))


def last_number(connection: sqlite3.Connection) -> int:
    """Return the number of the last answer; 0 if there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM answer").fetchone()[0])


def judgment(labels: tuple[str, ...], shown: tuple[str, ...], product: str, photo: str, model: str) -> Judgment:
    """Return the judgment that these labels are a product's: `confirm` if they are those shown, in their order.

    Example:
        >>> judgment(("navy",), ("navy",), "7", "", "").kind, judgment(("other",), ("navy",), "7", "", "").kind
        ('confirm', 'other')
    """
    if labels == shown:
        kind: AnswerKind = "confirm"
    else:
        kind = "other" if labels == (OTHER,) else "correct"
    return Judgment(kind, product, labels, shown, photo, model)


def _answer(row: tuple[object, ...]) -> Answer:
    number, at, by, kind, product, given, shown, photo, model, seconds, item, undoes = row
    said = Judgment(
        kind,  # type: ignore[arg-type]
        str(product),
        tuple(json.loads(str(given))),
        tuple(json.loads(str(shown))),
        str(photo),
        str(model),
        seconds,  # type: ignore[arg-type]
        item,  # type: ignore[arg-type]
    )
    return Answer(number, str(at), str(by), said, undoes)  # type: ignore[arg-type]
