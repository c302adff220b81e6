"""`saekdong catalog`, as a person types it, and as a machine kills it."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from photo_server import serving
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import starter
from waiting import until

LABELS = ("red", "navy", "green", "yellow")


def fill(folder: Path, count: int) -> None:
    """Put photos into a folder, those it has not yet; each appears whole, as who watches would have it."""
    folder.mkdir(exist_ok=True)
    contents = {label: jpeg(draw(plain(COLORS[label][0]), "mug")) for label in LABELS}
    for number in range(count):
        label = LABELS[number % len(LABELS)]
        photo = folder / f"{label}{number}.jpg"
        if not photo.exists():
            part = photo.with_suffix(".part")
            part.write_bytes(contents[label] + str(number).encode())
            part.rename(photo)


@contextmanager
def start(folder: Path, *arguments: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command meanwhile; what still runs at the end of the block is killed, whatever failed in it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "LC_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "saekdong", "catalog", *arguments],
        cwd=folder,
        env={**clean, "LANG": "C.UTF-8", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def catalog(folder: Path) -> dict[str, tuple[object, ...]]:
    """What is in a catalog, whatever the order in which it came there."""
    with sqlite3.connect(folder / "catalog.db") as connection:
        rows = connection.execute(
            """SELECT id, title, gone, place, size, photo.digest, model, shares, palette, error_code, tags
            FROM product JOIN photo ON product.number = photo.product
            LEFT JOIN listing ON listing.product = product.number"""
        )
        found = {row[0]: (*row[1:3], Path(row[3]).name, *row[4:10]) for row in rows}
    connection.close()
    return found


def test_add_prints_counts_and_says_where_problems_are(saekdong, tmp_path):
    fill(tmp_path / "photos", 8)
    (tmp_path / "photos" / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    run = saekdong("catalog", "add", "photos", "--format", "json", "--jobs", "1")
    assert run.returncode == 1, run.stderr
    nothing = {"new": 0, "changed": 0, "unchanged": 0, "gone": 0, "errors": 0, "problems": 0, "tags_changed": 0}
    labels = dict.fromkeys(sorted(LABELS), 2)
    summary = {"other": 0, "labels": labels, "model": {"name": "starter", "id": starter().id.short}}
    assert json.loads(run.stdout) == [{**nothing, **summary, "new": 9, "errors": 1}]
    assert "product bad.jpg: photos: " in run.stderr
    assert "bad.jpg" in (tmp_path / "catalog.errors.csv").read_text()
    (tmp_path / "photos" / "bad.jpg").unlink()
    run = saekdong("catalog", "add", "photos", "--format", "jsonl", "--jobs", "1")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {**nothing, **summary, "unchanged": 8, "gone": 1}
    assert not (tmp_path / "catalog.errors.csv").exists()


def test_a_named_feed_on_this_machine_needs_leave_for_photos_elsewhere_on_it(saekdong):
    with serving() as server, serving() as other:
        for each in (server, other):
            each.photos["/red.jpg"] = jpeg(draw(plain(COLORS["red"][0]), "mug"))
        server.photos["/feed.csv"] = f"code,picture\n1,red.jpg\n2,{other.address}/red.jpg\n".encode()
        arguments = ("catalog", "add", f"{server.address}/feed.csv", "--map", "id=code", "--map", "photos=picture")
        run = saekdong(*arguments)
        assert run.returncode == 1
        assert "product 2: photos: http" in run.stderr
        assert "refused: 127.0.0.1 is a private address; allow it with --allow-private" in run.stderr
        assert not other.asked
        run = saekdong(*arguments, "--allow-private", "--format", "json")
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout)[0]["changed"] == 1


def test_a_feed_is_read_as_the_last_time(saekdong, tmp_path):
    fill(tmp_path / "photos", 2)
    names = sorted(path.name for path in (tmp_path / "photos").iterdir())
    rows = "".join(f"{number},photos/{name}\n" for number, name in enumerate(names))
    (tmp_path / "feed.csv").write_text("code,bild\n" + rows)
    add = ("catalog", "add", "feed.csv", "--jobs", "1", "--format", "jsonl")
    first = saekdong(*add, "--map", "id=code", "--id-prefix", "acme-")
    assert first.returncode == 0, first.stderr
    assert "photos are read from the column bild, whose values look like photos" in first.stderr
    second = saekdong(*add)
    assert second.returncode == 0, second.stderr
    counts = json.loads(second.stdout)
    assert (counts["unchanged"], counts["new"], counts["gone"]) == (2, 0, 0)
    assert "photos are read" not in second.stderr
    plain = saekdong(*add, "--id-prefix", "")
    assert (json.loads(plain.stdout)["new"], json.loads(plain.stdout)["gone"]) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "none.csv"], "cannot read none.csv"),
        (["add", "empty"], "holds no product"),
        (["add", "x.csv"], "no column of id"),
        (["add", "x.csv", "--map", "id"], "--map id is not of the form key=value"),
        (["add", "x.csv", "--executor", "ray"], "there is no executor ray"),
        (["watch", "x.csv", "--every", "0"], "--every"),
    ],
)
def test_wrong_use_names_what_is_wrong(saekdong, tmp_path, arguments, told):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    run = saekdong("catalog", *arguments)
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert arguments[1] != "none.csv" or not (tmp_path / "catalog.db").exists()


@pytest.mark.parametrize("command", ["export", "corrections", "check"])
def test_where_there_is_no_catalog_none_is_made(saekdong, tmp_path, command):
    run = saekdong("catalog", command)
    assert run.returncode == 2
    assert "there is no catalog catalog.db; fill one with 'saekdong catalog add FEED'" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_feed_that_cannot_be_read_to_its_end_tells_its_problems_too(saekdong, tmp_path):
    (tmp_path / "feed.csv").write_text('id,photo,title\n1,a.jpg,"unclosed\n2,b.jpg,x\n')
    run = saekdong("catalog", "add", "feed.csv", "--jobs", "1")
    assert run.returncode == 2
    assert "lines 2 to 3 cannot be read" in run.stderr
    assert run.stderr.endswith("holds no product; give a feed with products, or a folder with photos\n")
    assert "cannot be read" in (tmp_path / "catalog.errors.csv").read_text()


def test_changes_since_another_catalogs_are_no_empty_export(saekdong, tmp_path):
    fill(tmp_path / "photos", 4)
    assert saekdong("catalog", "add", "photos", "--jobs", "1").returncode == 0
    (tmp_path / "state").write_text("99\n")
    run = saekdong("catalog", "export", "--state", "state", "--out", "tags.csv")
    assert run.returncode == 2
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        (last,) = connection.execute("SELECT max(change) FROM product").fetchone()
    connection.close()
    assert f"change 99 is not in this catalog: its last is {last}; remove state, for a full export" in run.stderr
    assert not (tmp_path / "tags.csv").exists()
    assert "leave out --since" in saekdong("catalog", "export", "--since", str(last + 1)).stderr
    assert saekdong("catalog", "export", "--since", "4").returncode == 0
    for device in ("/dev/full", "/dev/zero"):  # both can be read without an end
        run = saekdong("catalog", "export", "--state", device, "--out", "tags.csv")
        assert run.returncode == 2
        assert f"cannot read {device}: not a regular file" in run.stderr
        assert not (tmp_path / "tags.csv").exists()


def test_check_tells_what_is_apart_and_repairs(saekdong, tmp_path):
    fill(tmp_path / "photos", 4)
    assert saekdong("catalog", "add", "photos", "--jobs", "1").returncode == 0
    run = saekdong("catalog", "check")
    assert (run.returncode, run.stderr) == (0, "")
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("DELETE FROM near_cell")
    connection.close()
    run = saekdong("catalog", "check", "--format", "json")
    assert run.returncode == 1
    apart = {row["table"]: row["apart"] for row in json.loads(run.stdout)}
    assert apart["near_cell"] > 0
    assert sum(apart.values()) == apart["near_cell"]
    assert "repair them with 'saekdong catalog check --repair'" in run.stderr
    run = saekdong("catalog", "check", "--repair", "--format", "csv")
    assert run.returncode == 0
    assert "are rebuilt" in run.stderr
    assert "near_cell,0" in run.stdout
    assert saekdong("catalog", "check").returncode == 0


def test_watch_follows_a_folder_and_stops_on_sigterm(tmp_path):
    fill(tmp_path / "photos", 3)
    with start(tmp_path, "watch", "photos", "--every", "0.2", "--jobs", "1") as watch:
        assert "new 3" in watch.stdout.readline()
        fill(tmp_path / "photos", 5)
        line = watch.stdout.readline()
        assert "new " in line
        (tmp_path / "photos" / "red0.jpg").unlink()
        lines = [line]
        while "gone 1" not in lines[-1]:
            lines.append(watch.stdout.readline())
            assert lines[-1]
        # A missing folder is reported once, and loses nothing. (Files that vanish during reading are reported before.)
        (tmp_path / "photos").rename(tmp_path / "away")
        while "cannot read photos" not in (told := watch.stderr.readline()):
            assert told
        time.sleep(1)
        fill(tmp_path / "away", 6)
        (tmp_path / "away").rename(tmp_path / "photos")
        while "new 2," not in lines[-1]:
            lines.append(watch.stdout.readline())
            assert lines[-1]
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(timeout=60) == 0
        assert watch.stderr.read() == "saekdong: stopped\n"


def test_watch_ends_when_the_catalog_gets_another_model(tmp_path, saekdong, model_file):
    fill(tmp_path / "photos", 2)
    with start(tmp_path, "watch", "photos", "--every", "0.1", "--jobs", "1") as watch:
        assert "new 2" in watch.stdout.readline()
        assert saekdong("catalog", "model", model_file, "--yes", "--jobs", "1").returncode == 0
        before = catalog(tmp_path)
        fill(tmp_path / "photos", 3)
        assert watch.wait(timeout=60) == 2
        assert watch.stdout.read() == ""
        told = watch.stderr.read()
    model = starter().id.short
    assert re.search(rf"the catalog's model is now \S+ \(\w{{8}}\), not starter \({model}\); start this command", told)
    assert catalog(tmp_path) == before


def test_watch_tells_of_a_bad_photo_once(tmp_path):
    fill(tmp_path / "photos", 1)
    bad = tmp_path / "photos" / "bad.jpg"
    bad.write_bytes(b"no photo")
    with start(tmp_path, "watch", "photos", "--every", "0.1", "--jobs", "1") as watch:
        assert "new 2, changed 0, unchanged 0, gone 0, errors 1" in watch.stdout.readline()
        assert watch.stderr.readline().startswith("saekdong: model starter (")
        assert "product bad.jpg: photos: " in watch.stderr.readline()
        assert "catalog.errors.csv" in watch.stderr.readline()
        errors = tmp_path / "catalog.errors.csv"
        for _ in range(3):
            before = errors.stat().st_ino
            until(lambda before=before: errors.stat().st_ino != before)
        assert "not-an-image" in errors.read_text()
        bad.unlink()
        lines = [watch.stdout.readline()]
        while "gone 1, errors 0" not in lines[-1]:
            lines.append(watch.stdout.readline())
            assert lines[-1]
        # If it went between being listed and being read, that is one line more.
        assert len(lines) <= 2
        watch.send_signal(signal.SIGTERM)
        assert watch.stdout.read() == ""


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(tmp_path, saekdong):
    fill(tmp_path / "photos", 1500)
    with start(tmp_path, "add", "photos", "--format", "json", "--jobs", "1") as add:
        until(lambda: count(tmp_path) > 20)
        add.send_signal(signal.SIGINT)
        assert add.wait(timeout=60) == 130
        first = json.loads(add.stdout.read())[0]
        assert "the next run goes on from here" in add.stderr.read()
    assert 20 < first["new"] < 1500
    second = json.loads(saekdong("catalog", "add", "photos", "--format", "json").stdout)[0]
    assert (second["new"], second["unchanged"]) == (1500 - first["new"], first["new"])


def count(folder: Path) -> int:
    path = folder / "catalog.db"
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM product").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


@pytest.mark.slow
def test_runs_killed_at_random_end_where_an_undisturbed_one_ends(tmp_path, saekdong):
    products = 600
    fill(tmp_path / "photos", products)
    chance = random.Random(7)
    kills = 0
    while kills < 40:
        before = count(tmp_path)
        with start(tmp_path, "add", str(tmp_path / "photos"), "--jobs", "2") as add:
            until(lambda before=before, add=add: count(tmp_path) > before or add.poll() is not None)
            time.sleep(chance.uniform(0, 0.3))
            add.kill()
            add.wait()
        kills += 1
        # What was stored stays.
        assert count(tmp_path) >= before
        if count(tmp_path) >= products:
            break
    assert kills >= 3
    done = count(tmp_path)
    last = json.loads(saekdong("catalog", "add", "photos", "--format", "json").stdout)[0]
    assert last["new"] == products - done
    assert last["unchanged"] == done
    other = tmp_path / "other"
    other.mkdir()
    with start(other, "add", "../photos") as add:
        assert add.wait(timeout=300) == 0
    assert catalog(tmp_path) == catalog(other)
    assert len(catalog(other)) == products
