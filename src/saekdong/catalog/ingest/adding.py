"""A feed into the catalog: what is new or changed is fetched and tagged, the rest is left as it is."""

import hashlib
import os
import queue
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

from saekdong.catalog.feeds import Entry, Feed, FeedError, Problem
from saekdong.catalog.ingest.batches import Task, tag_batch
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.records import Known, KnownPhoto
from saekdong.catalog.sqlite.store import Store
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.fetch import FetchError, Mark
from saekdong.fetch.downloads import Fetched
from saekdong.fetch.fetcher import Fetcher
from saekdong.fetch.urls import is_address
from saekdong.lang import counted
from saekdong.locks import only_one
from saekdong.photo import PhotoError, photo_at
from saekdong.work.pool import Workers, spread

_LOOKED_UP = 256
_IN_BATCH = 16
_FETCHED_AHEAD = 64
_REMEMBERED = 1_000
_MOMENT = 0.1
_NAMED = 3


@dataclass
class Counts:
    """What became of a feed's products.

    Attributes:
        new, changed, unchanged, gone: products; changed are those of which the feed, a photo or the model differs.
        errors: photos that cannot be used.
        problems: what else is wrong in the feed.
        tags_changed: products that were in the catalog and have other labels now.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    errors: int = 0
    problems: int = 0
    tags_changed: int = 0

    @property
    def products(self) -> int:
        """How many products of the feed were seen."""
        return self.new + self.changed + self.unchanged

    def to_json(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Means:
    """What adding needs besides a feed.

    Attributes:
        store: the catalog.
        model: what the workers tag with.
        workers: who tag.
        fetcher: who fetches.
        spool: a folder for photos between fetching and tagging.
    """

    store: Store
    model: TaggingModel
    workers: Workers
    fetcher: Fetcher
    spool: Path


def add(
    feed: Feed,
    means: Means,
    tell: Callable[[Problem], None],
    advanced: Callable[[Counts, float], None] = lambda counts, share: None,  # noqa: ARG005
    stopping: Callable[[], bool] = lambda: False,
) -> Counts:
    """Bring the catalog up to date with a feed.

    A product whose fields, photos and model have not changed is left alone. If the run ends early, what it has done is
    kept, and the next one does the rest. Only one run per feed at a time.

    Args:
        feed: open.
        means: what it takes.
        tell: called with each problem.
        advanced: called now and then with the counts so far, and the share of the feed that is done, 0 to 1.
        stopping: asked now and then whether to stop; what is in flight is finished.

    Raises:
        SaekdongError: the feed cannot be read to its end; no product is then taken for gone. Or another process is
            adding it.
    """
    with only_one(_lock_of(feed.name, means.store.path), f"another run is adding {feed.name}"), means.store.bulk():
        removed = means.store.finish_removal(feed.name)
        run = _Run(feed, means, tell, advanced)
        results = spread(tag_batch, run.batches(), means.workers, partial(_failed, means.model.digest), stopping)
        for batch, tagged in results:
            run.take(batch, tagged)
        run.write()
        if run.broken:
            raise run.broken
        if not stopping():
            removed += means.store.finish(run.number)
        run.counts.gone = removed
        return run.counts


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
    """Tell of a photo at which workers die; with its digest, so that it is not tried again before it changes."""
    told = ("crashed", f"tagging it ended its worker ({type(error).__name__})")
    try:
        content = task.content if task.content is not None else photo_at(str(task.path), Path()).read()
    except PhotoError:
        return PhotoResult(task.place, model=model, error=told)
    mark = task.mark._replace(digest=hashlib.sha256(content).hexdigest())
    return PhotoResult(task.place, mark, model, error=told)


@dataclass(eq=False)
class _Job:
    """A product on its way: what was known of it, and what its photos have given so far.

    `marks` are of photos whose content is as it was, by place: by them they are known next time.
    """

    entry: Entry
    known: Known | None
    waiting: int = 0
    results: list[PhotoResult] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def product(self) -> Product:
        return self.entry.product

    @property
    def is_new(self) -> bool:
        return self.known is None or self.known.gone

    @property
    def is_changed(self) -> bool:
        return self.known is None or self.known.digest != self.product.digest() or bool(self.results)

    def photo(self, place: str) -> KnownPhoto | None:
        return self.known.photos.get(place) if self.known else None


class _Run:
    """One run over a feed."""

    def __init__(
        self, feed: Feed, means: Means, tell: Callable[[Problem], None], advanced: Callable[[Counts, float], None]
    ) -> None:
        self.feed, self.means, self.tell, self.advanced = feed, means, tell, advanced
        self.number = means.store.begin(feed.name)
        self.counts = Counts()
        self.read = 0
        self.broken: Exception | None = None
        self.finished: list[_Job] = []
        self.waiting: dict[tuple[str, str], list[_Job]] = {}
        self.latest: OrderedDict[str, PhotoResult] = OrderedDict()
        self.fetched: queue.SimpleQueue[tuple[Task, Future[Fetched]]] = queue.SimpleQueue()
        self.fetching = 0
        self.files = 0

    def batches(self) -> Iterator[list[Task]]:
        """Yield batches of photos to tag, as their content is there; an empty one where there is none at the moment."""
        batch: list[Task] = []
        for task in self._tasks():
            if task:
                batch.append(task if self.means.workers.shares_files else self._with_content(task))
            if len(batch) >= _IN_BATCH or not task:
                yield batch
                batch = []
            if not task:
                self.write()
        if batch:
            yield batch

    def take(self, batch: Sequence[Task], results: Sequence[PhotoResult | None]) -> None:
        """Give the results of a batch to the products that wait for them, and store those that are complete."""
        for task, result in zip(batch, results, strict=True):
            if str(task.path) != task.place:
                task.path.unlink(missing_ok=True)
            self._settle(task, result)
        self.write()

    def write(self) -> None:
        """Store the products that are complete."""
        jobs, self.finished = self.finished, []
        changed = [job for job in jobs if job.is_new or job.is_changed]
        same = [job.product.id for job in jobs if not (job.is_new or job.is_changed)]
        if changed:
            products = [(job.product, job.results) for job in changed]
            self.counts.tags_changed += self.means.store.put(products, self.number, self.means.model)
        if same:
            self.means.store.touch(same, self.number)
        if marks := [(job.product.id, place, mark) for job in jobs for place, mark in job.marks.items()]:
            self.means.store.remember(marks)
        self.counts.new += sum(job.is_new for job in changed)
        self.counts.changed += sum(not job.is_new for job in changed)
        self.counts.unchanged += len(same)
        # What is read is not done yet: of a short feed all is read at once.
        self.advanced(self.counts, self.feed.done() * self.counts.products / max(self.read, 1))

    def _tasks(self) -> Iterator[Task | None]:
        """Yield photos whose content is there; None where there is none for a moment."""
        for task in self._planned():
            if task is None:
                yield None
            elif not is_address(task.place):
                yield task
            else:
                self._fetch(task)
                while self.fetching >= _FETCHED_AHEAD:
                    yield from self._arrived()
        while self.fetching:
            yield from self._arrived()

    def _planned(self) -> Iterator[Task | None]:
        """Yield the photos that must be looked at, and None after each look into the store."""
        entries = self._entries()
        while chunk := list(islice(entries, _LOOKED_UP)):
            known = self.means.store.known([entry.product.id for entry in chunk])
            for entry in chunk:
                yield from self._plan(_Job(entry, known.get(entry.product.id)))
            yield None

    def _entries(self) -> Iterator[Entry]:
        try:
            for item in self.feed.items:
                if isinstance(item, Problem):
                    self.counts.problems += 1
                    self.tell(item)
                else:
                    self.read += 1
                    yield item
        except FeedError as error:
            # What is in flight is finished first.
            self.broken = error

    def _plan(self, job: _Job) -> Iterator[Task]:
        """Yield those of a product's photos that must be looked at and are not looked at already."""
        # One more than there are, so that the product is not complete before all photos are planned.
        job.waiting = 1
        for place in job.product.photos:
            task = self._task(job, place)
            if task is None:
                continue
            job.waiting += 1
            if not task.known and (result := self.latest.get(place)):
                self._give(job, task, result)
            elif task.key in self.waiting:
                self.waiting[task.key].append(job)
            else:
                self.waiting[task.key] = [job]
                yield task
        self._done(job)

    def _task(self, job: _Job, place: str) -> Task | None:
        """Return what there is to do about a photo; None where it is known to be unchanged."""
        known = job.photo(place)
        is_known = known is not None and known.model == self.means.model.digest and bool(known.mark.digest)
        digest = known.mark.digest if known and is_known else ""
        if is_address(place):
            return Task(place, Path(), known.mark if known and is_known else Mark(), digest)
        try:
            state = os.stat(place)  # noqa: PTH116
        except (OSError, ValueError):
            # Reading it says what is wrong.
            return Task(place, Path(place), Mark(), digest)
        mark = Mark(size=state.st_size, mtime_ns=state.st_mtime_ns)
        if known and is_known and known.mark._replace(digest="") == mark:
            if known.error:
                self._tell_photo(job, place, known.error)
            return None
        return Task(place, Path(place), mark, digest)

    def _fetch(self, task: Task) -> None:
        self.files += 1
        task = replace(task, path=self.means.spool / str(self.files))
        self.fetching += 1
        future = self.means.fetcher.fetch(task.place, task.path, task.mark)
        future.add_done_callback(lambda future: self.fetched.put((task, future)))

    def _arrived(self) -> Iterator[Task | None]:
        """Wait a moment for one photo that was being fetched; yield it if it is to be tagged."""
        try:
            task, future = self.fetched.get(timeout=_MOMENT)
        except queue.Empty:
            yield None
            return
        self.fetching -= 1
        try:
            fetched = future.result()
        except FetchError as error:
            task.path.unlink(missing_ok=True)
            self._settle(task, PhotoResult(task.place, model=self.means.model.digest, error=(error.code, str(error))))
            return
        if fetched.is_new:
            yield replace(task, mark=fetched.mark)
        else:
            task.path.unlink(missing_ok=True)
            self._settle(task, None)

    def _with_content(self, task: Task) -> Task:
        try:
            return replace(task, content=photo_at(str(task.path), Path()).read())
        except PhotoError:
            # The worker says so.
            return task

    def _settle(self, task: Task, result: PhotoResult | None) -> None:
        """Give what became of a photo to all products that wait for it."""
        for job in self.waiting.pop(task.key):
            self._give(job, task, result)
        if result and not task.known:
            self.latest[task.place] = result
            if len(self.latest) > _REMEMBERED:
                self.latest.popitem(last=False)

    def _give(self, job: _Job, task: Task, result: PhotoResult | None) -> None:
        known = job.photo(task.place)
        if error := result.error if result else known and known.error:
            self._tell_photo(job, task.place, error)
        if result and not _says_nothing_new(result, known):
            job.results.append(result)
        elif result is None and known and known.mark != (mark := task.mark._replace(digest=task.known)):
            job.marks[task.place] = mark
        self._done(job)

    def _tell_photo(self, job: _Job, place: str, error: tuple[str, str]) -> None:
        self.counts.errors += 1
        self.tell(Problem(self.feed.name, job.entry.line, job.product.id, "photos", f"{place}: {': '.join(error)}"))

    def _done(self, job: _Job) -> None:
        job.waiting -= 1
        if not job.waiting:
            self.finished.append(job)


def _says_nothing_new(result: PhotoResult, known: KnownPhoto | None) -> bool:
    """Tell whether what is stored of a photo stays: its content could not be had, which may pass."""
    return known is not None and bool(result.error) and not result.mark.digest
