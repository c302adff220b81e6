"""The function that tags one batch of photos, in any kind of worker."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import PhotoResult
from saekdong.fetch import Mark
from saekdong.model.artifact import Artifact
from saekdong.photo import PhotoError, photo_at
from saekdong.tagging import Tagger


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to tag.

    Attributes:
        place: its path or address, as the product names it.
        path: the file with its content.
        mark: what is known of it.
        known: the content's digest when this model tagged it last, or nothing.
        content: the content itself, for workers that do not see the file.
    """

    place: str
    path: Path
    mark: Mark
    known: str = ""
    content: bytes | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The key of a task: tasks with the same key have the same result."""
        return self.place, self.known


@dataclass(frozen=True)
class _Worker:
    tagger: Tagger
    model: str


_worker: list[_Worker] = []


def load_tagger(artifact: Artifact) -> None:
    """Load what `tag_batch` tags with, once in each worker."""
    _worker[:] = [_Worker(Tagger(artifact), artifact.id)]


def tag_batch(tasks: Sequence[Task]) -> list[PhotoResult | None]:
    """Tag photos; return None for one whose content is known already."""
    return [_tag(task, _worker[0]) for task in tasks]


def _tag(task: Task, worker: _Worker) -> PhotoResult | None:
    try:
        content = task.content if task.content is not None else photo_at(str(task.path), Path()).read()
    except PhotoError as error:
        # Without a digest in its mark, it is read again next time.
        return PhotoResult(task.place, model=worker.model, error=(error.code, str(error)))
    if task.known and hashlib.sha256(content).hexdigest() == task.known:
        return None
    return photo_result(worker.tagger, worker.model, task.place, task.mark, content)
