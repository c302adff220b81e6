"""A feed into the catalog: what is new or changed is fetched and tagged, the rest is left as it is."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from saekdong.catalog.contract import Store
from saekdong.catalog.feeds import Entry, Feed, FeedError, Problem
from saekdong.catalog.ingest.batches import Task, tag_batch
from saekdong.catalog.ingest.downloading import Downloads
from saekdong.catalog.ingest.plan import Job, Plan
from saekdong.catalog.ingest.recording import Counts, Record
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.products import PhotoResult
from saekdong.errors import SaekdongError
from saekdong.fetch import FetchError
from saekdong.fetch.urls import is_address
from saekdong.lang import counted
from saekdong.locks import only_one
from saekdong.photo import PhotoError, photo_at
from saekdong.work.pool import spread

_LOOKED_UP = 256
_IN_BATCH = 16
_NAMED = 3


def add(
    feed: Feed,
    resources: Resources,
    on_problem: Callable[[Problem], None],
    on_progress: Callable[[Counts, float], None] = lambda counts, share: None,  # noqa: ARG005
    should_stop: Callable[[], bool] = lambda: False,
) -> Counts:
    """Bring the catalog up to date with a feed.

    A product whose fields, photos and model have not changed is left alone. If the run ends early, what it has done is
    kept, and the next one does the rest. Only one run per feed at a time.

    Args:
        feed: open.
        resources: what it takes.
        on_problem: takes each problem.
        on_progress: takes, now and then, the counts so far and the share of the feed that is done, 0 to 1.
        should_stop: asked now and then; what is in flight is finished.

    Raises:
        SaekdongError: the feed cannot be read to its end; no product is then taken for gone. Or another process is
            adding it.
    """
    store, model = resources.store, resources.model
    with only_one(_lock_of(feed.name, store.path), f"another run is adding {feed.name}"), store.bulk():
        removed = store.finish_removal(feed.name)
        record = Record(feed, store, resources.features, model, on_problem, on_progress)
        run = _Run(feed, resources, record)
        results = spread(tag_batch, run.batches(), resources.workers, partial(_failed, model.id), should_stop)
        for batch, tagged in results:
            run.take(batch, tagged)
        record.write()
        if run.broken:
            raise run.broken
        if not should_stop():
            removed += store.finish(record.run)
            record.counts.tags_changed += store.fuse_again(should_stop, record.since)
        record.counts.gone = removed
        return record.counts


def check_owners(feed: Feed, store: Store) -> None:
    """Read a feed, and refuse it if its products belong to other feeds: each product has one feed that keeps it.

    Raises:
        SaekdongError: some do; whose they are, how many, and the first.
    """
    owned: dict[str, list[str]] = {}
    entries = (item for item in feed.items if isinstance(item, Entry))
    with suppress(FeedError):  # adding reports it
        while chunk := [entry.product.id for entry in islice(entries, _LOOKED_UP)]:
            for product, owner in store.owners(chunk, feed.name).items():
                owned.setdefault(owner, []).append(product)
    if owned:
        owner = max(owned, key=lambda name: len(owned[name]))
        count = sum(map(len, owned.values()))
        first = ", ".join(owned[owner][:_NAMED])
        others = f" and {counted(len(owned) - 1, 'more feed')} have" if len(owned) > 1 else " has"
        raise SaekdongError(
            f"{owner}{others} {counted(count, 'product')} of {feed.name} already: {first}"
            f"{', ...' if len(owned[owner]) > _NAMED else ''}",
            fix=f"if this is a newer file of that feed, add --as {owner}; if it is another shop's, "
            "set its ids apart with --id-prefix",
        )


def _lock_of(feed: str, catalog: Path) -> Path:
    return catalog.with_name(f".{catalog.name}-{hashlib.sha256(feed.encode()).hexdigest()[:12]}.lock")


def _failed(model: str, task: Task, error: BaseException) -> PhotoResult:
    """Return the result of a photo that kills workers; with its digest, so that only a changed one is tried again."""
    problem = ("crashed", f"tagging it ended its worker ({type(error).__name__})")
    try:
        content = task.content if task.content is not None else photo_at(str(task.path), Path()).read()
    except PhotoError:
        return PhotoResult(task.place, model=model, error=problem)
    mark = task.mark._replace(digest=hashlib.sha256(content).hexdigest())
    return PhotoResult(task.place, mark, model, error=problem)


class _Run:
    """The way of a feed's photos through one run: planned, downloaded, and gathered into batches for the workers."""

    def __init__(self, feed: Feed, resources: Resources, record: Record) -> None:
        self.feed, self.resources, self.record = feed, resources, record
        self.plan = Plan(resources.model.current, record.add, record.report_photo)
        self.downloads = Downloads(resources.fetcher, resources.spool)
        self.broken: FeedError | None = None

    def batches(self) -> Iterator[list[Task]]:
        """Yield batches of photos to tag as their content arrives; an empty one if there is none at the moment."""
        batch: list[Task] = []
        for task in self._readable():
            if task:
                batch.append(task if self.resources.workers.shares_files else _with_content(task))
            if len(batch) >= _IN_BATCH or not task:
                yield batch
                batch = []
            if not task:
                self.record.write()
        if batch:
            yield batch

    def take(self, batch: Sequence[Task], results: Sequence[PhotoResult | None]) -> None:
        """Give the results of a batch to the products that wait for them, and store those that are done."""
        for task, result in zip(batch, results, strict=True):
            if str(task.path) != task.place:
                task.path.unlink(missing_ok=True)
            self.plan.settle(task, result)
        self.record.write()

    def _readable(self) -> Iterator[Task | None]:
        """Yield photos whose content is there; None if there is none for a moment."""
        for task in self._planned():
            if task is None:
                yield None
            elif not is_address(task.place):
                yield task
            else:
                self.downloads.start(task)
                while self.downloads.is_full:
                    yield from self._arrived()
        while self.downloads.running:
            yield from self._arrived()

    def _planned(self) -> Iterator[Task | None]:
        """Yield the photos that must be looked at, and None after each look into the store."""
        entries = self._entries()
        while chunk := list(islice(entries, _LOOKED_UP)):
            known = self.resources.store.known([entry.product.id for entry in chunk])
            for entry in chunk:
                yield from self.plan.add(Job(entry, known.get(entry.product.id)))
            yield None

    def _entries(self) -> Iterator[Entry]:
        try:
            for item in self.feed.items:
                if isinstance(item, Problem):
                    self.record.report(item)
                else:
                    self.record.read += 1
                    yield item
        except FeedError as error:
            # What is in flight is finished first.
            self.broken = error

    def _arrived(self) -> Iterator[Task | None]:
        """Wait a moment for a download to end; yield its photo if it is to be tagged."""
        arrival = self.downloads.next()
        if arrival is None:
            yield None
        elif arrival.is_new:
            yield arrival.task
        else:
            task, error = arrival.task, arrival.error
            self.plan.settle(task, self._unavailable(task.place, error) if error else None)

    def _unavailable(self, place: str, error: FetchError) -> PhotoResult:
        return PhotoResult(place, model=self.resources.model.id, error=(error.code, str(error)))


def _with_content(task: Task) -> Task:
    try:
        return replace(task, content=photo_at(str(task.path), Path()).read())
    except PhotoError:
        # The worker reports it.
        return task
