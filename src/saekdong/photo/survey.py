"""What people call a color: the answers of the xkcd color survey, folded into the starter's labels.

The features of photos count these answers, so the table is data of its own: a new starter changes no features.
scripts/make_features.py makes it.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from saekdong.photo.weights import color_codes

SURVEY_LABELS = tuple(
    "black white gray red orange yellow green blue navy mint violet pink brown beige".split()  # noqa: SIM905
)
"""The ids of the labels that the answers were folded into, the columns of `survey_shares`."""

SURVEY_BITS = 6
"""The bits of each channel by which the survey's table is indexed."""


def survey_codes(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return each pixel's color as 18 bits, 6 of each channel, int32 (H*W,)."""
    return color_codes(pixels, SURVEY_BITS)


def survey_shares(code: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return what people call 18-bit colors: the share of each of the survey's labels, float32 (N, 14).

    They sum to 1 within a percent: a share is kept as the rounded root of it, in a byte, so that the table stays in
    the processor's cache.

    Example:
        >>> shares = survey_shares(survey_codes(np.array([[[31, 42, 82]]], dtype=np.uint8)))
        >>> SURVEY_LABELS[int(shares[0].argmax())]
        'navy'
    """
    shares = _roots().take(code, axis=0).astype(np.float32)
    shares *= shares
    shares /= np.float32(255**2)
    return shares


@cache
def survey_names() -> NDArray[np.uint8]:
    """Return which of the survey's labels most people call each 18-bit color, uint8 (262144,)."""
    names: NDArray[np.uint8] = _roots().argmax(axis=1).astype(np.uint8)
    return names


@cache
def _roots() -> NDArray[np.uint8]:
    """Return round(255 sqrt(share)) of each 18-bit color and label, uint8 (262144, 14)."""
    with (files("saekdong.photo") / "data" / "survey.npz").open("rb") as file, np.load(file) as arrays:
        return unpack_survey(arrays["changes"])


def pack_survey(roots: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the table as `unpack_survey` takes it: how each label's roots change along blue, which packs to half.

    Args:
        roots: uint8 (64, 64, 64, L).
    """
    planes = np.moveaxis(roots, -1, 0)
    changes: NDArray[np.uint8] = np.diff(planes, axis=-1, prepend=np.uint8(0))
    return changes


def unpack_survey(changes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the table, uint8 (262144, L), of its changes along blue, uint8 (L, 64, 64, 64)."""
    planes = np.cumsum(changes, axis=-1, dtype=np.uint8).reshape(len(changes), -1)
    return np.ascontiguousarray(planes.T)
