"""`saekdong catalog add` and `watch`: tag the whole catalog, and keep it up to date."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saekdong.cli import options, show
from saekdong.cli.catalog.problems import Problems
from saekdong.errors import SaekdongError
from saekdong.interruption import STOPPED, STOPS, Interruptions, end_at_once
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from rich.progress import Progress

    from saekdong.catalog.contract import Store
    from saekdong.catalog.feeds import Feed
    from saekdong.catalog.ingest.recording import Counts
    from saekdong.catalog.ingest.resources import Resources
    from saekdong.color import Vocabulary
    from saekdong.registry import Selection

_F = TypeVar("_F", bound=Callable[..., Any])

ERRORS_FILE = "catalog.errors.csv"


def _adding(function: _F) -> _F:
    """Add the options that control how products are added."""
    for option in reversed(
        (
            click.option(
                "--map",
                "mapping",
                metavar="FIELD=COLUMN",
                multiple=True,
                show_default="as the last time",
                help="The column of a field, if it is not recognized: id, title, category, price, currency, link, "
                "group, color or photos (may be given several times).",
            ),
            click.option(
                "--as",
                "alias",
                metavar="NAME",
                help="The feed that this file replaces; by default a feed is identified by its path or address.",
            ),
            click.option(
                "--id-prefix",
                metavar="TEXT",
                show_default="as the last time",
                help="A prefix for the ids of this feed's products, to distinguish them from another feed's.",
            ),
            click.option(
                "--model",
                metavar="MODEL",
                envvar="SAEKDONG_MODEL",
                help="The model of a new catalog: a model.tar.gz, its folder, its name, a version such as shop@7, or "
                "'starter'. [default: the champion, otherwise the starter] A catalog that has one keeps it: "
                "see 'catalog model'.",
            ),
            click.option(
                "--executor",
                metavar="dask-local|dask://HOST:PORT",
                help="A Dask cluster to tag on. [default: processes of this machine]",
            ),
            click.option(
                "--jobs", type=click.IntRange(1, 256), help="The number of processes that tag. [default: one per core]"
            ),
            options.allow_private,
        )
    ):
        function = option(function)
    return function


@click.command(
    epilog=options.examples(
        "saekdong catalog add photos/",
        "saekdong catalog add products.csv --map photos=picture --map id=code",
        "saekdong catalog add https://shop.example/google-feed.xml --format json",
        "saekdong catalog add feed.tsv --executor dask://10.0.0.5:8786",
    )
)
@click.argument("place", metavar="FEED")
@_adding
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.lang
@options.workspace
def add(
    workspace: Workspace,
    place: str,
    mapping: tuple[str, ...],
    alias: str | None,
    id_prefix: str | None,
    model: str | None,
    executor: str | None,
    jobs: int | None,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Tag the products of FEED that are new or changed, and store them in the workspace's catalog.

    FEED is a folder of photos, a CSV, TSV, JSON Lines or Parquet file, a Google Merchant Center feed (TSV or XML), a
    Shopify or WooCommerce product export, a SmartStore or Cafe24 list of products saved as CSV, or the http(s) or s3
    address of such a file. Products that the feed no longer has are marked gone. Ctrl-C stops after the work in
    progress; the next run goes on from there.
    """
    from saekdong.fetch.urls import is_address

    _check_there(place)
    with _resources(workspace, model, executor, jobs, allow_private) as (resources, selected):
        copy = resources.spool / "feed" if is_address(place) else None
        if copy:
            resources.fetcher.download(place, copy)
        show.selection(selected)
        stop = _Stop()
        feed = _Feed(place, _pairs(mapping), copy, alias, id_prefix)
        counts = _add(Problems(workspace.root / ERRORS_FILE), feed, resources, stop)
        _show_summary(feed, counts, resources, selected.artifact.vocabulary, form, lang)
    if stop.asked:
        show.message("saekdong: stopped; the next run goes on from here")
        return STOPPED
    return 1 if counts.errors or counts.problems else 0


@click.command(
    epilog=options.examples(
        "saekdong catalog watch photos/ --every 10", "saekdong catalog watch https://shop.example/feed.xml --every 600"
    )
)
@click.argument("place", metavar="FEED")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds between two looks.",
)
@_adding
@options.workspace
def watch(
    workspace: Workspace,
    place: str,
    every: float,
    mapping: tuple[str, ...],
    alias: str | None,
    id_prefix: str | None,
    model: str | None,
    executor: str | None,
    jobs: int | None,
    allow_private: bool,
) -> int:
    """Add FEED's products, and look for changes again and again; each change prints a line on stdout.

    FEED is what 'catalog add' takes. A file or an address is read again if it has changed, and once a day. An
    unreadable feed is reported once, and retried. Stops on Ctrl-C or SIGTERM after the work in progress.
    """
    from saekdong.catalog.ingest.watching import Watched
    from saekdong.catalog.tagging_model import ModelChangedError

    problems = Problems(workspace.root / ERRORS_FILE)
    stop = _Stop()
    reported = ""
    try:
        with stop.listening(), _resources(workspace, model, executor, jobs, allow_private) as (resources, selected):
            show.selection(selected)
            watched = Watched(place, resources.fetcher, resources.spool / "feed")
            feed = _Feed(place, _pairs(mapping), watched.copy, alias, id_prefix)
            while not stop.asked:
                try:
                    if watched.is_due():
                        counts = _add(problems, feed, resources, stop)
                        if counts.new or counts.changed or counts.gone or problems.are_news:
                            _print_counts(counts)
                    reported = ""
                except ModelChangedError:
                    raise
                except Exception as error:
                    # A watch survives any error of one pass; a drive that is missing for a night is reported once.
                    watched.forget()
                    problem = str(error) if isinstance(error, SaekdongError) else f"unexpected {error!r}"
                    if problem != reported:
                        show.message(f"saekdong: {problem}")
                    reported = problem
                if not stop.asked:
                    time.sleep(every)
    except KeyboardInterrupt:
        pass
    show.message("saekdong: stopped")
    return 0


def _check_there(place: str) -> None:
    """Check that a feed on this machine exists, before a catalog is made for it.

    Raises:
        SaekdongError: the feed does not exist.
    """
    from saekdong.files import cannot_read

    if "://" not in place:
        try:
            Path(place).stat()
        except OSError as error:
            raise cannot_read(Path(place), error) from error


def _show_summary(
    feed: "_Feed", counts: "Counts", resources: "Resources", vocabulary: "Vocabulary", form: str, lang: Lang
) -> None:
    """Print the result of adding a feed's products, and the number of products of each label."""
    from saekdong.cli.catalog.stats import column_line
    from saekdong.color import OTHER

    labels = resources.store.label_counts(feed.name)
    other = labels.get(OTHER, 0)
    if form == "csv":
        show.records([{**counts.to_json(), "other": other, "model": str(resources.model)}], form)
    elif form != "table":
        model = {"name": resources.model.name, "id": resources.model.id.short}
        show.records([{**counts.to_json(), "other": other, "labels": labels, "model": model}], form)
    else:
        show.label_table(labels, [vocabulary, resources.store.vocabulary], lang)
        for words in resources.store.column_words():
            if words.named:
                click.echo(f"{words.key}: {column_line(words)}")
        show.records([counts.to_json()], form)
        click.echo(f"{counted(other, 'product')} tagged as other; model {resources.model}")


def _print_counts(counts: "Counts") -> None:
    line = ", ".join(f"{name} {number:,}" for name, number in counts.to_json().items())
    click.echo(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [pair for text in texts for pair in options.pairs([text], "--map").items()]


@contextmanager
def _resources(
    workspace: Workspace, model: str | None, executor: str | None, jobs: int | None, allow_private: bool
) -> "Iterator[tuple[Resources, Selection]]":
    """Open the resources for adding to the workspace's catalog, with its model."""
    from saekdong.catalog.ingest.resources import open_resources

    selected = workspace.registry.for_catalog(model)
    own_words = workspace.own_words(selected.artifact.vocabulary)
    with (
        workspace.catalog() as store,
        open_resources(store, selected.model, selected.artifact, executor, jobs, allow_private) as resources,
    ):
        if own_words != store.own_words():
            store.set_own_words(own_words)
        yield resources, selected


@dataclass(frozen=True)
class _Feed:
    """A feed, from the options; `copy` is the file with the content of an address."""

    place: str
    mapping: Sequence[tuple[str, str]]
    copy: Path | None
    alias: str | None
    id_prefix: str | None

    @property
    def name(self) -> str:
        """The catalog's key of the feed."""
        from saekdong.catalog.products import feed_name

        return feed_name(self.alias or self.place)

    @contextmanager
    def opened(self) -> "Iterator[Feed]":
        """Open it."""
        from saekdong.catalog.feeds import open_feed, with_prefix

        with open_feed(self.place, self.mapping, self.copy) as feed:
            yield replace(feed, name=self.name, items=with_prefix(feed.items, self.id_prefix or ""))

    def completed(self, store: "Store") -> "_Feed":
        """Return it with the options of its last run for those that are not given."""
        last = store.feed_options(self.name)
        id_prefix = last.id_prefix if self.id_prefix is None else self.id_prefix
        return replace(self, mapping=tuple(self.mapping) or last.mapping, id_prefix=id_prefix)

    def remember(self, opened: "Feed", store: "Store") -> None:
        """Store how it was read for the next run, and report what was guessed."""
        from saekdong.catalog.products import FeedOptions, folder_of
        from saekdong.fetch.urls import is_address

        guessed = tuple(("photos", column) for column in opened.guessed)
        for _, column in guessed:
            show.message(
                f"saekdong: photos are read from the column {column}, whose values look like photos; name another "
                "with --map photos=COLUMN"
            )
        folder = "" if is_address(self.place) else folder_of(self.place)
        options = FeedOptions(folder, (*self.mapping, *guessed), self.id_prefix or "")
        if options != store.feed_options(self.name):
            store.remember_feed(self.name, options)


def _add(problems: Problems, feed: _Feed, resources: "Resources", stop: "_Stop") -> "Counts":
    """Add a feed once, with a progress bar; report the first problems, and the file of all of them.

    Raises:
        SaekdongError: as `adding.add`, or products of the feed belong to other feeds; then nothing is added.
    """
    from saekdong.catalog.ingest.adding import add as add_feed
    from saekdong.catalog.ingest.adding import check_owners
    from saekdong.loop import Loop
    from saekdong.review.corrections import reconcile

    feed = feed.completed(resources.store)
    if resources.store.has_other_feeds(feed.name):
        with feed.opened() as opened:
            check_owners(opened, resources.store)
    with (
        stop.listening(),
        stop.gracefully(),
        problems.noted() as on_problem,
        feed.opened() as opened,
        show.progress() as bars,
    ):
        feed.remember(opened, resources.store)
        counts = add_feed(opened, resources, on_problem, _shown(bars), lambda: stop.asked)
        with Loop.beside(resources.store.path) as loop:
            reconcile(loop, resources.store)
        return counts


def _shown(bars: "Progress") -> "Callable[[Counts, float], None]":
    """Return a function that shows the progress, the speed and the number of errors on a bar."""
    task = bars.add_task("Adding", total=1.0, note="")
    begun = time.monotonic()

    def show_counts(counts: "Counts", share: float) -> None:
        rate = counts.products / max(time.monotonic() - begun, 1e-3)
        errors = f", {counted(counts.errors, 'error')}" if counts.errors else ""
        bars.update(task, completed=share, note=f"{counted(counts.products, 'product')}, {rate:,.0f}/s{errors}")

    return show_counts


class _Stop:
    """Whether Ctrl-C or SIGTERM was received. The first lets a graceful part finish; a second ends the process."""

    def __init__(self) -> None:
        self.asked = False
        self.graceful = False
        self._interruptions = Interruptions()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals during the block."""
        before = {number: signal.signal(number, self._take) for number in STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def gracefully(self) -> Iterator[None]:
        """Let the block finish after a first signal."""
        self.graceful = True
        try:
            yield
        finally:
            self.graceful = False

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._interruptions.is_second():
            end_at_once()
        if not self.graceful and not self.asked:
            raise KeyboardInterrupt
        self.asked = True
