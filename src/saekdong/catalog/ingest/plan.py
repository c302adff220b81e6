"""Which photos of a feed's products must be looked at, and which products wait for each of them."""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from saekdong.catalog.feeds import Entry
from saekdong.catalog.ingest.batches import Task
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.stored_products import StoredPhoto, StoredProduct
from saekdong.fetch import Mark
from saekdong.fetch.urls import is_address

_REMEMBERED = 1_000

Report = Callable[["Job", str, tuple[str, str]], None]


@dataclass(eq=False)
class Job:
    """A product of the feed whose photos are being looked at.

    Attributes:
        entry: the product as the feed lists it.
        known: what is stored of it; None if nothing is.
        waiting: how many of its photos are not done yet.
        results: what tagging its new or changed photos gave.
        marks: of photos whose content has not changed although their marks have, by place.
    """

    entry: Entry
    known: StoredProduct | None
    waiting: int = 0
    results: list[PhotoResult] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def product(self) -> Product:
        """The product."""
        return self.entry.product

    @property
    def is_new(self) -> bool:
        """Whether the catalog does not have the product."""
        return self.known is None or self.known.gone

    @property
    def is_changed(self) -> bool:
        """Whether a field or a photo differs from what is stored."""
        return self.known is None or self.known.digest != self.product.digest() or bool(self.results)

    def photo(self, place: str) -> StoredPhoto | None:
        """Return what is stored of a photo."""
        return self.known.photos.get(place) if self.known else None


class Plan:
    """The photos that are being looked at, each once, for all the products that have it.

    Args:
        current: the ids of the models whose tags are up to date; a photo that another one tagged is tagged again.
        on_done: takes each product whose photos are all done.
        on_error: takes a product, the place of a photo that cannot be used, and the error's code and message.
    """

    def __init__(self, current: Collection[str], on_done: Callable[[Job], None], on_error: Report) -> None:
        self._current, self._on_done, self._on_error = current, on_done, on_error
        self._waiting: dict[tuple[str, str], list[Job]] = {}
        self._latest: OrderedDict[str, PhotoResult] = OrderedDict()

    def add(self, job: Job) -> Iterator[Task]:
        """Yield those of a product's photos that must be looked at and are not being looked at already."""
        # One more than there are, so that the product is not done before all its photos are planned.
        job.waiting = 1
        for place in job.product.photos:
            task = self._task(job, place)
            if task is None:
                continue
            job.waiting += 1
            if not task.known and (result := self._latest.get(place)):
                self._give(job, task, result)
            elif task.key in self._waiting:
                self._waiting[task.key].append(job)
            else:
                self._waiting[task.key] = [job]
                yield task
        self._count_down(job)

    def settle(self, task: Task, result: PhotoResult | None) -> None:
        """Give the result of a photo to all products that wait for it; None if its content has not changed."""
        for job in self._waiting.pop(task.key):
            self._give(job, task, result)
        if result and not task.known:
            self._latest[task.place] = result
            if len(self._latest) > _REMEMBERED:
                self._latest.popitem(last=False)

    def _task(self, job: Job, place: str) -> Task | None:
        """Return what to do about a photo; None if it has not changed."""
        known = job.photo(place)
        is_known = known is not None and known.model in self._current and bool(known.mark.digest)
        digest = known.mark.digest if known and is_known else ""
        if is_address(place):
            return Task(place, Path(), known.mark if known and is_known else Mark(), digest)
        try:
            state = os.stat(place)  # noqa: PTH116
        except (OSError, ValueError):
            # Reading it reports what is wrong.
            return Task(place, Path(place), Mark(), digest)
        mark = Mark(size=state.st_size, mtime_ns=state.st_mtime_ns)
        if known and is_known and known.mark._replace(digest="") == mark:
            if known.error:
                self._on_error(job, place, known.error)
            return None
        return Task(place, Path(place), mark, digest)

    def _give(self, job: Job, task: Task, result: PhotoResult | None) -> None:
        known = job.photo(task.place)
        if error := result.error if result else known and known.error:
            self._on_error(job, task.place, error)
        if result and not _keeps_stored(result, known):
            job.results.append(result)
        elif result is None and known and known.mark != (mark := task.mark._replace(digest=task.known)):
            job.marks[task.place] = mark
        self._count_down(job)

    def _count_down(self, job: Job) -> None:
        job.waiting -= 1
        if not job.waiting:
            self._on_done(job)


def _keeps_stored(result: PhotoResult, known: StoredPhoto | None) -> bool:
    """Return whether the stored tags of a photo are kept: its content could not be read, which may pass."""
    return known is not None and bool(result.error) and not result.mark.digest
