"""Draws: products chosen to be asked about, with the chance that each had, and who is looking at which now."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from saekdong.errors import SaekdongError

Purpose = Literal["audit", "teach", "suspect", "rare", "segment", "difference", "again"]
"""Why a product is asked about: to measure accuracy; to teach; because an answer or the feed contradicts the model; to
see a rare label; as proof of an alarm; to compare two models; to see whether two people agree."""

PURPOSES: tuple[Purpose, ...] = ("segment", "audit", "difference", "suspect", "teach", "rare", "again")
"""All purposes, the most urgent first."""

ItemState = Literal["open", "answered", "skipped", "gone"]


@dataclass(frozen=True, slots=True)
class NewItem:
    """A product to ask about.

    Attributes:
        product: its id.
        photo: the SHA-256 of its main photo; empty if there is none.
        probability: the chance that one pick of the draw took it, above 0 to 1; None if it was not drawn by chance.
        shown: the labels that the model gave when it was drawn, with their shares.
        about: what else is known, such as each label's share, for estimates.
    """

    product: str
    photo: str = ""
    probability: float | None = None
    shown: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrawItem:
    """An item of a draw.

    Attributes:
        number: the item's.
        draw: the draw's number.
        purpose: why it is asked.
        item: what is asked.
        state: whether it is open, answered, skipped by a person, or its product is gone.
        not_by: a person who is not asked: the one whose answer it repeats; empty if anybody is.
    """

    number: int
    draw: int
    purpose: Purpose
    item: NewItem
    state: ItemState
    not_by: str

    @property
    def is_blind(self) -> bool:
        """Whether the model's labels are hidden from the person who answers."""
        return self.purpose in ("audit", "segment", "difference", "again")


class ItemTakenError(SaekdongError):
    """An item that a person may not answer: it was answered already, or is asked of another person."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw.

    Attributes:
        number: counted from 1.
        at: when, ISO 8601 in UTC.
        purpose: why.
        model: the id of the model whose labels are asked about.
        population: how many products it was drawn from.
        seed: of the random numbers.
        about: further facts, such as the segment.
    """

    number: int
    at: str
    purpose: Purpose
    model: str
    population: int
    seed: int
    about: Mapping[str, Any]


_OF_DRAW = "number, at, purpose, model, population, seed, about"
_COLUMNS = "number, draw, purpose, product, photo, probability, shown, about, state, not_by"


def append_draw(
    connection: sqlite3.Connection,
    at: str,
    purpose: Purpose,
    items: Iterable[NewItem],
    model: str,
    population: int,
    seed: int,
    about: Mapping[str, Any],
    not_by: str = "",
) -> int:
    """Write a draw with its items, in their order; return its number."""
    number = connection.execute(
        "INSERT INTO draw (at, purpose, model, population, seed, about) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
        (at, purpose, model, population, seed, json.dumps(about)),
    ).fetchone()[0]
    connection.executemany(
        """INSERT INTO draw_item (draw, purpose, priority, product, photo, probability, shown, about, state, not_by,
            leased_by, leased_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, '', 0)""",
        (
            (
                *(number, purpose, PURPOSES.index(purpose), each.product, each.photo, each.probability),
                *(json.dumps(each.shown), json.dumps(each.about), not_by),
            )
            for each in items
        ),
    )
    return int(number)


def lease_next(
    connection: sqlite3.Connection, by: str, purposes: Sequence[Purpose], now: float, until: float, most: int = 1
) -> list[DrawItem]:
    """Return the next open items, reserved for a person until a time: those the person has, then free ones."""
    marks = ", ".join("?" * len(purposes))
    query = f"""SELECT {_COLUMNS} FROM draw_item WHERE state = 'open' AND purpose IN ({marks}) AND not_by <> ?
        AND (leased_by = ? OR leased_until <= ?) ORDER BY leased_by <> ?, priority, number LIMIT ?"""
    items = [_item(row) for row in connection.execute(query, (*purposes, by, by, now, by, most))]
    connection.executemany(
        "UPDATE draw_item SET leased_by = ?, leased_until = ? WHERE number = ?",
        [(by, until, item.number) for item in items],
    )
    return items


def lease_item(connection: sqlite3.Connection, number: int, by: str, until: float) -> None:
    """Reserve an item for a person until a time."""
    connection.execute("UPDATE draw_item SET leased_by = ?, leased_until = ? WHERE number = ?", (by, until, number))


def holder_of(connection: sqlite3.Connection, number: int, now: float) -> str:
    """Return who has an item reserved now; empty if it is free."""
    query = "SELECT leased_by FROM draw_item WHERE number = ? AND leased_until > ?"
    row = connection.execute(query, (number, now)).fetchone()
    return str(row[0]) if row else ""


def settle_item(connection: sqlite3.Connection, number: int, state: ItemState) -> None:
    """Set an item's state; it is no longer reserved."""
    query = "UPDATE draw_item SET state = ?, leased_by = '', leased_until = 0 WHERE number = ?"
    connection.execute(query, (state, number))


def read_item(connection: sqlite3.Connection, number: int) -> DrawItem | None:
    """Return an item, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM draw_item WHERE number = ?", (number,)).fetchone()
    return _item(row) if row else None


def read_items(
    connection: sqlite3.Connection, draw: int | None = None, purpose: Purpose | None = None, state: str | None = None
) -> Iterator[DrawItem]:
    """Yield items in order: of a draw, of a purpose, in a state."""
    query = f"""SELECT {_COLUMNS} FROM draw_item WHERE (?1 IS NULL OR draw = ?1) AND (?2 IS NULL OR purpose = ?2)
        AND (?3 IS NULL OR state = ?3) ORDER BY number"""
    yield from map(_item, connection.execute(query, (draw, purpose, state)))


def read_draws(connection: sqlite3.Connection, purpose: Purpose | None = None) -> list[Draw]:
    """Return the draws in order."""
    query = f"SELECT {_OF_DRAW} FROM draw WHERE ?1 IS NULL OR purpose = ?1 ORDER BY number"
    return [_draw(row) for row in connection.execute(query, (purpose,))]


def read_draw(connection: sqlite3.Connection, number: int) -> Draw:
    """Return a draw.

    Raises:
        KeyError: there is no such draw.
    """
    row = connection.execute(f"SELECT {_OF_DRAW} FROM draw WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    return _draw(row)


def is_asked_again(connection: sqlite3.Connection, item: int) -> bool:
    """Return whether another person is, or was, asked about the product of an item, by its number."""
    query = "SELECT 1 FROM draw WHERE purpose = 'again' AND about = ?"
    return connection.execute(query, (json.dumps({"again": item}),)).fetchone() is not None


def count_items(connection: sqlite3.Connection) -> dict[Purpose, dict[ItemState, int]]:
    """Return how many items each purpose has in each state."""
    counts: dict[Purpose, dict[ItemState, int]] = {}
    for purpose, state, n in connection.execute("SELECT purpose, state, count(*) FROM draw_item GROUP BY 1, 2"):
        counts.setdefault(purpose, {})[state] = n
    return counts


def _draw(row: tuple[Any, ...]) -> Draw:
    number, at, purpose, model, population, seed, about = row
    return Draw(number, at, purpose, model, population, seed, json.loads(about))


def _item(row: tuple[Any, ...]) -> DrawItem:
    number, draw, purpose, product, photo, probability, shown, about, state, not_by = row
    item = NewItem(product, photo, probability, json.loads(shown), json.loads(about))
    return DrawItem(number, draw, purpose, item, state, not_by)
