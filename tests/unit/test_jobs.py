"""Jobs: commands in processes of their own that outlive who started them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from saekdong import locks
from saekdong.jobs import JobOrder, JobRunningError, Jobs
from saekdong.jobs.folder import has_failed, mark_of

SHORT = JobOrder("version", [["--version"]], "mina", {"what": "한 줄"})


def until_ended(jobs, number):
    while (job := jobs.find(number)).is_running:
        time.sleep(0.05)
    return job


@pytest.fixture
def jobs(tmp_path):
    made = Jobs(tmp_path / "jobs")
    yield made
    for job in made.last():
        with suppress(ProcessLookupError):
            if number := locks.holder(mark_of(job.folder)):
                os.kill(number, signal.SIGKILL)


@pytest.fixture
def long(tmp_path):
    """An order that runs until it is ended."""
    (tmp_path / "photos").mkdir()
    return JobOrder("watch", [["catalog", "watch", "photos", "--every", "1000"]], "mina")


def test_a_job_runs_its_commands_and_says_how_they_ended(jobs):
    job = until_ended(jobs, jobs.start(SHORT).number)
    assert (job.number, job.state, job.codes) == (1, "done", (0,))
    assert (job.order.by, job.order.about) == ("mina", {"what": "한 줄"})
    assert "saekdong" in (job.folder / "0.out").read_text(encoding="utf-8")
    assert job.finished >= job.begun


def test_a_job_stops_at_the_command_that_fails_and_its_last_line_says_why(jobs):
    job = until_ended(
        jobs, jobs.start(JobOrder("x", [["catalog", "add", "nowhere.csv"], ["--version"]], "mina")).number
    )
    assert (job.state, job.codes) == ("failed", (2,))
    assert "nowhere.csv" in job.problem()
    assert not (job.folder / "1.out").exists()


@pytest.mark.parametrize(("code", "fails"), [(0, False), (1, False), (2, True), (130, True), (-9, True)])
def test_a_command_that_ends_with_one_did_its_work(code, fails):
    assert has_failed(code) == fails


def test_only_one_job_runs_at_a_time(jobs, long):
    first = jobs.start(long)
    with pytest.raises(JobRunningError, match="job 1 is running"):
        jobs.start(SHORT)
    assert jobs.running() == first
    assert [job.number for job in jobs.last()] == [1]


def test_workers_that_start_at_the_same_moment_do_not_both_run(jobs, long):
    jobs.start(long)
    folder = jobs.root / "2"
    folder.mkdir()
    (folder / "order").write_bytes((jobs.root / "1" / "order").read_bytes())
    run = subprocess.run([sys.executable, "-m", "saekdong.jobs", str(folder)], check=False)
    assert run.returncode == 3
    assert jobs.find(2) is None


def test_a_job_outlives_the_process_that_started_it(jobs, long):
    code = (
        "from pathlib import Path; from saekdong.jobs import Jobs, JobOrder;"
        f"Jobs(Path({str(jobs.root)!r})).start(JobOrder('watch', {list(long.commands)!r}, 'mina'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert jobs.running().order.kind == "watch"


def test_a_canceled_job_says_so(jobs, long):
    job = jobs.start(long)
    while "model" not in job.log():
        time.sleep(0.05)
    jobs.cancel(job.number)
    assert until_ended(jobs, job.number).state == "canceled"


def test_a_killed_job_is_shown_as_such_and_the_next_one_can_start(jobs, long):
    job = jobs.start(long)
    os.kill(locks.holder(mark_of(job.folder)), signal.SIGKILL)
    while jobs.running():
        time.sleep(0.05)
    assert jobs.find(1).state == "killed"
    assert until_ended(jobs, jobs.start(SHORT).number).state == "done"


def test_a_log_is_bounded_and_its_end_is_shown(jobs):
    job = until_ended(jobs, jobs.start(SHORT).number)
    (job.folder / "log").write_text("줄\n" * 100_000, encoding="utf-8")
    assert len(job.log().encode()) <= 32 << 10
    assert set(job.log().splitlines()) == {"줄"}


def test_arguments_are_never_read_by_a_shell(jobs, tmp_path):
    until_ended(jobs, jobs.start(JobOrder("x", [["catalog", "add", "a; touch hacked $(touch hacked)"]], "mina")).number)
    assert not (tmp_path / "hacked").exists()
