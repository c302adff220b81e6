"""What a workspace takes from elsewhere: exported versions of models, backups of `loop.db`, captured requests."""

import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from artifacts import tarred
from fuzz import artifacts
from fuzz.artifact_bombs import BOMBS as ARTIFACT_BOMBS
from fuzz.drawing import drawn
from fuzz.harness import Target
from fuzz.mutating import damaged, restructured
from saekdong.captures import forget_here, read_captures
from saekdong.captures.hours import new_file
from saekdong.captures.lines import to_line
from saekdong.errors import SaekdongError
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.loop.backups import restore
from saekdong.model.artifact import unpack
from saekdong.model.identity import ARTIFACT_FILE, ModelId
from saekdong.registry.version_file import export_version, import_version

_VERSION = "version.json"
_MODEL = ModelId("ab" * 32)
_Bomb = Callable[[Random], bytes]


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-records-"))


def _fresh(name: str) -> Path:
    """Return a path in which there is no database of the attempt before."""
    path = _folder() / f"{os.getpid()}-{name}"
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return path


# --- Versions ----------------------------------------------------------------------------------------------------


def attempt_version(content: bytes) -> str:
    """Register a version, show it, and export it again."""
    file = _fresh("version.tar")
    file.write_bytes(content)
    with Loop.open(_fresh("versions.db")) as loop:
        try:
            version = import_version(loop, "fuzz", file)
        except SaekdongError as error:
            str(error).encode()
            return "refused"
        (again,) = loop.versions()
        assert str(again) == str(version)
        assert unpack(loop.packed(again)).id == version.model
        export_version(loop, again, file)
    return "registered"


def versions() -> dict[str, bytes]:
    """Return exported versions."""
    packed = artifacts.packed(artifacts.small(taught=True))
    lineage = Lineage({"kind": "retrain", "seed": 1}, 7, ("ab" * 32,), 3, 1, "0.2.0", {"before": {"f1": 0.5}})
    found = {}
    for parent in ("", _MODEL):
        with Loop.open(_fresh("seed.db")) as loop:
            if parent:
                loop.register("mina", "parent", _MODEL, b"", Lineage({}))
            version = loop.register("mina", "shop", unpack(packed).id, packed, lineage, "parent@1" if parent else "")
            export_version(loop, version, _fresh("seed.tar"))
        found[parent] = _fresh_content("seed.tar")
    return found


def _fresh_content(name: str) -> bytes:
    return (_folder() / f"{os.getpid()}-{name}").read_bytes()


def mutated_version(content: bytes, rng: Random) -> bytes:
    """Return a version damaged in its archive, its lineage or its artifact."""
    if rng.random() < 0.2:
        return damaged(content, rng)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    match rng.randrange(8):
        case 0:
            files[ARTIFACT_FILE] = artifacts.mutation(files[ARTIFACT_FILE], rng)
        case 1:
            files[rng.choice(("../x", "/etc/x", "x", "version.json/x"))] = b"x"
        case 2:
            files[_VERSION] = damaged(files[_VERSION], rng)
        case 3:
            del files[rng.choice(list(files))]
        case _:
            files[_VERSION] = restructured(files[_VERSION], rng)
    return _tar(files)


def _tar(files: Mapping[str, bytes]) -> bytes:
    return tarred(files, summed=False)


def _version_with(make: Callable[[Random], str]) -> _Bomb:
    """Return what makes a version whose lineage has these figures."""

    def bomb(rng: Random) -> bytes:
        lineage = {"recipe": {}, "answers": 0, "photos": [], "features": 0, "seed": 0, "saekdong": "", "figures": 0}
        about = {"format": 1, "name": "shop", "version": 1, "parent": "", "lineage": lineage}
        packed = artifacts.packed(artifacts.small())
        about["model"] = unpack(packed).id
        text = json.dumps(about).replace('"figures": 0', f'"figures": {{"a": {make(rng)}}}')
        return _tar({_VERSION: text.encode(), ARTIFACT_FILE: packed})

    return bomb


def _many(piece: str, most: int) -> Callable[[Random], str]:
    return lambda rng: f"[{piece * drawn(rng, 10, most // len(piece))}0]"


def _with_artifact(bomb: _Bomb) -> _Bomb:
    return lambda rng: _tar({_VERSION: b"{}", ARTIFACT_FILE: bomb(rng)})


VERSION_BOMBS: Mapping[str, _Bomb] = {
    "lists": _version_with(_many("[],", 15 << 20)),
    "objects": _version_with(_many('{"a":1},', 15 << 20)),
    "numbers": _version_with(_many("1.5,", 15 << 20)),
    "texts": _version_with(_many('"ab",', 15 << 20)),
    "nested": _version_with(lambda rng: "[" * drawn(rng, 10, 2_000_000)),
    "digits": _version_with(lambda rng: "9" * drawn(rng, 10, 2_000_000)),
    "one text": _version_with(lambda rng: f'"{"x" * drawn(rng, 10, 40 << 20)}"'),
    "headers": lambda rng: tarred({f"x{n}": b"" for n in range(drawn(rng, 10, 3000))}, summed=False),
    **{f"artifact {name}": _with_artifact(bomb) for name, bomb in ARTIFACT_BOMBS.items()},
}


# --- Backups -----------------------------------------------------------------------------------------------------


def attempt_backup(content: bytes) -> str:
    """Restore a backup and read all of it."""
    file, target = _fresh("backup.db"), _fresh("loop.db")
    file.write_bytes(content)
    try:
        restore(file, target)
    except SaekdongError as error:
        str(error).encode()
        assert not target.exists()
        return "refused"
    with Loop.open(target) as loop:
        assert loop.first_broken_event() is None
        everything = (loop.answers(), loop.corrections(), loop.draws(), loop.items(), loop.versions(), loop.aliases())
        json.dumps([str(everything), str((loop.runs(), loop.alarms(), loop.events()))]).encode()
        loop.answer("fuzz", Judgment("correct", "1", ("navy",)))
    return "restored"


@cache
def backups() -> dict[str, bytes]:
    """Return a backup in which each table has rows."""
    with Loop.open(_fresh("source.db")) as loop:
        for product in range(30):
            loop.answer("mina", Judgment("correct", str(product), ("navy",), ("black",)))
        loop.draw("audit", [NewItem("7", shown={"navy": 0.5}, about={"x": 1})], _MODEL, 10)
        version = loop.register("mina", "shop", _MODEL, b"packed" * 2000, Lineage({"kind": "import"}))
        loop.alias("mina", "champion", version, "first")
        loop.end_run(loop.begin_run("mina", "watch", "2026-11-01").number, {"found": 1})
        loop.put_facts("2026-11-01", {"shop": b"x"}, {"mark": b"{}"})
        loop.raise_alarm("photo", "ground_b", "shop", {"why": "yellower"})
        loop.back_up(_fresh("seed.db"))
    return {"backup": _fresh_content("seed.db")}


_ODD = ("x['", "5", "[[]]", "{}", "[]", "", "\x1b[31m", "../../x", "null", "[" * 5000, "9" * 5000, "ab" * 32, "머그")


def mutated_backup(content: bytes, rng: Random) -> bytes:
    """Return a backup with damaged pages, or with other values in rows."""
    if rng.random() < 0.5:
        return damaged(content, rng)
    file = _fresh("mutated.db")
    file.write_bytes(content)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for _ in range(rng.choice((1, 1, 2, 5))):
            _alter(connection, rng)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = DELETE")
    return file.read_bytes()


def _alter(connection: sqlite3.Connection, rng: Random) -> None:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    table = rng.choice(sorted(tables))
    column = rng.choice([row[1] for row in connection.execute(f"PRAGMA table_info({table})")])
    value = rng.choice((*_ODD, rng.randbytes(20), None, 0, -1, 1 << 62, 1.5, float("inf")))
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid % 2 = ?", (value, rng.randrange(2)))  # noqa: S608
    except sqlite3.Error:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608


# --- Captures ----------------------------------------------------------------------------------------------------


def attempt_captures(content: bytes) -> str:
    """Read captured requests, and forget some of them."""
    folder = _folder() / f"captures-{os.getpid()}" / "shop"
    file = new_file(folder, 1_795_000_000.0)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    problems: list[str] = []
    try:
        moments = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
        requests = sum(1 for _ in read_captures(folder, *moments, on_problem=problems.append))
        "\n".join(problems).encode()
        removed = forget_here(folder, photos=["ab" * 32], events=["r-1"])
    finally:
        file.unlink(missing_ok=True)
    return f"{min(requests, 1)} read, {min(removed, 1)} removed, {min(len(problems), 1)} problems"


def captures() -> dict[str, bytes]:
    """Return files of captured lines."""
    moment = "2026-11-27T09:30:00Z"
    csv = to_line("r-1", moment, _MODEL, "text/csv", b"1,2,3", "text/csv", b"navy")
    photo = to_line("r-2", moment, _MODEL, "image/png", b"\x89PNG", "application/json", b"{}", "ab" * 32)
    return {"lines": (csv + photo + csv).encode(), "photo": photo.encode()}


def mutated_captures(content: bytes, rng: Random) -> bytes:
    """Return lines with other values, or damaged ones."""
    if rng.random() < 0.4:
        return damaged(content, rng)
    lines = content.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines[place] = restructured(lines[place], rng) + b"\n"
    return b"".join(lines)


CAPTURE_BOMBS: Mapping[str, _Bomb] = {
    "one line": lambda rng: b"x" * drawn(rng, 1000, 200 << 20),
    "lists": lambda rng: b'{"captureData": [' + b"[]," * drawn(rng, 10, 20 << 20) + b"0]}\n",
    "objects": lambda rng: b'{"captureData": [' + b'{"a":1},' * drawn(rng, 10, 7 << 20) + b"0]}\n",
    "nested": lambda rng: b'{"captureData":' + b"[" * drawn(rng, 10, 60 << 20) + b"\n",
    "empty lines": lambda rng: b"\n" * drawn(rng, 1000, 3 << 20),
    "digits": lambda rng: b'{"captureData":' + b"9" * drawn(rng, 10, 60 << 20) + b"}\n",
    "numbers": lambda rng: b'{"captureData":[' + b"1.5," * drawn(rng, 10, 15 << 20) + b"0]}\n",
}

VERSIONS = Target("versions", attempt_version, versions, VERSION_BOMBS, mutate=mutated_version)
BACKUPS = Target("backups", attempt_backup, backups, mutate=mutated_backup)
CAPTURES = Target("captures", attempt_captures, captures, CAPTURE_BOMBS, mutate=mutated_captures, most_megabytes=600)
