"""Batches spread over processes and over a Dask cluster, and workers that die."""

import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

import poison
from saekdong.errors import SaekdongError
from saekdong.work.pool import open_workers, spread
from waiting import until

EXECUTORS = [None, pytest.param("dask-local", marks=pytest.mark.slow)]


def failed(item, error):
    return f"{item}: {type(error).__name__}"


def doubled(workers, numbers, size=8):
    batches = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    found = {}
    for batch, results in spread(poison.double, batches, workers, failed):
        assert len(batch) == len(results)
        assert not found.keys() & set(batch)
        found.update(zip(batch, results, strict=True))
    return found


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_item_at_fault_stands_alone(executor):
    numbers = list(range(100))
    with open_workers(executor, 2, poison.setup) as workers:
        found = doubled(workers, numbers)
        again = doubled(workers, [1, 2, 3])
    expected = {number: 2 * number for number in numbers}
    wrong = {number for number in numbers if found[number] != expected[number]}
    assert wrong == {13, 17, 19}
    assert sorted(found) == numbers
    assert found[17] == "17: ValueError"
    assert found[19] == "19: MemoryError"
    assert again == {1: 2, 2: 4, 3: 6}


def test_a_worker_that_dies_for_no_reason_of_the_batch_costs_a_retry(tmp_path):
    names = [str(tmp_path / str(number)) for number in range(12)]
    for name in names[::5]:
        Path(name).write_text("")
    with open_workers(None, 2, poison.setup) as workers:
        results = list(spread(poison.die_once, [names[:6], names[6:]], workers, failed))
    # Each death takes the batch in flight with it, and is over; only who killed three times in a row is halved out.
    assert sorted(name for _, batch in results for name in batch) == sorted(names)


def test_workers_that_always_die_are_told():
    with (
        open_workers(None, 1, poison.setup) as workers,
        pytest.raises(SaekdongError, match="the workers die with any item"),
    ):
        list(spread(poison.always_die, [list(range(200))], workers, failed))


def test_no_more_batches_than_have_room_are_taken():
    taken = []

    def batches():
        for number in range(20):
            taken.append(number)
            yield [number + 100]

    with open_workers(None, 2, poison.setup) as workers:
        for done, _ in enumerate(spread(poison.double, batches(), workers, failed), start=1):
            assert len(taken) <= done + 2 * workers.jobs + 1
    assert len(taken) == 20


def test_when_asked_to_stop_what_is_in_flight_is_finished():
    taken, asked = [], []

    def batches():
        for number in range(1000):
            taken.append(number)
            yield [number + 100]

    done = []
    with open_workers(None, 2, poison.setup) as workers:
        for batch, _ in spread(poison.double, batches(), workers, failed, lambda: bool(asked)):
            done += batch
            asked.append(1)
    assert len(done) < 20
    assert len(taken) - len(done) <= 1


def test_empty_batches_stand_for_none_at_the_moment():
    with open_workers(None, 1, poison.setup) as workers:
        batches = [[], [1], [], [], [2], []]
        assert [results for _, results in spread(poison.double, batches, workers, failed)] == [[2], [4]]


class AtOnce:
    """Workers that are done with a batch as it is given to them."""

    jobs = 20
    shares_files = True

    def submit(self, function, batch):
        future = Future()
        future.set_result(function(batch))
        return future

    def renew(self):
        """None dies."""

    def close(self):
        """None is left."""


def test_batches_that_are_ready_come_in_order():
    batches = [[number] for number in range(100, 200)]
    assert [batch for batch, _ in spread(poison.double, batches, AtOnce(), failed)] == batches


@pytest.mark.parametrize(
    ("executor", "told"), [("ray", "there is no executor ray"), ("dask://127.0.0.1:1", "does not answer")]
)
def test_executors_that_are_none(executor, told):
    with pytest.raises(SaekdongError, match=told), open_workers(executor, 1, poison.setup):
        pass


ORPHANS = """
import sys, time
sys.path.insert(0, {tests!r})
import poison
from saekdong.work.pool import open_workers
if __name__ == "__main__":
    with open_workers(None, 2, poison.setup) as workers:
        workers.submit(poison.double, [1]).result()
        print(*workers.executor._processes, flush=True)
        time.sleep(60)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS.format(tests=str(Path(poison.__file__).parent)))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        workers = [int(number) for number in parent.stdout.readline().split()]
        assert workers
        parent.send_signal(signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
