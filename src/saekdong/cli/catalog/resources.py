"""What adding and comparing need besides a feed, opened and closed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from saekdong.scratch import scratch_folder

if TYPE_CHECKING:
    from saekdong.catalog.ingest.adding import Resources
    from saekdong.catalog.sqlite.store import Store
    from saekdong.selection import Selection


@contextmanager
def open_resources(
    store: "Store", selected: "Selection", executor: str | None, jobs: int | None, allow_private: bool
) -> "Iterator[Resources]":
    """Open workers that tag by a model, a fetcher and a folder for photos, for a catalog."""
    from saekdong.catalog.ingest.adding import Resources
    from saekdong.catalog.ingest.batches import load_tagger
    from saekdong.fetch.fetcher import Fetcher
    from saekdong.work.pool import open_workers

    with ExitStack() as stack:
        spool = stack.enter_context(scratch_folder())
        workers = stack.enter_context(open_workers(executor, jobs, partial(load_tagger, selected.artifact)))
        fetcher = stack.enter_context(Fetcher(allow_private=allow_private))
        yield Resources(store, selected.model, workers, fetcher, spool)
