"""The record of what people and models did."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from saekdong.errors import SaekdongError
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.loop.backups import restore
from saekdong.model.identity import ModelId

MODEL = ModelId("ab" * 32)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def loop(tmp_path, clock):
    with Loop.open(tmp_path / "loop.db", clock) as opened:
        yield opened


def says(product: str, *labels: str, item: int | None = None) -> Judgment:
    return Judgment("correct", product, labels, ("black",), item=item)


def test_the_last_answer_that_counts_is_the_correction(loop):
    loop.answer("mina", says("7", "navy"))
    loop.answer("jun", says("7", "blue"))
    loop.answer("jun", Judgment("skip", "7"))
    assert loop.correction("7").said.given == ("blue",)
    assert [each.said.given for each in loop.corrections()] == [("blue",)]
    assert loop.undo("jun").said.kind == "skip"
    assert loop.undo("jun").said.given == ("blue",)
    assert loop.correction("7").said.given == ("navy",)
    assert loop.undo("jun") is None
    loop.answer("jun", Judgment("remove", "7"))
    assert loop.correction("7") is None
    assert loop.corrections() == []


def test_undo_goes_to_any_depth_and_history_keeps_all(loop):
    for n in range(120):
        loop.answer("mina", says(str(n), "navy"))
    undone = [loop.undo("mina").said.product for _ in range(120)]
    assert undone == [str(n) for n in reversed(range(120))]
    assert loop.answers() == []
    assert [each.said.kind for each in loop.history("5")] == ["correct", "undo"]


def test_answers_of_a_time_are_those_up_to_a_number(loop, clock):
    first = loop.answer("mina", says("1", "navy"))
    clock.now -= timedelta(days=400)
    second = loop.answer("mina", says("2", "navy"))
    assert [each.number for each in loop.answers(up_to=first)] == [first]
    assert [each.number for each in loop.answers(after=first)] == [second]


def test_answers_cannot_be_changed_or_removed(loop):
    loop.answer("mina", says("7", "navy"))
    with closing(sqlite3.connect(loop.path)) as connection:
        for statement in ("UPDATE answer SET given = '[]'", "DELETE FROM answer", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_two_people_never_get_the_same_item(loop, clock):
    loop.draw("audit", [NewItem(str(n)) for n in range(40)], MODEL, 40)
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda n: loop.next_items(f"person {n}", most=5), range(8)))
    numbers = [item.number for items in given for item in items]
    assert len(numbers) == len(set(numbers)) == 40
    assert loop.next_items("late") == []
    assert [item.number for item in loop.next_items("person 3", most=5)] == [item.number for item in given[3]]
    clock.now += timedelta(seconds=121)
    assert len(loop.next_items("late", most=40)) == 40


def test_an_item_is_answered_once_and_undo_opens_it_again(loop):
    loop.draw("teach", [NewItem("1"), NewItem("2")], MODEL, 2)
    (item,) = loop.next_items("mina")
    with pytest.raises(SaekdongError, match="is being asked of mina"):
        loop.answer("jun", says("1", "navy", item=item.number))
    loop.answer("mina", says("1", "navy", item=item.number))
    with pytest.raises(SaekdongError, match="was answered already"):
        loop.answer("mina", says("1", "blue", item=item.number))
    assert loop.undo("mina").said.item == item.number
    assert loop.next_items("mina")[0].number == item.number
    assert loop.correction("1") is None


def test_the_most_urgent_purpose_is_asked_first(loop):
    for purpose in ("rare", "teach", "audit", "segment"):
        loop.draw(purpose, [NewItem(purpose)], MODEL, 1)
    assert [each.purpose for each in loop.next_items("mina", most=4)] == ["segment", "audit", "teach", "rare"]
    assert [each.is_blind for each in loop.next_items("mina", most=4)] == [True, True, False, False]


def test_every_tenth_item_is_asked_again_of_another_person(loop):
    loop.draw("audit", [NewItem(str(n)) for n in range(20)], MODEL, 20)
    for item in loop.next_items("mina", most=20):
        loop.answer("mina", says(item.item.product, "navy", item=item.number))
    assert loop.next_items("mina") == []
    assert [(each.item.product, each.purpose) for each in loop.next_items("jun", most=9)] == [
        ("9", "again"),
        ("19", "again"),
    ]


def test_versions_count_up_and_aliases_keep_their_history(loop):
    first = loop.register("mina", "shop", MODEL, b"one", Lineage({"kind": "teach"}, photos=("aa",)))
    again = loop.register("jun", "shop", MODEL, b"one", Lineage({"kind": "teach"}))
    second = loop.register("mina", "shop", ModelId("cd" * 32), b"two", Lineage({}), parent=str(first))
    assert (str(first), str(again), str(second)) == ("shop@1", "shop@1", "shop@2")
    loop.alias("mina", "champion", first, "first")
    loop.alias("mina", "champion", second, "better")
    assert loop.version("champion") == loop.version("shop") == second
    assert loop.version("shop@1") == first
    assert loop.packed(second) == b"two"
    history = [(each.version, each.why) for each in loop.aliases("champion")]
    assert history == [("shop@1", "first"), ("shop@2", "better")]
    loop.alias("mina", "champion", None, "none is good")
    assert loop.find_version("champion") is None
    with pytest.raises(SaekdongError, match=r"no registered version shop@3; give one of: shop@2, shop@1"):
        loop.version("shop@3")


def test_a_run_is_begun_once_and_keeps_its_result(loop):
    run = loop.begin_run("mina", "watch", "2026-11-01", {"a": 1})
    again = loop.begin_run("jun", "watch", "2026-11-01")
    assert (again.number, again.by, again.inputs) == (run.number, "mina", {"a": 1})
    assert loop.runs(open_only=True) == [again]
    loop.end_run(run.number, {"alarms": 0})
    assert loop.runs(open_only=True) == []
    assert loop.runs("watch")[0].result == {"alarms": 0}


def test_an_alarm_opens_once_is_delivered_once_and_closes_when_quiet(loop, clock):
    alarm, is_new = loop.raise_alarm("photo", "ground_b", "shop", {"was": 1.9})
    clock.now += timedelta(days=3)
    again, is_newer = loop.raise_alarm("photo", "ground_b", "shop", {"was": 2.5})
    assert (is_new, is_newer, again.number, again.evidence) == (True, False, alarm.number, {"was": 2.5})
    sent = []
    assert [loop.deliver_once(alarm.number, "mail", lambda: sent.append(1)) for _ in range(3)] == [True, False, False]
    assert sent == [1]
    assert loop.close_alarms(["photo"], (clock.now - timedelta(days=14)).isoformat(timespec="seconds")) == []
    clock.now += timedelta(days=15)
    assert loop.close_alarms(["mix", "model"]) == []
    closed = loop.close_alarms(["photo"], (clock.now - timedelta(days=14)).isoformat(timespec="seconds"))
    assert [each.number for each in closed] == [alarm.number]
    assert loop.raise_alarm("photo", "ground_b", "shop", {})[1]
    with pytest.raises(SaekdongError, match="no alarm 99"):
        loop.snooze("mina", 99, "2026-12-01")


def test_a_delivery_that_fails_is_tried_again(loop):
    alarm, _ = loop.raise_alarm("photo", "ground_b", "shop", {})

    def fail() -> None:
        raise OSError("no route")

    with pytest.raises(OSError, match="no route"):
        loop.deliver_once(alarm.number, "mail", fail)
    assert loop.deliver_once(alarm.number, "mail", lambda: None)


def test_the_audit_log_proves_that_nothing_was_changed_or_removed(loop):
    for n in range(5):
        loop.answer("mina", says(str(n), "navy"))
    assert loop.first_broken_event() is None
    with closing(sqlite3.connect(loop.path)) as connection:
        connection.execute("DROP TRIGGER event_no_update")
        connection.execute("UPDATE event SET by = 'jun' WHERE number = 3")
        connection.commit()
    assert loop.first_broken_event() == 3


def test_a_removed_event_is_noticed(loop):
    for n in range(5):
        loop.answer("mina", says(str(n), "navy"))
    with closing(sqlite3.connect(loop.path)) as connection:
        connection.execute("DROP TRIGGER event_no_delete")
        connection.execute("DELETE FROM event WHERE number = 2")
        connection.commit()
    assert loop.first_broken_event() == 3


def test_a_backup_restores_all(loop, tmp_path):
    loop.answer("mina", says("7", "navy"))
    copy, other = tmp_path / "copy.db", tmp_path / "other" / "loop.db"
    loop.back_up(copy)
    loop.answer("mina", says("8", "navy"))
    other.parent.mkdir()
    restore(copy, other)
    with Loop.open(other) as restored:
        assert [each.said.product for each in restored.answers()] == ["7"]
        assert restored.first_broken_event() is None


def test_answers_survive_a_kill(tmp_path):
    program = f"""
import os, signal
from pathlib import Path
from saekdong.loop import Judgment, Loop
loop = Loop.open(Path({str(tmp_path / "loop.db")!r}))
for n in range(3):
    loop.answer("mina", Judgment("correct", str(n), ("navy",)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    with Loop.open(tmp_path / "loop.db") as loop:
        assert [each.said.product for each in loop.answers()] == ["0", "1", "2"]
        assert loop.first_broken_event() is None


def test_a_second_machine_is_refused_while_the_first_works(loop, clock, monkeypatch):
    loop.begin_run("mina", "watch", "2026-11-01")
    monkeypatch.setattr("socket.gethostname", lambda: "other")
    with pytest.raises(SaekdongError, match=r"the machine .* is using .*; run it there, or wait 10 minutes"):
        loop.begin_run("mina", "watch", "2026-11-02")
    clock.now += timedelta(minutes=10)
    assert loop.begin_run("mina", "watch", "2026-11-02").number == 2
