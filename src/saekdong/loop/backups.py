"""Restore a backup of `loop.db`, which may come from anywhere: each row is checked before the file is replaced."""

import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

from saekdong.database.connections import connect
from saekdong.database.database import cannot_write_database
from saekdong.database.foreign import opened_foreign, refuse_foreign
from saekdong.loop import alarms, answers, draws, events, versions
from saekdong.loop.schema import SCHEMA
from saekdong.loop.stored_json import parse_stored
from saekdong.model.identity import ModelId

_FIX = "restore another backup"
_MOST_TEXT = 16 << 20
_MOST_ARRAYS = 256 << 20
_NAME = re.compile(r"\w[\w.-]{0,63}")
_ZIP = b"PK\x03\x04"
_APPENDED = ("answer", "version", "alias", "event")


def restore(backup: Path, path: Path) -> None:
    """Make the file at `path` what a backup holds, in one transaction.

    Args:
        backup: written by `Loop.back_up`; it stays as it is.
        path: the file; made if there is none.

    Raises:
        SaekdongError: the backup is not whole, was changed, or is not such a file; or the file cannot be written.
    """
    with opened_foreign(backup, SCHEMA, _FIX) as source:
        try:
            _check_rows(source)
        except ValueError as error:
            raise refuse_foreign(backup, SCHEMA.kind, str(error), _FIX) from error
        if (broken := events.first_broken(source)) is not None:
            raise refuse_foreign(backup, SCHEMA.kind, f"the audit log was changed at event {broken}", _FIX)
        _copy(source, path)


def _copy(source: sqlite3.Connection, path: Path) -> None:
    is_new = not path.exists()
    try:
        with closing(connect(path)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        if is_new:
            path.unlink(missing_ok=True)
        raise cannot_write_database(path, error) from error


def _check_rows(connection: sqlite3.Connection) -> None:
    """Check each row of each table.

    Raises:
        ValueError: a value is not one that Saekdong writes; the message names the row.
    """
    for table in _APPENDED:
        if connection.execute(f"SELECT count(*) <> coalesce(max(number), 0) FROM {table}").fetchone()[0]:
            raise ValueError(f"a row of {table} was removed")
    for table, (columns, check) in _CHECKS.items():
        for row in connection.execute(f"SELECT {columns} FROM {table}"):
            try:
                if any(isinstance(value, str) and len(value) > _MOST_TEXT for value in row):
                    raise ValueError("a text is too long")
                check(*row)
            except ValueError as error:
                raise ValueError(f"{table}: {error}") from error
    lost = "SELECT 1 FROM alias WHERE version NOT IN (SELECT number FROM version)"
    if connection.execute(lost).fetchone():
        raise ValueError("alias: a version is missing")


def _check_answer(kind: str, given: str, shown: str, *_texts: str) -> None:
    _among(kind, get_args(answers.AnswerKind))
    for labels in (given, shown):
        if not all(isinstance(each, str) for each in parse_stored(labels, list)):
            raise ValueError("a label is not a text")


def _check_draw(purpose: str, about: str, *_texts: str) -> None:
    _among(purpose, draws.PURPOSES)
    parse_stored(about)


def _check_item(purpose: str, state: str, shown: str, about: str, *_texts: str) -> None:
    _among(purpose, draws.PURPOSES)
    _among(state, get_args(draws.ItemState))
    if not all(type(share) in (int, float) for share in parse_stored(shown).values()):
        raise ValueError("a share is not a number")
    parse_stored(about)


def _check_version(name: str, model: str, lineage: str, *_texts: str) -> None:
    if not _NAME.fullmatch(name) or not ModelId.is_valid(model):
        raise ValueError("its name or its model's id is invalid")
    versions.parse_lineage(parse_stored(lineage))


def _check_run(inputs: str, result: str | None, *_texts: str) -> None:
    parse_stored(inputs)
    if result is not None:
        parse_stored(result)


def _check_alarm(kind: str, evidence: str, *_texts: str) -> None:
    _among(kind, get_args(alarms.AlarmKind))
    parse_stored(evidence)


def _check_event(details: str, *_texts: str) -> None:
    parse_stored(details)


def _check_arrays(value: bytes, *_texts: str) -> None:
    """Check that what is packed in a value does not take all memory when it is used."""
    if not value.startswith(_ZIP):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(value)) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(f"its arrays are damaged ({error})") from error
    if size > _MOST_ARRAYS:
        raise ValueError(f"its arrays are larger than {_MOST_ARRAYS >> 20} MiB")


def _check_texts(*_texts: str) -> None:
    """Accept a row whose texts could be read."""


def _among(value: str, values: tuple[str, ...]) -> None:
    if value not in values:
        raise ValueError(f"{value[:40]!r} is not one of {', '.join(values)}")


_CHECKS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "answer": ("kind, given, shown, at, by, product, photo, model", _check_answer),
    "draw": ("purpose, about, at, model", _check_draw),
    "draw_item": ("purpose, state, shown, about, product, photo, not_by, leased_by", _check_item),
    "version": ("name, model, lineage, at, by, parent", _check_version),
    "alias": ("name, since, by, why", _check_texts),
    "run": ("inputs, result, kind, key, begun, by, finished, error", _check_run),
    "day_fact": ("facts, day, segment", _check_arrays),
    "state": ("value, name", _check_arrays),
    "alarm": ("kind, evidence, cause, segment, opened, last_seen, closed, snoozed_until", _check_alarm),
    "delivery": ("way, at", _check_texts),
    "event": ("details, at, by, what, hash", _check_event),
}
