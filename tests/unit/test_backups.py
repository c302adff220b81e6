"""Backups of `loop.db`: one that may come from anywhere restores nothing but rows that Saekdong itself writes."""

import io
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from saekdong.database import Database, StoreError
from saekdong.errors import SaekdongError
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.loop.backups import restore
from saekdong.loop.schema import SCHEMA
from saekdong.model.identity import ModelId

MODEL = ModelId("ab" * 32)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a backup in which each table has rows."""
    folder = tmp_path_factory.mktemp("backup")
    with Loop.open(folder / "loop.db") as loop:
        for product in range(3):
            loop.answer("mina", Judgment("correct", str(product), ("navy",), ("black",)))
        loop.draw("audit", [NewItem("7", shown={"navy": 0.5}, about={"x": 1})], MODEL, 10)
        version = loop.register("mina", "shop", MODEL, b"packed", Lineage({"kind": "import"}))
        loop.alias("mina", "champion", version, "first")
        loop.end_run(loop.begin_run("mina", "watch", "2026-11-01").number, {"found": 1})
        loop.put_facts("2026-11-01", {"shop": b"x"}, {"mark": b"{}"})
        alarm, _ = loop.raise_alarm("photo", "ground_b", "shop", {"why": "yellower"})
        loop.deliver_once(alarm.number, "mail", lambda: None)
        loop.back_up(folder / "copy.db")
    return (folder / "copy.db").read_bytes()


@pytest.fixture
def mine(tmp_path):
    """Return the file of a shop that has an answer."""
    path = tmp_path / "loop.db"
    with Loop.open(path) as loop:
        loop.answer("jun", Judgment("correct", "mine", ("navy",), ("black",)))
    return path


def altered(content: bytes, path: Path, *statements: str | Callable[[sqlite3.Connection], object]) -> Path:
    """Write a backup that was altered by somebody who puts the triggers back."""
    path.write_bytes(content)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            statement(connection) if callable(statement) else connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


def zipped(size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return file.getvalue()


ENDLESS = """CREATE VIEW event AS WITH RECURSIVE c (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM c)
    SELECT number, '' AS at, '' AS by, '' AS what, '' AS details, '' AS hash FROM c"""
ALTERED = {
    "a view without end": ("DROP TABLE delivery", "CREATE VIEW delivery AS SELECT 1 AS alarm, 'x' AS way, 'x' AS at"),
    "a trigger": ("CREATE TRIGGER evil AFTER INSERT ON draw BEGIN DELETE FROM draw; END",),
    "a computed column": ("ALTER TABLE draw ADD COLUMN x AS (zeroblob(1000000000))",),
    "a missing table": ("DROP TABLE day_fact",),
    "a missing index": ("DROP INDEX answer_by",),
    "another table": ("CREATE TABLE x (y)",),
    "no version": ("PRAGMA user_version = 0",),
    "a later version": ("PRAGMA user_version = 99",),
    "a removed answer": ("DELETE FROM answer WHERE number = 2",),
    "labels that are not JSON": ("UPDATE answer SET given = 'x['",),
    "labels that are a number": ("UPDATE answer SET given = '5'",),
    "a label that is a list": ("UPDATE answer SET given = '[[]]'",),
    "labels in one another": (lambda sql: sql.execute("UPDATE answer SET shown = ?", ("[" * 100_000,)),),
    "labels by the million": (lambda sql: sql.execute("UPDATE answer SET shown = ?", ("[[]" + ",[]" * 400_000,)),),
    "an unknown kind": ("UPDATE answer SET kind = 'zap'",),
    "a text that is bytes": ("UPDATE answer SET product = x'fffe'",),
    "a text that is not UTF-8": ("UPDATE answer SET product = CAST(x'fffe' AS TEXT)",),
    "a number that is a text": ("UPDATE draw SET population = 'many'",),
    "an unknown purpose": ("UPDATE draw SET purpose = 'x'",),
    "a share that is a text": ("""UPDATE draw_item SET shown = '{"navy": "x"}'""",),
    "a version named as a path": ("UPDATE version SET name = '../../shop'",),
    "a model without an id": ("UPDATE version SET model = 'x'",),
    "a lineage of nothing": ("UPDATE version SET lineage = '{}'",),
    "a lineage that is a list": ("UPDATE version SET lineage = '[]'",),
    "a name for a missing version": ("UPDATE alias SET version = 77",),
    "a result that is not JSON": ("UPDATE run SET result = 'x'",),
    "an unknown alarm": ("UPDATE alarm SET kind = 'x'",),
    "an event that was changed": ("UPDATE event SET by = 'jun' WHERE number = 2",),
    "a huge value": ("UPDATE alarm SET cause = CAST(zeroblob(100000000) AS TEXT)",),
    "arrays that are no archive": (lambda sql: sql.execute("UPDATE state SET value = ?", (b"PK\x03\x04x",)),),
    "arrays of a gigabyte": (lambda sql: sql.execute("UPDATE state SET value = ?", (zipped(1 << 30),)),),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_backup_is_refused_and_nothing_is_changed(original, mine, tmp_path, how):
    backup = altered(original, tmp_path / "b.db", *ALTERED[how])
    with pytest.raises(SaekdongError, match=r"restore another backup|use the newer Saekdong"):
        restore(backup, mine)
    with Loop.open(mine) as loop:
        assert [each.said.product for each in loop.answers()] == ["mine"]


def test_a_view_without_end_is_never_asked(original, mine, tmp_path):
    backup = altered(original, tmp_path / "b.db", "PRAGMA user_version = 1")
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        for name in ("event_no_update", "event_no_delete"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DROP TABLE event")
        connection.execute(ENDLESS)
    with pytest.raises(SaekdongError, match="its tables are others; restore another backup"):
        restore(backup, mine)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"no backup, but long enough to be one" * 40,
        lambda content: content[: len(content) // 2],
        lambda content: content[:100] + b"\xff" * 200 + content[300:],
        lambda content: content[:8000] + b"\x5a" * 4000 + content[12000:],
        lambda content: content.replace(b"ON answer (by, number)", b"ON answer (\xffy, number)"),
    ],
    ids=["empty", "text", "truncated", "a damaged schema", "a damaged page", "a schema that is not UTF-8"],
)
def test_a_damaged_backup_is_refused_and_nothing_is_changed(original, mine, tmp_path, damage):
    (tmp_path / "b.db").write_bytes(damage(original))
    with pytest.raises(SaekdongError, match=r"b\.db is not a record of answers and models, or was altered"):
        restore(tmp_path / "b.db", mine)
    with Loop.open(mine) as loop:
        assert [each.said.product for each in loop.answers()] == ["mine"]


def test_a_pipe_a_device_and_a_folder_are_no_backups(mine, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(SaekdongError, match="cannot read"):
            restore(place, mine)


def test_a_copy_of_a_file_in_use_is_refused_because_its_last_changes_lie_beside_it(original, mine, tmp_path):
    (tmp_path / "b.db").write_bytes(original)
    (tmp_path / "b.db-wal").write_bytes(b"x")
    with pytest.raises(SaekdongError, match="it was copied while it was in use"):
        restore(tmp_path / "b.db", mine)


def test_a_backup_is_read_and_never_written(original, tmp_path):
    backup = tmp_path / "b.db"
    backup.write_bytes(original)
    backup.chmod(0o400)
    restore(backup, tmp_path / "loop.db")
    assert backup.read_bytes() == original
    assert not list(tmp_path.glob("b.db-*"))
    with Loop.open(tmp_path / "loop.db") as loop:
        assert len(loop.answers()) == 3
        assert str(loop.version("champion")) == "shop@1"


def test_a_text_that_cannot_be_decoded_is_an_error_of_the_store(tmp_path):
    database = Database.open(tmp_path / "loop.db", SCHEMA)
    with database.writing() as connection:
        connection.execute("INSERT INTO state VALUES (CAST(x'ff' AS TEXT), x'00')")
    with pytest.raises(StoreError, match="decode"), database.reading() as connection:
        connection.execute("SELECT name FROM state").fetchall()
    database.close()
