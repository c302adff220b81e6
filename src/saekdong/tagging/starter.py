"""The starter: an artifact that works out of the box for the 14 starter labels.

Its colors were learned from the answers of the xkcd color survey as binned by Heer and Stone 2012 (C3, BSD-3-Clause),
its tags from labeled product photos (it contains only fitted numbers); scripts/make_starter.py makes it.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saekdong.color import STARTER, Label, Vocabulary
from saekdong.model.artifact import Artifact, unpack
from saekdong.tagging.photo_model import PhotoModel

STARTER_FILE = Path(__file__).parent / "data" / "starter.tar.gz"


@cache
def starter() -> Artifact:
    """Return the starter artifact."""
    return unpack(STARTER_FILE.read_bytes())


def starter_model() -> PhotoModel:
    """Return how the starter turns photos' features into its labels' scores."""
    model = PhotoModel.of(starter())
    assert model is not None  # noqa: S101
    return model


def starter_code(label: Label) -> int | None:
    """Return the code of the starter's label that means the same as `label`, or None."""
    same = next((match for word in label.words() if (match := STARTER.find(word))), None)
    return None if same is None else STARTER.ids.index(same.id)


def starter_columns(vocabulary: Vocabulary, by_starter: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the columns of the starter's labels that mean the same as a vocabulary's.

    Args:
        vocabulary: the labels wanted.
        by_starter: a column for each of the starter's labels, (N, 14).

    Returns:
        float64 (N, L), the vocabulary's labels in their order; zero for labels that the starter does not know.
    """
    result = np.zeros((len(by_starter), len(vocabulary)))
    for code, label in enumerate(vocabulary):
        known = starter_code(label)
        if known is not None:
            result[:, code] = by_starter[:, known]
    return result
