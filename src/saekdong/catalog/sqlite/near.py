"""The catalog's colors nearest to one, by CIEDE2000, without looking at all.

Colors are kept in cells of DIN99o, a space in which distances are about as CIEDE2000 sees them: never less than `LEAST`
times as far (searched for over the whole of sRGB; a test searches again). Cells are looked into from the nearest on,
and a color is given out once no cell that is left can hold a nearer one.
"""

import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from saekdong.color import ciede2000, to_space
from saekdong.photo import Palette

LEAST = 0.25
_SIDE = 3.0
_MIDDLE = 32  # cells from where a and b are lowest to where they are 0
_AT_ONCE = 12
_EXPECTED_AT_ONCE = 1 << 16
_MAIN, _MOST_MAIN = 0.15, 3

Array = NDArray[np.float64]


def nearest_colors(connection: sqlite3.Connection, rgb: Sequence[int]) -> Iterator[tuple[float, int]]:
    """Yield the catalog's colors with their differences, the nearest first."""
    target = _target(rgb)
    cells = np.array([cell for (cell,) in connection.execute("SELECT cell FROM near_cell")], dtype=np.int64)
    bounds = LEAST * _distances(cells, din99o(target)[0])
    order = np.argsort(bounds, kind="stable")
    waiting: list[tuple[float, int]] = []
    for start in range(0, len(order), _AT_ONCE):
        while waiting and waiting[0][0] <= bounds[order[start]]:
            yield heapq.heappop(waiting)
        _look_into(connection, cells[order[start : start + _AT_ONCE]], target, waiting)
    while waiting:
        yield heapq.heappop(waiting)


def differences(colors: Sequence[int], rgb: Sequence[int]) -> list[float]:
    """Return how much each color 0xRRGGBB differs from one."""
    found: list[float] = ciede2000(_lab(colors), _target(rgb)).tolist()
    return found


def main_colors(palette: Palette) -> list[int]:
    """Return the colors, as 0xRRGGBB, by which a photo is found: its first, and up to two more of a high score."""
    main = [color for place, color in enumerate(palette[:_MOST_MAIN]) if place == 0 or color.score >= _MAIN]
    return [color.red << 16 | color.green << 8 | color.blue for color in main]


def write(connection: sqlite3.Connection, changes: Mapping[tuple[int, int], int]) -> None:
    """Add (1) and take away (-1) colors of products, by color as 0xRRGGBB and product."""
    added = [key for key, sign in changes.items() if sign > 0]
    removed = [key for key, sign in changes.items() if sign < 0]
    connection.executemany("INSERT INTO near_product VALUES (?, ?)", sorted(added))
    connection.executemany("DELETE FROM near_product WHERE rgb = ? AND product = ?", removed)
    colors: Counter[int] = Counter(rgb for rgb, _ in added)
    colors.subtract(rgb for rgb, _ in removed)
    cells = dict(zip(colors, cells_of(list(colors)).tolist(), strict=True))
    sums: Counter[int] = Counter()
    for rgb, n in colors.items():
        sums[cells[rgb]] += n
    upsert = "ON CONFLICT DO UPDATE SET n = n + excluded.n"
    rows = [(cells[rgb], rgb, n) for rgb, n in colors.items() if n]
    connection.executemany(f"INSERT INTO near_color VALUES (?, ?, ?) {upsert}", rows)
    connection.executemany("DELETE FROM near_color WHERE cell = ? AND rgb = ? AND n = 0", [row[:2] for row in rows])
    connection.executemany(f"INSERT INTO near_cell VALUES (?, ?) {upsert}", [row for row in sums.items() if row[1]])
    connection.executemany("DELETE FROM near_cell WHERE cell = ? AND n = 0", [(cell,) for cell in sums])


def rebuild(connection: sqlite3.Connection) -> None:
    """Rebuild the tables of colors from the listings, in a transaction."""
    for table in ("near_cell", "near_color", "near_product"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO near_product SELECT * FROM near_expected ORDER BY 1, 2")
    connection.executemany("INSERT INTO near_color VALUES (?, ?, ?)", expected_colors(connection))
    connection.execute("INSERT INTO near_cell SELECT cell, sum(n) FROM near_color GROUP BY cell")


def expected_colors(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int]]:
    """Yield the rows of `near_color` that follow from the listings, in order of their colors."""
    colors = connection.execute("SELECT value, count(*) FROM near_expected GROUP BY value ORDER BY value")
    while some := colors.fetchmany(_EXPECTED_AT_ONCE):
        cells = cells_of([rgb for rgb, _ in some]).tolist()
        yield from ((cell, rgb, n) for cell, (rgb, n) in zip(cells, some, strict=True))


def cells_of(colors: Sequence[int]) -> NDArray[np.int64]:
    """Return the cell of each color 0xRRGGBB."""
    light, a, b = np.floor(din99o(_lab(colors)) / _SIDE).astype(np.int64).T
    cell: NDArray[np.int64] = light << 12 | a + _MIDDLE << 6 | b + _MIDDLE
    return cell


def din99o(lab: Array) -> Array:
    """Return CIELAB colors (N, 3) in DIN99o.

    Source: Cui, Luo, Rigg, Roesler and Witt 2002, "Uniform colour spaces based on the DIN99 colour-difference
    formula", as DIN 6176:2018 has it, with k_E = k_CH = 1.
    """
    turn = np.radians(26)
    red = lab[:, 1] * np.cos(turn) + lab[:, 2] * np.sin(turn)
    yellow = 0.83 * (lab[:, 2] * np.cos(turn) - lab[:, 1] * np.sin(turn))
    chroma = np.log1p(0.075 * np.hypot(red, yellow)) / 0.0435
    hue = np.arctan2(yellow, red)
    return np.stack([303.67 * np.log1p(0.0039 * lab[:, 0]), chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)


def _look_into(
    connection: sqlite3.Connection, cells: NDArray[np.int64], target: Array, waiting: list[tuple[float, int]]
) -> None:
    chosen = ", ".join(map(str, cells.tolist()))
    colors = [rgb for (rgb,) in connection.execute(f"SELECT rgb FROM near_color WHERE cell IN ({chosen})")]
    for each in zip(ciede2000(_lab(colors), target).tolist(), colors, strict=True):
        heapq.heappush(waiting, each)


def _distances(cells: NDArray[np.int64], point: Array) -> Array:
    """Return how far each cell's nearest point is from `point`, in DIN99o."""
    low = _SIDE * np.stack([cells >> 12, (cells >> 6 & 63) - _MIDDLE, (cells & 63) - _MIDDLE], axis=1)
    outside = np.maximum(np.maximum(low - point, point - low - _SIDE), 0)
    distances: Array = np.sqrt((outside**2).sum(axis=1))
    return distances


def _target(rgb: Sequence[int]) -> Array:
    target: Array = to_space(np.array([rgb], dtype=np.uint8), "lab")
    return target


def _lab(colors: Sequence[int]) -> Array:
    numbers = np.array(colors, dtype=np.int64)
    lab: Array = to_space(np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1).astype(np.uint8), "lab")
    return lab
