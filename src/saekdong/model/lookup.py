"""A compiled classifier: the label of every sRGB color, and label probabilities on a coarser grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.uint8]

_CHUNK = 8192
_RUN = 64
_RUNS = (1 << 24) // _RUN


@dataclass(frozen=True, eq=False)
class LookupTable:
    """A classifier's answers, looked up instead of computed. Needs only NumPy.

    Attributes:
        labels: the label code of each color, at index red << 16 | green << 8 | blue, uint8, (2**24,).
        grid: probabilities, (S, S, S, L) for S cells per channel, coded as round(255 x sqrt(p)) in uint8.
    """

    labels: NDArray[np.uint8]
    grid: NDArray[np.uint8]

    def codes(self, rgb: Colors) -> NDArray[np.uint8]:
        """Return the label code of each color: uint8 (N, 3) to uint8 (N,).

        Works in chunks that stay in the processor's cache, so extra memory does not grow with N.
        """
        result = np.empty(len(rgb), dtype=np.uint8)
        four_bytes = np.zeros((_CHUNK, 4), dtype=np.uint8)
        place = four_bytes.view("<u4").ravel()
        for start in range(0, len(rgb), _CHUNK):
            part = rgb[start : start + _CHUNK]
            four_bytes[: len(part), 2] = part[:, 0]
            four_bytes[: len(part), 1] = part[:, 1]
            four_bytes[: len(part), 0] = part[:, 2]
            self.labels.take(place[: len(part)], out=result[start : start + _CHUNK], mode="clip")
        return result

    def probabilities(self, rgb: Colors) -> NDArray[np.float64]:
        """Return each label's probability: uint8 (N, 3) to float64 (N, L), rows summing to 1.

        The grid is coarser than the labels: if its first label differs from the color's, the two are exchanged, so the
        color's label always has the highest probability (by the smallest step if two are equal).
        """
        cell = rgb // np.uint8(256 // self.grid.shape[0])
        chances: NDArray[np.float64] = self.grid[cell[:, 0], cell[:, 1], cell[:, 2]].astype(np.float64) ** 2
        chances /= chances.sum(axis=1, keepdims=True)
        row, code, first = np.arange(len(rgb)), self.codes(rgb), chances.argmax(axis=1)
        highest = chances[row, first]
        chances[row, first] = chances[row, code]
        chances[row, code] = np.nextafter(highest, 2.0)
        return chances


def encode_probabilities(chances: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Code probabilities in a byte each; the square root preserves small ones (the least above 0 is 2e-5)."""
    coded: NDArray[np.uint8] = np.rint(255 * np.sqrt(chances)).astype(np.uint8)
    return coded


def to_runs(labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Pack the labels: each run of 64 neighboring blues is stored once, however many colors share it.

    Returns:
        The index of the run at each place, uint32 (2**18,), and the different runs, uint8 (M, 64).
    """
    runs, place = np.unique(labels.reshape(_RUNS, _RUN).view(f"V{_RUN}").ravel(), return_inverse=True)
    return place.astype(np.uint32), runs.view(np.uint8).reshape(-1, _RUN)


def from_runs(place: NDArray[np.uint32], runs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo `to_runs`.

    Raises:
        ValueError: the arrays have other shapes or types, or a place points past the runs.
    """
    if place.shape != (_RUNS,) or place.dtype != np.uint32:
        raise ValueError(f"places are {place.dtype}{place.shape}, not uint32({_RUNS},)")
    if runs.ndim != 2 or runs.shape[1] != _RUN or runs.dtype != np.uint8 or not 0 < len(runs) <= _RUNS:
        raise ValueError(f"runs are {runs.dtype}{runs.shape}, not uint8(M, {_RUN})")
    if place.max() >= len(runs):
        raise ValueError("a place points past the runs")
    return runs[place].ravel()
