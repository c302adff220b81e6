"""What a run over a feed stores and reports."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from saekdong.catalog.contract import Store
from saekdong.catalog.feeds import Feed, Problem
from saekdong.catalog.ingest.plan import Job
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore


@dataclass
class Counts:
    """What became of a feed's products.

    Attributes:
        new, changed, unchanged, gone: products; changed are those with a new feed entry, photo or model.
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


class Record:
    """One run in the catalog: stores products when their photos are done, and counts and reports.

    Args:
        feed: what is added.
        store: the catalog.
        features: keeps the photos' features.
        model: what tags.
        on_problem: takes each problem.
        on_progress: takes the counts so far, and the share of the feed that is done, 0 to 1.

    Attributes:
        run: the run's number.
        since: the number of the catalog's last change when the run began.
        counts: so far.
        read: products that the feed has listed so far.
    """

    def __init__(
        self,
        feed: Feed,
        store: Store,
        features: FeatureStore,
        model: TaggingModel,
        on_problem: Callable[[Problem], None],
        on_progress: Callable[[Counts, float], None],
    ) -> None:
        self._feed, self._store, self._features, self._model = feed, store, features, model
        self._on_problem, self._on_progress = on_problem, on_progress
        self.since = store.version()
        self.run = store.begin(feed.name)
        self.counts = Counts()
        self.read = 0
        self._done: list[Job] = []

    def add(self, job: Job) -> None:
        """Take a product whose photos are done; `write` stores it."""
        self._done.append(job)

    def report(self, problem: Problem) -> None:
        """Count and report a problem of the feed."""
        self.counts.problems += 1
        self._on_problem(problem)

    def report_photo(self, job: Job, place: str, error: tuple[str, str]) -> None:
        """Count and report a photo that cannot be used."""
        self.counts.errors += 1
        message = f"{place}: {': '.join(error)}"
        self._on_problem(Problem(self._feed.name, job.entry.line, job.product.id, "photos", message))

    def write(self) -> None:
        """Store the products that are done."""
        jobs, self._done = self._done, []
        changed = [job for job in jobs if job.is_new or job.is_changed]
        same = [job.product.id for job in jobs if not (job.is_new or job.is_changed)]
        if changed:
            products = [(job.product, job.results) for job in changed]
            self._features.put(each.features for job in changed for each in job.results if each.features)
            self.counts.tags_changed += self._store.put(products, self.run, self._model)
        if same:
            self._store.touch(same, self.run)
        if marks := [(job.product.id, place, mark) for job in jobs for place, mark in job.marks.items()]:
            self._store.remember(marks)
        self.counts.new += sum(job.is_new for job in changed)
        self.counts.changed += sum(not job.is_new for job in changed)
        self.counts.unchanged += len(same)
        # What is read is not done yet: of a short feed all is read at once.
        self._on_progress(self.counts, self._feed.done() * self.counts.products / max(self.read, 1))
