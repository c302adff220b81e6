"""Photos of the catalog, read and tagged again by the workers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from saekdong.catalog.ingest.batches import Task, tag_batch
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.products import NOWHERE, PhotoResult
from saekdong.fetch import FetchError, Mark
from saekdong.fetch.urls import is_address
from saekdong.work.pool import spread

_IN_BATCH = 8


def tag_stored(places: Iterable[str], resources: Resources) -> Iterator[PhotoResult]:
    """Yield the results of tagging the photos at these places again, without those that are kept nowhere.

    Addresses are all fetched at once, so give a few dozen places.
    """
    readable = [place for place in dict.fromkeys(places) if not place.startswith(NOWHERE)]
    for batch, results in spread(tag_batch, _batches(readable, resources), resources.workers, _failed):
        for task, result in zip(batch, results, strict=True):
            if result:
                yield result
            if str(task.path) != task.place:
                task.path.unlink(missing_ok=True)


def _failed(task: Task, error: BaseException) -> PhotoResult:
    return PhotoResult(task.place, error=("crashed", type(error).__name__))


def _batches(places: Sequence[str], resources: Resources) -> Iterator[list[Task]]:
    batch: list[Task] = []
    for task in _tasks(places, resources):
        batch.append(task)
        if len(batch) == _IN_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _tasks(places: Sequence[str], resources: Resources) -> Iterator[Task]:
    """Yield the photos that are files, then those at addresses; these are fetched meanwhile."""
    files = [(place, resources.spool / f"again-{n}") for n, place in enumerate(places) if is_address(place)]
    fetched = [(place, file, resources.fetcher.fetch(place, file)) for place, file in files]
    yield from (Task(place, Path(place), Mark()) for place in places if not is_address(place))
    for place, file, future in fetched:
        with suppress(FetchError):
            future.result()
            yield Task(place, file, Mark())
