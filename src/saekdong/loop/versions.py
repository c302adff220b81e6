"""The versions of a shop's models, where each comes from, and which of them is in use under which name."""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from saekdong.errors import SaekdongError
from saekdong.model.identity import ModelId

CHAMPION, CHALLENGER, CANARY = "champion", "challenger", "canary"

_HIGHEST = 1 << 53
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "recipe": dict,
    "answers": int,
    "photos": list,
    "features": int,
    "seed": int,
    "saekdong": str,
    "figures": dict,
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a version was made of: with the same, the same bytes are made again.

    Attributes:
        recipe: how, such as `retrain` or `import`, with its settings.
        answers: the number of the last answer that it learned from; 0 if it learned from none.
        photos: the SHA-256 digests of the photos that it learned from.
        features: the version of the photos' features.
        seed: of the random numbers.
        saekdong: the version of Saekdong.
        figures: how well it did when it was made.
    """

    recipe: Mapping[str, Any]
    answers: int = 0
    photos: tuple[str, ...] = ()
    features: int = 0
    seed: int = 0
    saekdong: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


def parse_lineage(fields: Any) -> Lineage:
    """Return the lineage of fields that may come from anywhere.

    Raises:
        ValueError: they are not those of a lineage.
    """
    if not isinstance(fields, dict) or set(fields) != set(_FIELDS):
        raise ValueError("its lineage has other fields")
    for name, kind in _FIELDS.items():
        value: Any = fields[name]
        is_valid = isinstance(value, kind) and not isinstance(value, bool)
        if not is_valid or (isinstance(value, int) and not 0 <= value < _HIGHEST):
            raise ValueError(f"{name} of its lineage is invalid")
    if not all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in fields["photos"]):
        raise ValueError("its lineage has a photo without a digest")
    return Lineage(**{**fields, "photos": tuple(fields["photos"])})


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model.

    Attributes:
        name: the model's name.
        version: counted from 1 for each name.
        model: its identity.
        at: when it was registered, ISO 8601 in UTC.
        by: who registered it.
        parent: the version that it learned from, such as `shop@6`; empty if there is none.
        lineage: what it was made of.
    """

    name: str
    version: int
    model: ModelId
    at: str
    by: str
    parent: str
    lineage: Lineage

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a version for some time.

    Attributes:
        name: such as `champion`.
        version: the version's name, such as `shop@7`; None if the name means none from then on.
        since: from when, ISO 8601 in UTC.
        by: who gave it.
        why: the reason.
    """

    name: str
    version: str | None
    since: str
    by: str
    why: str


_COLUMNS = "name, version, model, at, by, parent, lineage"


def append_version(
    connection: sqlite3.Connection,
    at: str,
    by: str,
    name: str,
    model: ModelId,
    packed: bytes,
    parent: str,
    made: Lineage,
) -> ModelVersion:
    """Write a version; if the name has one of the same model already, return that."""
    query = f"SELECT {_COLUMNS} FROM version WHERE name = ? AND model = ?"
    if row := connection.execute(query, (name, model)).fetchone():
        return _version(row)
    query = "SELECT coalesce(max(version), 0) + 1 FROM version WHERE name = ?"
    number = int(connection.execute(query, (name,)).fetchone()[0])
    row = (name, number, model, at, by, parent, json.dumps(asdict(made), ensure_ascii=False, sort_keys=True), packed)
    connection.execute(f"INSERT INTO version ({_COLUMNS}, packed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return ModelVersion(name, number, model, at, by, parent, made)


def read_versions(connection: sqlite3.Connection) -> list[ModelVersion]:
    """Return all versions, the oldest first."""
    return list(map(_version, connection.execute(f"SELECT {_COLUMNS} FROM version ORDER BY number")))


def find_version(connection: sqlite3.Connection, name: str) -> ModelVersion | None:
    """Return the version of this name: an alias, `shop@7`, or `shop` for its latest version; None if there is none."""
    query = f"SELECT {_COLUMNS} FROM version WHERE number = ?"
    if row := connection.execute(query, (_aliased(connection, name),)).fetchone():
        return _version(row)
    model, _, number = name.rpartition("@")
    if model and number.isdecimal():
        query = f"SELECT {_COLUMNS} FROM version WHERE name = ? AND version = ?"
        row = connection.execute(query, (model, int(number))).fetchone()
    else:
        query = f"SELECT {_COLUMNS} FROM version WHERE name = ? ORDER BY version DESC LIMIT 1"
        row = connection.execute(query, (name,)).fetchone()
    return _version(row) if row else None


def version_of(connection: sqlite3.Connection, model: str) -> ModelVersion | None:
    """Return the first version that is this model, by its id; None if it is not registered."""
    query = f"SELECT {_COLUMNS} FROM version WHERE model = ? ORDER BY number LIMIT 1"
    row = connection.execute(query, (model,)).fetchone()
    return _version(row) if row else None


def need_version(connection: sqlite3.Connection, name: str) -> ModelVersion:
    """Return the version of this name.

    Raises:
        SaekdongError: there is none; the message lists those that there are.
    """
    if found := find_version(connection, name):
        return found
    names = ", ".join(map(str, reversed(read_versions(connection)[-8:]))) or "none yet"
    raise SaekdongError(f"there is no registered version {name}", fix=f"give one of: {names}")


def read_packed(connection: sqlite3.Connection, version: ModelVersion) -> bytes:
    """Return a version's artifact."""
    query = "SELECT packed FROM version WHERE name = ? AND version = ?"
    return bytes(connection.execute(query, (version.name, version.version)).fetchone()[0])


def append_alias(
    connection: sqlite3.Connection, at: str, by: str, name: str, version: ModelVersion | None, why: str
) -> None:
    """Let a name mean a version, or none, from now on."""
    number = None
    if version:
        query = "SELECT number FROM version WHERE name = ? AND version = ?"
        number = connection.execute(query, (version.name, version.version)).fetchone()[0]
    row = (name, number, at, by, why)
    connection.execute("INSERT INTO alias (name, version, since, by, why) VALUES (?, ?, ?, ?, ?)", row)


def read_aliases(connection: sqlite3.Connection, name: str | None = None) -> list[Alias]:
    """Return what names meant since when, the oldest first; the last of each name is what it means now."""
    query = """SELECT alias.name, version.name || '@' || version.version, since, alias.by, why FROM alias
        LEFT JOIN version ON version.number = alias.version WHERE ?1 IS NULL OR alias.name = ?1 ORDER BY alias.number"""
    return [Alias(*row) for row in connection.execute(query, (name,))]


def _aliased(connection: sqlite3.Connection, name: str) -> int | None:
    query = "SELECT version FROM alias WHERE name = ? ORDER BY number DESC LIMIT 1"
    row = connection.execute(query, (name,)).fetchone()
    return row[0] if row else None


def _version(row: tuple[Any, ...]) -> ModelVersion:
    name, version, model, at, by, parent, lineage = row
    made = json.loads(lineage)
    made["photos"] = tuple(made["photos"])
    return ModelVersion(name, version, ModelId.stored(model), at, by, parent, Lineage(**made))
