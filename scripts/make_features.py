"""Make the tables of photo features, survey.npz and cells.npz in src/saekdong/photo/data. Needs the evaluation data.

    python scripts/make_features.py --data ../shared/evaluation --survey    writes what people call each color
    python scripts/make_features.py --data ../shared/evaluation --cells     writes the 64 color cells
    python scripts/make_features.py --data ../shared/evaluation --check     exits with 1 if the survey would change

The survey's table is the color table learned from naming/xkcd_answers.csv, the answers of the xkcd color survey as Heer
and Stone (2012) binned them (C3, BSD-3-Clause; see NOTICE), folded into the starter labels by naming/terms.csv. The
color cells are the centers of the product pixels' colors of the photos in products/truth.csv.

A change of either table changes all features: count `saekdong.photo.features.VERSION` up, make the starter again
(scripts/make_starter.py) and the stored arrays of the tests (scripts/make_golden.py).
"""

import argparse
import csv
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from saekdong.color import STARTER, to_space
from saekdong.files import write_whole
from saekdong.model.classifier import Recipe
from saekdong.model.rows import Rows
from saekdong.model.training import train
from saekdong.photo.features import CELLS, SIDE
from saekdong.photo.reading import Photo, read_photo
from saekdong.photo.survey import SURVEY_LABELS, pack_survey, survey_codes
from saekdong.photo.weights import center_weights, product_weights

DATA = Path(__file__).parents[1] / "src/saekdong/photo/data"
RECIPE = Recipe("lab", "knn", {"k": 5})
LEAST_ANSWERS = 3


def main() -> None:
    """Make or check the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--survey", action="store_true")
    parser.add_argument("--cells", action="store_true")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(survey_file(arguments.data) != (DATA / "survey.npz").read_bytes())
    if arguments.survey:
        write_whole(DATA / "survey.npz", survey_file(arguments.data))
    if arguments.cells:
        write_whole(DATA / "cells.npz", cells_file(arguments.data))


def survey_file(data: Path) -> bytes:
    """Return the survey's table, packed: what people call each color, 6 bits a channel."""
    table = train(survey_rows(data / "naming"), RECIPE).artifact.table
    columns = [STARTER.ids.index(label) for label in SURVEY_LABELS]
    return _packed(changes=pack_survey(table.grid[..., columns]))


def _packed(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def survey_rows(folder: Path) -> Rows:
    """Return the survey's answers as rows: a color, a label, and how many said so."""
    with (folder / "terms.csv").open(encoding="utf-8") as file:
        labels = {row["TERM"]: STARTER.ids.index(row["LABEL"]) for row in csv.DictReader(file)}
    answers: dict[tuple[int, int, int], Counter[int]] = defaultdict(Counter)
    with (folder / "xkcd_answers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["TERM"] in labels:
                answers[int(row["R"]), int(row["G"]), int(row["B"])][labels[row["TERM"]]] += int(row["COUNT"])
    rows = [
        (rgb, code, count)
        for rgb, counts in answers.items()
        if sum(counts.values()) >= LEAST_ANSWERS
        for code, count in counts.items()
    ]
    return Rows(
        STARTER,
        np.array([rgb for rgb, _, _ in rows], dtype=np.uint8),
        np.array([code for _, code, _ in rows], dtype=np.intp),
        np.array([count for _, _, count in rows], dtype=np.float64),
        np.array(["C3"] * len(rows)),
        np.arange(len(rows)),
        (),
        [()] * len(rows),
    )


def cells_file(data: Path) -> bytes:
    """Part all colors into 64 cells by k-means of product pixels, fine where products' colors are dense."""
    random = np.random.default_rng(0)
    drawn = []
    for photo, _, _ in photos(data):
        height, width = photo.pixels.shape[:2]
        weights = product_weights(photo.pixels, photo.alpha).ravel() * center_weights(height, width) + 1e-4
        drawn.append(random.choice(survey_codes(photo.pixels), 60, p=weights / weights.sum()))
    steps = np.arange(64) * 4 + 1.5
    every = _spread_gray(
        to_space(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3), "lab")
    )
    clustering = MiniBatchKMeans(CELLS, n_init=3, random_state=0, batch_size=4096).fit(every[np.concatenate(drawn)])
    return _packed(cells=clustering.predict(every).astype(np.uint8))


def _spread_gray(lab: np.ndarray) -> np.ndarray:
    """Draw near-grays apart (6 x the root of chroma): navy, black, gray and beige differ by little chroma."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])[:, None] + 1e-6
    return np.concatenate([lab[:, :1], lab[:, 1:] * 6 / np.sqrt(chroma)], axis=1)


def photos(data: Path) -> Iterator[tuple[Photo, str, frozenset[frozenset[int]]]]:
    """Yield each labeled photo, its set, and its colors as sets of label codes that name them as well."""
    with (data / "products" / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            named = [frozenset(map(STARTER.ids.index, color.split("|"))) for color in row["colors"].split(";")]
            yield read_photo((data / "products" / row["image"]).read_bytes(), SIDE), row["set"], frozenset(named)


if __name__ == "__main__":
    main()
