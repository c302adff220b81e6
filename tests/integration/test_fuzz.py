"""A few seconds of every fuzzer; hours of them are run by `make fuzz TIME=3600`."""

import dataclasses
import json
import os
import subprocess
import sys
from random import Random

import pytest

from fuzz.__main__ import TARGETS
from fuzz.harness import Target, fuzz, memory, mutations
from fuzz.mutating import damaged, rewritten


def run_fuzzer(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "fuzz", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]},
    )


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_a_few_seconds_of_hostile_inputs_do_no_harm(target, tmp_path):
    run = run_fuzzer("--target", target, "--seconds", 8, "--failures", tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 failures" in run.stdout


# --- the harness -------------------------------------------------------------------------------------------------


def misbehave(content):
    match content[:1]:
        case b"s":
            os.write(2, b"said")
        case b"m":
            bytearray(400_000_000)[::4096] = bytes(97_657)
        case b"d":
            os.abort()
        case b"x":
            os._exit(0)
        case b"r":
            raise KeyError("key")
    return "fine"


def bounded(name, seeds, **options):
    """Return a target whose inputs may take 300 MB more than a fork of this process starts with.

    A fork starts without the pages of files: it reads them again when it touches them.
    """
    own = memory(b"RssAnon:")
    return Target(name, misbehave, seeds, most_megabytes=own + 300, **options)


@pytest.mark.parametrize(
    ("kind", "told"),
    [("s", "said"), ("m", "megabytes="), ("d", "SIGABRT"), ("x", "exit"), ("r", "KeyError")],
)
def test_the_harness_reports_what_breaks_a_promise_and_goes_on(kind, told, tmp_path, capsys):
    seeds = {"one": b"a", "two": kind.encode()}
    target = bounded("misbehaving", lambda: seeds, mutate=lambda content, rng: content + rng.randbytes(2))
    summary = fuzz(target, 60, 6, 0, tmp_path)
    assert (summary.failures, summary.codes["fine"] >= 3, summary.codes.total()) == (3, True, 6)
    assert told in capsys.readouterr().out
    assert {path.read_bytes()[:1] for path in tmp_path.iterdir()} == {kind.encode()}


def test_bombs_are_made_with_random_sizes_and_saved_if_they_fail(tmp_path):
    bombs = {"large one": lambda rng: b"r%d" % rng.randrange(1000)}
    target = bounded("bombed", lambda: {"one": b"a"}, bombs=bombs, mutate=lambda content, _: content)
    summary = fuzz(target, 60, 250, 0, tmp_path)
    assert summary.bombs == summary.failures >= 1
    assert {path.name[:18] for path in tmp_path.iterdir()} == {"bombed-0-large_one"}


def test_numbered_inputs_are_always_the_same():
    target = Target("same", misbehave, lambda: {"one": b"valid", "two": b"input"})
    contents = [[case.make() for case, _ in zip(mutations(target, 7), range(20), strict=False)] for _ in range(2)]
    assert contents[0] == contents[1]
    assert len(set(contents[0])) > 15


@pytest.mark.parametrize("damage", [damaged, rewritten([b"1e999", b'"'])])
def test_any_input_can_be_damaged(damage):
    assert isinstance(damage(b"", Random(0)), bytes)
    for content in (b"a", b"a,b\n1,2\n"):
        assert any(damage(content, Random(seed)) != content for seed in range(20))


def test_saved_inputs_are_tried_again(tmp_path):
    (tmp_path / "feed").write_bytes(b"id,photo\n1,a.jpg\n")
    run = run_fuzzer("--target", "feeds", "--try", tmp_path / "feed")
    assert (run.returncode, json.loads(run.stdout)["code"]) == (0, "read"), run.stderr


def test_memory_that_the_process_kept_of_other_inputs_does_not_count(tmp_path):
    kept = []

    def keep(_content):
        kept.append(b"k" * 30_000_000)
        return "fine"

    target = dataclasses.replace(
        bounded("keeping", lambda: {"one": b"a"}), attempt=keep, mutate=lambda content, _: content
    )
    kept_less = dataclasses.replace(target, most_megabytes=target.most_megabytes - 250)
    assert fuzz(kept_less, 60, 12, 0, tmp_path).failures == 0
