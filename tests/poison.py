"""Work that goes wrong in ways that only a process of its own survives; importable by the workers of a pool."""

import os
from collections.abc import Sequence
from pathlib import Path

from saekdong.catalog.ingest import batches
from saekdong.catalog.ingest.batches import Task
from saekdong.catalog.products import PhotoResult
from saekdong.model.artifact import Artifact

POISON = b"poison"


def setup() -> None:
    """Nothing to set up."""


def double(numbers: Sequence[int]) -> list[int]:
    """Double numbers; 13 ends the process, 17 raises, 19 takes more memory than there is."""
    for number in numbers:
        if number == 13:
            os._exit(1)
        if number == 17:
            raise ValueError(number)
        if number == 19:
            raise MemoryError
    return [2 * number for number in numbers]


def die_once(names: Sequence[str]) -> list[str]:
    """End the process for each file that is there, once."""
    for name in names:
        if Path(name).exists():
            Path(name).unlink()
            os._exit(1)
    return list(names)


def always_die(_: Sequence[object]) -> list[object]:
    """End the process."""
    os._exit(1)


def load_tagger(artifact: Artifact) -> None:
    """Load the tagger; its batches die of photos that are poisoned."""
    batches.load_tagger(artifact)


def tag_or_die(tasks: Sequence[Task]) -> list[PhotoResult | None]:
    """Tag a batch; a poisoned photo ends the process, as a decoder would in which it overflows."""
    if any(task.path.exists() and task.path.read_bytes().endswith(POISON) for task in tasks):
        os._exit(139)
    return batches.tag_batch(tasks)
