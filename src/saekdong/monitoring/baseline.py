"""The normal that new products are compared with: the weeks before the model was promoted, frozen."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.evidence.monitor import Monitor
from saekdong.evidence.novelty import Novelty
from saekdong.evidence.reference import LEAST_BATCHES
from saekdong.feature_store import FeatureStore
from saekdong.monitoring.intake import Intake, read_features
from saekdong.photo import statistics
from saekdong.tagging import Tagger

WEEKS = 8
"""A normal is made of so many weeks."""

MOST_PRODUCTS = 20_000
"""Of a larger catalog, the newest products make the normal."""

PHOTOS = 120
"""How many photos of the normal are kept to look at."""

LEAST_PRODUCTS = 300
"""With fewer products there is no normal yet, and nothing is compared."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """The normal.

    Attributes:
        monitor: compares new products with it.
        photos: the places of some of its photos, drawn at random, to look at.
    """

    monitor: Monitor
    photos: Sequence[str]


def make_baseline(store: Store, features: FeatureStore, tagger: Tagger) -> Baseline | None:
    """Return the normal of the products that the catalog has now; None if there are too few.

    The products are put into `WEEKS` parts in the order in which the catalog got them, as weeks: products of the same
    feed and time look more alike than others, and the difference between the parts says how much.

    Args:
        store: the catalog.
        features: of its photos.
        tagger: of the champion.
    """
    products = [each for each in store.facts() if each.main_photo][-MOST_PRODUCTS:]
    intake = Intake.of(products, features)
    if len(intake) < LEAST_PRODUCTS or len(intake.batches) < max(LEAST_BATCHES, WEEKS):
        return None
    novelty = Novelty.of(read_features(features, intake.photos))
    observations = intake.observe(tagger, features, novelty)
    week = np.arange(len(intake.batches)) * WEEKS // len(intake.batches)
    ids: Sequence[str] = tagger.vocabulary.ids
    monitor = Monitor.of(novelty, observations, intake.batches, week, ids, statistics.NAMES)
    return Baseline(monitor, random.Random(0).sample(intake.places, min(PHOTOS, len(intake))))


def pack_arrays(arrays: dict[str, np.ndarray]) -> bytes:
    """Return arrays as the bytes of a file of NumPy's."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpack_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of bytes that `pack_arrays` returned."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)
