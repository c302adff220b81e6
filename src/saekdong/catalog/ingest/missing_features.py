"""Features that are not stored of photos that are in the catalog: the photos are decoded once more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from saekdong.catalog.contract import Store
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.ingest.stored_photos import tag_stored
from saekdong.feature_store import FeatureStore

_AT_ONCE = 64
_LOOKED_UP = 2048


@dataclass
class FilledFeatures:
    """What became of the photos whose features were missing.

    Attributes:
        missing: photos, by content, whose features were not stored.
        filled: those whose features are stored now.
        changed: those whose file has another content now; the next run over their feed tags them.
        unread: those that cannot be read.
        problems: the first of these, by place, with the reason.
    """

    missing: int = 0
    filled: int = 0
    changed: int = 0
    unread: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def missing_features(store: Store, features: FeatureStore) -> dict[str, str]:
    """Return the photos that were read and whose features are not stored: their digests, each with a place."""
    missing: dict[str, str] = {}
    facts = store.facts()
    while products := list(islice(facts, _LOOKED_UP)):
        places = {
            photo.digest: photo.place
            for product in products
            for photo in product.photos
            if photo.digest and photo.shares is not None
        }
        stored = features.known(places)
        missing |= {digest: place for digest, place in places.items() if digest not in stored}
    return missing


def fill_features(
    resources: Resources,
    on_progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    should_stop: Callable[[], bool] = lambda: False,
) -> FilledFeatures:
    """Decode the photos whose features are missing, and store these.

    What is done is stored at once: if the run is stopped, the next one does the rest.

    Args:
        resources: the catalog, its file of features, and what decodes.
        on_progress: called with how many photos are done, and of how many.
        should_stop: asked now and then.
    """
    missing = missing_features(resources.store, resources.features)
    report = FilledFeatures(len(missing))
    done = 0
    rest = iter(missing.items())
    while (some := list(islice(rest, _AT_ONCE))) and not should_stop():
        wanted = {place: digest for digest, place in some}
        results = {result.place: result for result in tag_stored(wanted, resources)}
        resources.features.put(result.features for result in results.values() if result.features)
        for place, digest in wanted.items():
            result = results.get(place)
            if result is None or result.features is None:
                report.unread += 1
                report.problems[place] = result.error[1] if result and result.error else "it cannot be fetched"
            elif result.features.digest == digest:
                report.filled += 1
            else:
                report.changed += 1
        done += len(some)
        on_progress(done, len(missing))
    return report
