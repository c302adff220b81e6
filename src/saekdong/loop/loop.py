"""The file `loop.db`."""

import json
import math
import socket
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from saekdong.database import Database
from saekdong.errors import SaekdongError
from saekdong.files import whole_file
from saekdong.loop import alarms, answers, draws, events, runs, versions
from saekdong.loop.alarms import Alarm, AlarmKind
from saekdong.loop.answers import Answer, Judgment
from saekdong.loop.draws import Draw, DrawItem, ItemState, ItemTakenError, NewItem, Purpose
from saekdong.loop.events import Event, append_event
from saekdong.loop.runs import Run
from saekdong.loop.schema import SCHEMA
from saekdong.loop.versions import Alias, Lineage, ModelVersion
from saekdong.model.identity import ModelId

FILE = "loop.db"

LEASE_SECONDS = 120.0
"""How long an item is reserved for the person who was asked."""

HELD_SECONDS = 600.0
"""How long after a machine began a run in a workspace no other machine begins one."""

ASKED_AGAIN = 10
"""Every so many answered items of the queue, one is asked of another person."""

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class Loop:
    """What people and models did in a shop; safe to share among threads and processes. Each write is one transaction.

    Order follows numbers, never times: a clock that is set back changes nothing.

    Args:
        database: the file.
        clock: returns the time.

    Example:
        >>> import tempfile
        >>> with Loop.open(Path(tempfile.mkdtemp()) / "loop.db") as loop:
        ...     number = loop.answer("mina", Judgment("correct", "7", ("navy",), ("black",)))
        ...     before = loop.correction("7").said.given
        ...     undone = loop.undo("mina")
        ...     after = loop.correction("7")
        >>> number, before, undone.said.product, after
        (1, ('navy',), '7', None)
    """

    def __init__(self, database: Database, clock: Clock = _now) -> None:
        self._database, self.clock = database, clock

    @classmethod
    def open(cls, path: Path, clock: Clock = _now) -> "Loop":
        """Open a file, made if there is none.

        Raises:
            SaekdongError: it cannot be opened, is not such a file, or was made by a newer Saekdong.
        """
        return cls(Database.open(path, SCHEMA), clock)

    @classmethod
    def open_to_read(cls, path: Path, clock: Clock = _now) -> "Loop":
        """Open a file that exists to read it; read-only if this user may not write it.

        Raises:
            SaekdongError: as `open`; or it is of an older version, and this user may not bring it to the current one.
        """
        return cls(Database.open_to_read(path, SCHEMA), clock)

    @classmethod
    def beside(cls, catalog: Path, clock: Clock = _now) -> "Loop":
        """Open the file that belongs to a catalog, `loop.db` in its folder; errors as `open`."""
        return cls.open(catalog.with_name(FILE), clock)

    @classmethod
    def beside_to_read(cls, catalog: Path, clock: Clock = _now) -> "Loop":
        """Open the file that belongs to a catalog to read it; without a file it holds nothing. Errors as `open`."""
        return cls(Database.open_to_read_if_any(catalog.with_name(FILE), SCHEMA), clock)

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @property
    def is_read_only(self) -> bool:
        """Whether this user may not write the file."""
        return self._database.is_read_only

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def time(self) -> str:
        """Return the time, ISO 8601 in UTC."""
        return self.clock().isoformat(timespec="seconds")

    # Answers

    def answer(self, by: str, said: Judgment) -> int:
        """Record what a person said about a product; return the answer's number.

        Raises:
            ItemTakenError: the item is asked of another person, or was answered already.
            SaekdongError: there is no such item.
        """
        with self._writing() as connection:
            item = self._need_open(connection, by, said.item) if said.item is not None else None
            number = answers.append_answer(connection, self.time(), by, said)
            if item:
                draws.settle_item(connection, item.number, "skipped" if said.kind == "skip" else "answered")
                self._ask_again(connection, by, item, said)
            append_event(connection, self.time(), by, "answer", number=number, product=said.product, kind=said.kind)
            return number

    def undo(self, by: str) -> Answer | None:
        """Let a person's last answer that counts no longer count; return it, or None if there is none.

        Its item is open again, and reserved for the person.
        """
        with self._writing() as connection:
            last = answers.last_of(connection, by)
            if last is None:
                return None
            said = Judgment("undo", last.said.product, photo=last.said.photo, item=last.said.item)
            answers.append_answer(connection, self.time(), by, said, last.number)
            if last.said.item is not None:
                draws.settle_item(connection, last.said.item, "open")
                draws.lease_item(connection, last.said.item, by, self.clock().timestamp() + LEASE_SECONDS)
            append_event(connection, self.time(), by, "undo", number=last.number, product=last.said.product)
            return last

    def import_answers(self, given: Iterable[tuple[str, str, Judgment]]) -> int:
        """Record answers that people gave before there was this file: time, person, judgment.

        Returns:
            How many; those about products that have answers already are ignored.
        """
        with self._writing() as connection:
            count = 0
            for at, by, said in given:
                if not answers.read_history(connection, said.product):
                    answers.append_answer(connection, at, by, said)
                    count += 1
            if count:
                append_event(connection, self.time(), "saekdong", "import answers", count=count)
            return count

    def correction(self, product: str) -> Answer | None:
        """Return the answer that says which labels a product has; None if no person said."""
        with self._database.reading() as connection:
            return answers.correction_of(connection, product)

    def corrections(self) -> list[Answer]:
        """Return for each product that people corrected the answer that says which labels it has."""
        with self._database.reading() as connection:
            return list(answers.read_judgments(connection))

    def answers(self, after: int = 0, up_to: int | None = None) -> list[Answer]:
        """Return the answers that count, in order; those after a number, up to another."""
        with self._database.reading() as connection:
            return list(answers.read_answers(connection, after, up_to))

    def history(self, product: str) -> list[Answer]:
        """Return all answers about a product, also undone ones, in order."""
        with self._database.reading() as connection:
            return answers.read_history(connection, product)

    def last_answer(self) -> int:
        """Return the number of the last answer; 0 if there is none."""
        with self._database.reading() as connection:
            return answers.last_number(connection)

    # Draws

    def draw(
        self,
        purpose: Purpose,
        items: Sequence[NewItem],
        model: str,
        population: int,
        seed: int = 0,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        """Add products to ask about, in their order; return the draw's number."""
        with self._writing() as connection:
            at = self.time()
            number = draws.append_draw(connection, at, purpose, items, model, population, seed, about or {})
            append_event(connection, at, "saekdong", "draw", number=number, purpose=purpose, items=len(items))
            return number

    def next_items(self, by: str, purposes: Sequence[Purpose] = draws.PURPOSES, most: int = 1) -> list[DrawItem]:
        """Return the next items to ask a person about, reserved for two minutes; other people do not get them."""
        now = self.clock().timestamp()
        with self._database.writing() as connection:  # a power cut may lose who has an item
            return draws.lease_next(connection, by, purposes, now, now + LEASE_SECONDS, most)

    def item(self, number: int) -> DrawItem | None:
        """Return an item, or None."""
        with self._database.reading() as connection:
            return draws.read_item(connection, number)

    def items(
        self, draw: int | None = None, purpose: Purpose | None = None, state: ItemState | None = None
    ) -> list[DrawItem]:
        """Return items in order: of a draw, of a purpose, in a state."""
        with self._database.reading() as connection:
            return list(draws.read_items(connection, draw, purpose, state))

    def draws(self, purpose: Purpose | None = None) -> list[Draw]:
        """Return the draws in order."""
        with self._database.reading() as connection:
            return draws.read_draws(connection, purpose)

    def find_draw(self, number: int) -> Draw:
        """Return a draw.

        Raises:
            KeyError: there is no such draw.
        """
        with self._database.reading() as connection:
            return draws.read_draw(connection, number)

    def drop_item(self, number: int) -> None:
        """Record that an item's product is gone."""
        with self._writing() as connection:
            draws.settle_item(connection, number, "gone")

    def count_items(self) -> dict[Purpose, dict[ItemState, int]]:
        """Return how many items each purpose has in each state."""
        with self._database.reading() as connection:
            return draws.count_items(connection)

    # Versions

    def register(
        self, by: str, name: str, model: ModelId, packed: bytes, lineage: Lineage, parent: str = ""
    ) -> ModelVersion:
        """Add a version of a model; if the name has one that is the same model, return that."""
        with self._writing() as connection:
            at = self.time()
            version = versions.append_version(connection, at, by, name, model, packed, parent, lineage)
            if version.at == at:
                append_event(connection, at, by, "register", version=str(version), model=str(model))
            return version

    def versions(self) -> list[ModelVersion]:
        """Return all versions, the oldest first."""
        with self._database.reading() as connection:
            return versions.read_versions(connection)

    def version(self, name: str) -> ModelVersion:
        """Return the version of this name: `champion`, `shop@7`, or `shop` for its latest version.

        Raises:
            SaekdongError: there is none.
        """
        with self._database.reading() as connection:
            return versions.need_version(connection, name)

    def find_version(self, name: str) -> ModelVersion | None:
        """Return the version of this name, or None."""
        with self._database.reading() as connection:
            return versions.find_version(connection, name)

    def version_of(self, model: str) -> ModelVersion | None:
        """Return the first version that is this model, by its id, or None."""
        with self._database.reading() as connection:
            return versions.version_of(connection, model)

    def packed(self, version: ModelVersion) -> bytes:
        """Return a version's artifact."""
        with self._database.reading() as connection:
            return versions.read_packed(connection, version)

    def alias(self, by: str, name: str, version: ModelVersion | None, why: str) -> None:
        """Let a name mean a version, or none, from now on."""
        with self._writing() as connection:
            versions.append_alias(connection, self.time(), by, name, version, why)
            append_event(connection, self.time(), by, "alias", name=name, version=version and str(version), why=why)

    def aliases(self, name: str | None = None) -> list[Alias]:
        """Return what names meant since when, the oldest first."""
        with self._database.reading() as connection:
            return versions.read_aliases(connection, name)

    # Runs and what they keep

    def begin_run(self, by: str, kind: str, key: str, inputs: Mapping[str, Any] | None = None) -> Run:
        """Return the run of this kind and key, begun now unless it was before.

        Raises:
            SaekdongError: another machine uses the workspace.
        """
        with self._writing() as connection:
            self._claim(connection)
            return runs.begin_run(connection, self.time(), by, kind, key, inputs or {})

    def _claim(self, connection: sqlite3.Connection) -> None:
        """Record that this machine runs jobs in the workspace: two at once would not see each other's locks."""
        now, host = self.clock().timestamp(), socket.gethostname()
        row = connection.execute("SELECT value FROM state WHERE name = 'machine'").fetchone()
        holder, since = json.loads(row[0]) if row else (host, now)
        if holder != host and 0 <= now - since < HELD_SECONDS:
            raise SaekdongError(
                f"the machine {holder} is using {self.path.parent}",
                fix=f"run it there, or wait {math.ceil((HELD_SECONDS - now + since) / 60)} minutes",
            )
        connection.execute("INSERT OR REPLACE INTO state VALUES ('machine', ?)", (json.dumps([host, now]).encode(),))

    def end_run(self, run: int, result: Mapping[str, Any] | None, error: str | None = None) -> None:
        """Record how a run ended."""
        with self._writing() as connection:
            ended = runs.end_run(connection, self.time(), run, result, error)
            about = {name: value for name, value in (result or {}).items() if name in runs.TOLD}
            append_event(connection, self.time(), ended.by, ended.kind, run=run, key=ended.key, error=error, **about)

    def runs(self, kind: str | None = None, *, open_only: bool = False) -> list[Run]:
        """Return runs, the oldest first."""
        with self._database.reading() as connection:
            return runs.read_runs(connection, kind, open_only=open_only)

    def put_state(self, values: Mapping[str, bytes]) -> None:
        """Keep values by name, all in one transaction; earlier ones are replaced."""
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", values.items())

    def state(self, name: str) -> bytes | None:
        """Return the value of a name, or None."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
            return bytes(row[0]) if row else None

    def put_facts(self, day: str, facts: Mapping[str, bytes], state: Mapping[str, bytes] | None = None) -> None:
        """Keep what a day showed of each segment, and values by name, all in one transaction.

        Args:
            day: ISO 8601.
            facts: by segment; those of the same day and segment are replaced.
            state: see `put_state`.
        """
        with self._writing() as connection:
            rows = ((day, segment, value) for segment, value in facts.items())
            connection.executemany("INSERT OR REPLACE INTO day_fact VALUES (?, ?, ?)", rows)
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", (state or {}).items())

    def facts(self, segment: str, since: str = "", until: str = "9999") -> dict[str, bytes]:
        """Return what days showed of a segment, by day, from `since` to before `until`."""
        query = "SELECT day, facts FROM day_fact WHERE segment = ? AND day >= ? AND day < ? ORDER BY day"
        with self._database.reading() as connection:
            return {day: bytes(value) for day, value in connection.execute(query, (segment, since, until))}

    # Alarms

    def raise_alarm(self, kind: AlarmKind, cause: str, segment: str, evidence: Mapping[str, Any]) -> tuple[Alarm, bool]:
        """Return the open alarm of this cause and segment, opened if there was none; and whether it is new."""
        with self._writing() as connection:
            at = self.time()
            alarm, is_new = alarms.raise_alarm(connection, at, kind, cause, segment, evidence)
            if is_new:
                append_event(connection, at, "saekdong", "alarm", number=alarm.number, cause=cause, segment=segment)
            return alarm, is_new

    def alarms(self, *, open_only: bool = False) -> list[Alarm]:
        """Return alarms, the newest first."""
        with self._database.reading() as connection:
            return alarms.read_alarms(connection, open_only=open_only)

    def close_alarms(self, kinds: Sequence[AlarmKind], before: str = "9999", but: Collection[int] = ()) -> list[Alarm]:
        """Close the open alarms of some kinds that were last seen before a time, except some by number; return them."""
        with self._writing() as connection:
            closed = alarms.close_alarms(connection, self.time(), kinds, before, but)
            for alarm in closed:
                append_event(connection, self.time(), "saekdong", "alarm closed", number=alarm.number)
            return closed

    def snooze(self, by: str, alarm: int, until: str) -> None:
        """Do not deliver an alarm until a day, ISO 8601.

        Raises:
            SaekdongError: there is no such alarm.
        """
        with self._writing() as connection:
            query = "UPDATE alarm SET snoozed_until = ? WHERE number = ?"
            if not connection.execute(query, (until, alarm)).rowcount:
                raise SaekdongError(f"there is no alarm {alarm}", fix="see 'saekdong watch alarms'")
            append_event(connection, self.time(), by, "snooze", number=alarm, until=until)

    def deliver_once(self, alarm: int, way: str, deliver: Callable[[], None]) -> bool:
        """Deliver an alarm in a way, such as an address, unless it was before; return whether it was now."""
        with self._database.reading() as connection:
            if alarms.is_delivered(connection, alarm, way):
                return False
        deliver()
        with self._writing() as connection:
            alarms.put_delivered(connection, self.time(), alarm, way)
        return True

    # Events, and the file as a whole

    def mark(self) -> tuple[Any, ...]:
        """Return what differs after every answer, event, run and alarm: two equal ones saw the same record."""
        with self._database.reading() as connection:
            row: tuple[Any, ...] = connection.execute(_MARK).fetchone()
        return row

    def record(self, by: str, what: str, **details: Any) -> None:
        """Add an event to the audit log."""
        with self._writing() as connection:
            append_event(connection, self.time(), by, what, **details)

    def events(self, after: int = 0, limit: int = -1) -> list[Event]:
        """Return the events after a number, the oldest first."""
        with self._database.reading() as connection:
            return list(events.read_events(connection, after, limit))

    def last_event(self) -> int:
        """Return the number of the last event; 0 if there is none."""
        with self._database.reading() as connection:
            return events.last_event_number(connection)

    def first_broken_event(self) -> int | None:
        """Return the number of the first event that was changed, or follows a removed one; None if all is well."""
        with self._database.reading() as connection:
            return events.first_broken(connection)

    def back_up(self, path: Path) -> None:
        """Write a copy, as it is at one moment, that appears whole or not at all.

        Raises:
            SaekdongError: it cannot be written.
        """
        with self._database.reading() as connection, whole_file(path) as file:
            file.write(connection.serialize())

    def _need_open(self, connection: sqlite3.Connection, by: str, number: int) -> DrawItem:
        item = draws.read_item(connection, number)
        if item is None:
            raise SaekdongError(f"there is no item {number}", fix="ask for the next with 'saekdong review next'")
        holder = draws.holder_of(connection, number, self.clock().timestamp())
        if item.state != "open" or (holder and holder != by):
            problem = "was answered already" if item.state != "open" else f"is being asked of {holder}"
            raise ItemTakenError(f"item {number} {problem}", fix="ask for the next with 'saekdong review next'")
        if item.not_by == by:
            raise ItemTakenError(f"item {number} is for another person than {by}, who answered it before")
        return item

    def _ask_again(self, connection: sqlite3.Connection, by: str, item: DrawItem, said: Judgment) -> None:
        if item.number % ASKED_AGAIN or item.purpose == "again" or said.kind == "skip":
            return
        if draws.is_asked_again(connection, item.number):
            return
        about = {"again": item.number}
        draws.append_draw(connection, self.time(), "again", [item.item], said.model, 1, 0, about, not_by=by)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._database.writing(durable=True) as connection:
            yield connection


_MARK = """SELECT (SELECT max(number) FROM answer), (SELECT max(number) FROM event),
    (SELECT max(number || coalesce(finished, '')) FROM run),
    (SELECT total(number) || max(last_seen || coalesce(closed, '') || snoozed_until) FROM alarm WHERE closed IS NULL)"""
