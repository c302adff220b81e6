"""Color spaces: a million uint8 colors, ours beside colour-science's, milliseconds."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from saekdong.color import ciede2000, to_space
from tools import best_seconds, table

COLORS = np.random.default_rng(0).integers(0, 256, (1_000_000, 3), dtype=np.uint8)


def measure() -> Iterator[str]:
    """Time each space both ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import colour

    def xyz() -> np.ndarray:
        return colour.sRGB_to_XYZ(COLORS / 255)

    white = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]
    theirs: dict[str, Callable[[], object]] = {
        "lab": lambda: colour.XYZ_to_Lab(xyz(), white),
        "oklab": lambda: colour.XYZ_to_Oklab(xyz()),
        "lch": lambda: colour.models.Lab_to_LCHab(colour.XYZ_to_Lab(xyz(), white)),
        "luv": lambda: colour.XYZ_to_Luv(xyz(), white),
        "hsv": lambda: colour.RGB_to_HSV(COLORS / 255),
        "cam16-ucs": lambda: colour.XYZ_to_CAM16UCS(xyz()),
    }
    rows = []
    for space, work in theirs.items():
        ours = best_seconds(lambda space=space: to_space(COLORS, space), 3)
        rows.append(_row(space, ours, best_seconds(work, 3)))
    a, b = to_space(COLORS, "lab"), to_space(COLORS[::-1], "lab")
    rows.append(
        _row("ciede2000", best_seconds(lambda: ciede2000(a, b), 3), best_seconds(lambda: colour.delta_E(a, b), 3))
    )
    yield from table(["space", "Saekdong", "colour-science", "times as fast"], rows)


def _row(name: str, ours: float, theirs: float) -> tuple[str, str, str, str]:
    return name, f"{ours * 1000:.0f}", f"{theirs * 1000:.0f}", f"{theirs / ours:.1f}"
