"""Tags into a real PostgreSQL, by its own psql."""

import io
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ports import free_port
from saekdong.catalog.exports import FORMATS, ExportOptions
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from shops import product, small_catalog, tagged

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


class Server:
    """A PostgreSQL server of this test run's own, on a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        # It refuses to run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def start(self) -> None:
        if self.user:
            subprocess.run(["chown", "-R", "postgres", self.folder], check=True)
        self._run("initdb", "-D", self.folder / "data", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", "shop")
        options = f"-k {self.folder} -p {self.port} -c listen_addresses='' -c fsync=off"
        self._run("pg_ctl", "-D", self.folder / "data", "-o", options, "-w", "-l", self.folder / "log", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def sql(self, script: bytes, *options: str) -> str:
        where = ["-h", self.folder, "-p", str(self.port), "-U", "shop", "-d", "postgres"]
        program = [self.programs / "psql", *where, "-X", "-q", "-A", "-t", "--set", "ON_ERROR_STOP=1", *options]
        run = subprocess.run(program, input=script, capture_output=True, check=False, cwd="/")
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode()

    def tags(self) -> list[tuple[str, str, str]]:
        query = b'SELECT product_id, label, share FROM product_color ORDER BY product_id COLLATE "C", place;'
        table = self.sql(query, "--record-separator=\x1e", "--field-separator=\x1f")
        return [tuple(row.split("\x1f")) for row in table.removesuffix("\n").split("\x1e") if row]

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self.user, self.programs / program, *arguments]
        # Its server would keep pipes open.
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd="/")
        log = self.folder / "log"
        assert run.returncode == 0, log.read_text() if log.is_file() else program


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="saekdong-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    catalog = small_catalog(tmp_path)
    yield catalog
    catalog.close()


def export(store: SqliteStore, since: int | None = None) -> bytes:
    file = io.BytesIO()
    with store.snapshot(since) as found:
        wanted = ExportOptions(STARTER, "ko", since is not None, store.variants)
        FORMATS["postgresql"].write(found.products, wanted, file)
    return file.getvalue()


def test_a_full_export_takes_the_place_of_all_rows(server, store):
    server.sql(export(store))
    server.sql(export(store))
    assert [row for row in server.tags() if row[0] == "mug-1"] == [("mug-1", "navy", "0.6"), ("mug-1", "white", "0.4")]
    assert len({product for product, *_ in server.tags()}) == 6
    names = server.sql(b"SELECT name FROM product_color WHERE label = 'navy';").split()
    assert names == ["남색"]


def test_changes_touch_the_products_in_them_alone(server, store):
    server.sql(export(store))
    server.sql(b"INSERT INTO product_color VALUES ('other shop', 'red', 'red', 1, 0, false);")
    since = store.version()
    store.correct("mug-1", ["mint"], "Lee")
    run = store.begin("shop.csv")
    store.touch(["mug-1", "shirt:red", "shirt:blue", "corrected"], run)
    store.finish(run)
    server.sql(export(store, since))
    told = server.tags()
    assert [row for row in told if row[0] == "mug-1"] == [("mug-1", "mint", "1")]
    assert {row[0] for row in told} == {"mug-1", "shirt:red", "shirt:blue", "corrected", "other shop"}


@settings(max_examples=20)
@given(ids=st.lists(st.text(LETTERS, min_size=1, max_size=30), min_size=1, max_size=40, unique=True))
def test_any_text_arrives_as_it_was(server, ids):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "catalog.db", STARTER)
        store.put([tagged(product(each), navy=0.9) for each in ids], store.begin("feed"))
        server.sql(export(store))
        store.close()
    told = server.sql(b"SELECT encode(convert_to(product_id, 'UTF8'), 'hex') FROM product_color;").split()
    assert {bytes.fromhex(each).decode() for each in told} == set(ids)
