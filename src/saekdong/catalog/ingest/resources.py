"""What a run over a feed needs besides the feed, opened and closed together."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from saekdong.catalog.contract import Store
from saekdong.catalog.ingest.batches import load_tagger
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore
from saekdong.fetch.fetcher import Fetcher
from saekdong.model.artifact import Artifact
from saekdong.scratch import scratch_folder
from saekdong.work.pool import Workers, open_workers


@dataclass(frozen=True)
class Resources:
    """What a run over a feed needs.

    Attributes:
        store: the catalog.
        model: the model that the workers tag with.
        workers: tag photos.
        fetcher: downloads photos.
        spool: a folder for photos between downloading and tagging.
        features: keeps the features of the photos that are tagged.
    """

    store: Store
    model: TaggingModel
    workers: Workers
    fetcher: Fetcher
    spool: Path
    features: FeatureStore


@contextmanager
def open_resources(
    store: Store, model: TaggingModel, artifact: Artifact, executor: str | None, jobs: int | None, allow_private: bool
) -> Iterator[Resources]:
    """Open workers that tag with a model, a fetcher, a folder for photos and the file of features beside the catalog.

    Args:
        store: the catalog.
        model: the model as the catalog knows it.
        artifact: the model itself.
        executor: see `open_workers`.
        jobs: see `open_workers`.
        allow_private: whether photos may be downloaded from private addresses.

    Raises:
        SaekdongError: as `open_workers`.
    """
    with ExitStack() as stack:
        spool = stack.enter_context(scratch_folder())
        workers = stack.enter_context(open_workers(executor, jobs, partial(load_tagger, artifact)))
        fetcher = stack.enter_context(Fetcher(allow_private=allow_private))
        features = stack.enter_context(FeatureStore.beside(store.path))
        yield Resources(store, model, workers, fetcher, spool, features)
