"""What fuzzers share: inputs made from a seed, tried in processes with bounds, and a summary.

A target says what is tried: valid inputs, damaged, and for 30% of the time its bombs, which are made to take time or
memory. Both are numbered: number N of a seed is always the same bytes.
"""

import faulthandler
import json
import math
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count, islice
from pathlib import Path

from fuzz.mutating import damaged

_BATCH = 200
_BOMBS_SHARE = 0.3
_LONGEST_CPU = 30
_LONGEST_WAIT = 240
_MOST_ADDRESSES = 4 << 30
_MOST_KEPT = 40.0


@dataclass(frozen=True)
class Target:
    """What is fuzzed.

    Attributes:
        name: its name on the command line.
        attempt: uses an input and returns in a word what came of it. It catches the errors that are promised; all
            others are failures, and so is whatever is written to stderr.
        seeds: returns valid inputs by name.
        bombs: inputs made to take time or memory, by name; each made with a random size.
        mutate: damages a valid input.
        warm: called once before the first process: what it loads, all of them have.
        most_megabytes, most_seconds: of memory and processor that one input may take.
    """

    name: str
    attempt: Callable[[bytes], str]
    seeds: Callable[[], Mapping[str, bytes]]
    bombs: Mapping[str, Callable[[random.Random], bytes]] = field(default_factory=dict)
    mutate: Callable[[bytes, random.Random], bytes] = damaged
    warm: Callable[[], object] = lambda: None
    most_megabytes: float = 300
    most_seconds: float = 5.0

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"{self.name!r} is not a name for a target")


@dataclass(frozen=True)
class Outcome:
    """What came of one input, and what it took.

    Attributes:
        code: the attempt's word, or what ended it: an exception, a signal, `hangs`.
        megabytes: the most memory of the process, or of one that it started, meanwhile.
        seconds: of processor.
        stderr: what was written there.
        is_promised: whether the attempt returned.
    """

    code: str
    megabytes: float
    seconds: float
    stderr: str = ""
    is_promised: bool = True

    def fails(self, target: Target) -> bool:
        """Return whether the target broke its promises."""
        return self.is_costly(target) or bool(self.stderr) or not self.is_promised

    def is_costly(self, target: Target) -> bool:
        """Return whether the input took more than the target allows."""
        return self.megabytes > target.most_megabytes or self.seconds > target.most_seconds


@dataclass(frozen=True)
class Case:
    """A numbered input: its name in files and messages, and what makes its bytes."""

    name: str
    make: Callable[[], bytes]
    is_bomb: bool = False


@dataclass
class Summary:
    """What came of a target's inputs."""

    target: Target
    codes: Counter[str] = field(default_factory=Counter)
    bombs: int = 0
    failures: int = 0
    megabytes: float = 0
    seconds: float = 0
    wall: float = 0

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count one outcome."""
        self.codes[outcome.code[:60]] += 1
        self.bombs += case.is_bomb
        self.failures += outcome.fails(self.target)
        self.megabytes = max(self.megabytes, outcome.megabytes)
        self.seconds = max(self.seconds, outcome.seconds)

    def __str__(self) -> str:
        codes = ", ".join(f"{code} {times:,}" for code, times in self.codes.most_common(12))
        return (
            f"{self.target.name}: {self.codes.total():,} cases ({self.bombs:,} bombs), {self.failures:,} failures; at "
            f"most {self.megabytes:.0f} MB and {self.seconds:.2f} s of CPU each; {self.wall:.0f} s ({codes})"
        )


def mutations(target: Target, seed: int) -> Iterator[Case]:
    """Yield damaged inputs without end; each follows from the seed and its number alone."""
    valid = list(target.seeds().values())
    for number in count():
        name, content = f"{target.name}-{seed}-{number}", valid[number % len(valid)]
        yield Case(name, lambda content=content, name=name: target.mutate(content, random.Random(name)))


def bombs(target: Target, seed: int) -> Iterator[Case]:
    """Yield the target's bombs in turn, without end, each time of another size."""
    for number in count() if target.bombs else ():
        for kind, bomb in target.bombs.items():
            name = f"{target.name}-{seed}-{kind.replace(' ', '_')}-{number}"
            yield Case(name, lambda bomb=bomb, name=name: bomb(random.Random(name)), is_bomb=True)


def fuzz(target: Target, seconds: float, most: int, seed: int, folder: Path, first: int = 0) -> Summary:
    """Try a target's inputs until the time is over or `most` are tried; save those that fail; return what came.

    Args:
        target: what is fuzzed.
        seconds: how long.
        most: inputs.
        seed: of the cases.
        folder: where inputs that fail are saved.
        first: the number of the first damaged input.
    """
    target.warm()
    summary, start, bombing = Summary(target), time.monotonic(), 0.0
    damages, explosives = islice(mutations(target, seed), first, None), bombs(target, seed)
    while (left := most - summary.codes.total()) > 0 and (now := time.monotonic()) < start + seconds:
        is_bomb = bool(target.bombs) and bombing <= _BOMBS_SHARE * (now - start)
        batch = [next(explosives)] if is_bomb else list(islice(damages, min(_BATCH, left)))
        for case, outcome in _tried(target, batch, start + seconds):
            summary.add(case, outcome)
            if outcome.fails(target):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / case.name).write_bytes(case.make())
                print(f"{folder / case.name}: {outcome}", flush=True)
        bombing += is_bomb * (time.monotonic() - now)
    summary.wall = time.monotonic() - start
    return summary


def try_files(target: Target, files: list[Path]) -> int:
    """Try files and print what came of each, a JSON object a line; return how many fail."""
    target.warm()
    failures = 0
    for file in files:
        case = Case(file.name, file.read_bytes, is_bomb=True)
        ((_, outcome),) = _tried(target, [case], math.inf)
        failures += outcome.fails(target)
        print(json.dumps({"file": file.name, **asdict(outcome)}), flush=True)
    return failures


def _tried(target: Target, batch: list[Case], end: float) -> Iterator[tuple[Case, Outcome]]:
    """Try cases in as few processes as possible: another one only after a failure or much memory."""
    left = list(batch)
    while left:
        for position, outcome in enumerate(_in_process(target, left, end)):
            case = left.pop(0)
            if position and outcome.is_promised and outcome.is_costly(target):
                # What the process kept of the inputs before counts here, too: only alone it is the input's own.
                *_, outcome = _in_process(target, [case], end)
            yield case, outcome
        if time.monotonic() > end:
            return


def _in_process(target: Target, batch: list[Case], end: float) -> Iterator[Outcome]:
    """Try cases in one forked process, until it ends; yield at least one outcome."""
    # A bomb is made here, so that making it does not count as the process's work.
    contents = [case.make() if case.is_bomb else None for case in batch]
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            os.close(reader)
            _try_each(target, zip(batch, contents, strict=True), end, writer, errors.fileno())
        os.close(writer)
        ending = "exit"
        try:
            for line in _lines(reader):
                yield Outcome(**json.loads(line))
                ending = ""
        except TimeoutError:
            ending = "hangs"
        finally:
            os.close(reader)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL if ending == "hangs" else 0)
            _, status, used = os.wait4(child, 0)
        if os.WIFSIGNALED(status) and ending != "hangs":
            ending = f"signal {signal.Signals(os.WTERMSIG(status)).name}"
        if ending:
            stderr = os.pread(errors.fileno(), 4000, 0).decode(errors="replace")
            megabytes, seconds = used.ru_maxrss * 1024 / 1e6, used.ru_utime + used.ru_stime
            yield Outcome(ending, megabytes, seconds, stderr, is_promised=False)


def _lines(pipe: int) -> Iterator[bytes]:
    """Yield a pipe's lines; raise TimeoutError if none comes for minutes."""
    waiting = b""
    while True:
        if not select.select([pipe], [], [], _LONGEST_WAIT)[0]:
            raise TimeoutError
        content = os.read(pipe, 1 << 16)
        if not content:
            return
        *lines, waiting = (waiting + content).split(b"\n")
        yield from lines


def _try_each(
    target: Target, batch: Iterable[tuple[Case, bytes | None]], end: float, reports: int, errors: int
) -> None:
    """Try cases one after another and report each; never return."""
    os.dup2(errors, 2)
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code, before = 1, 0.0
    try:
        for case, content in batch:
            outcome = _measured(target, case.make() if content is None else content, errors)
            os.write(reports, json.dumps(asdict(outcome)).encode() + b"\n")
            # What a process keeps of one input would be counted against the next; the first one may load what all need.
            before = before or memory(b"VmRSS:")
            is_grown = memory(b"VmRSS:") > before + _MOST_KEPT
            if is_grown or outcome.fails(target) or time.monotonic() > end:
                break
        code = 0
    finally:
        os._exit(code)


def _measured(target: Target, content: bytes, errors: int) -> Outcome:
    before, written = _processor(), os.fstat(errors).st_size
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(before) + _LONGEST_CPU, hard))
    _forget_peak()
    is_promised = True
    try:
        code = target.attempt(content)
    except BaseException as error:
        code, is_promised = f"{type(error).__name__}: {error}"[:500], False
    seconds = _processor() - before
    sys.stderr.flush()
    stderr = os.pread(errors, 4000, written).decode(errors="replace")
    return Outcome(code, _peak(), seconds, stderr, is_promised)


def _processor() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _forget_peak() -> None:
    """Let the peak be measured from here on; where the kernel does not, it is that of all cases of this process."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_bytes(b"5")


def _peak() -> float:
    """Return the most memory of this process, or of one that it started, in megabytes."""
    return max(memory(b"VmHWM:"), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6)


def memory(field: bytes) -> float:
    """Return a field of /proc/self/status, in megabytes."""
    status = Path("/proc/self/status").read_bytes()
    return int(status.partition(field)[2].split(maxsplit=1)[0]) * 1024 / 1e6
