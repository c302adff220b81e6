"""Fit the local palette's scores to recorded Cloud Vision answers: src/saekdong/photo/data/palette.npz.

    python scripts/fit_palette.py --data ../shared/evaluation              fits to the `fit` split and writes it
    python scripts/fit_palette.py --data ../shared/evaluation --measure    prints 4-fold figures on the `fit` split

vision/responses.csv holds the recorded answers, vision/images the photos. The network's 24 hidden units are fitted by
L-BFGS to the cross-entropy between its scores and the service's. Only its numbers are kept.

data/attention.npz is an earlier network of 16 units without comparisons. Photos' features depend on it, so it stays.
"""

import argparse
import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from saekdong.color import ciede2000, to_space
from saekdong.files import write_whole
from saekdong.photo import palette as subject
from saekdong.photo.palette import SIDE, Clusters, cluster_colors, favor_the_first, score_cells
from saekdong.photo.reading import read_photo

OUT = Path(subject.__file__).parent / "data" / "palette.npz"
UNITS = 24
DECAY = 0.1
ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Answer:
    """A photo's cells, their features, and the service's colors: (R, G, B, score)."""

    cells: Clusters
    features: np.ndarray
    theirs: np.ndarray
    wanted: np.ndarray


def main() -> None:
    """Fit or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--measure", action="store_true")
    arguments = parser.parse_args()
    answers = read_answers(arguments.data / "vision")
    if arguments.measure:
        measure(answers)
        return
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: array.astype(np.float32) for name, array in fit(answers, 0).items()})
    write_whole(OUT, stream.getvalue())


def read_answers(folder: Path) -> list[Answer]:
    """Read the photos of the `fit` split and their answers."""
    recorded: dict[str, list[list[float]]] = defaultdict(list)
    with (folder / "responses.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == "fit":
                recorded[row["image"]].append([float(row[key]) for key in ("red", "green", "blue", "score")])
    answers = []
    for name, colors in recorded.items():
        theirs = np.array(colors)
        photo = read_photo((folder / "images" / name).read_bytes(), SIDE)
        cells = cluster_colors(photo.pixels, photo.alpha)
        features = np.hstack([cells.features, cells.comparisons])
        answers.append(Answer(cells, features, theirs, _wanted(cells, theirs)))
    return answers


def _wanted(cells: Clusters, theirs: np.ndarray) -> np.ndarray:
    """Assign each of the service's scores to the cell nearest to its color."""
    lab = to_space(theirs[:, :3].astype(np.uint8), "lab")
    nearest = ciede2000(cells.lab[:, None], lab[None]).argmin(axis=0)
    wanted = np.bincount(nearest, theirs[:, 3], len(cells.share))
    return wanted / wanted.sum()


def fit(answers: list[Answer], seed: int) -> dict[str, np.ndarray]:
    """Return the network that fits the answers best."""
    features = np.concatenate([answer.features for answer in answers])
    share = np.concatenate([answer.cells.share for answer in answers])
    wanted = np.concatenate([answer.wanted for answer in answers])
    starts = np.cumsum([0, *(len(answer.wanted) for answer in answers)])[:-1]
    sizes = np.array([len(answer.wanted) for answer in answers])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = ((features - mean) / scale).astype(np.float32)
    width = x.shape[1]
    random = np.random.default_rng(seed)
    start = np.concatenate(
        [random.normal(0, 0.5 / np.sqrt(width), width * UNITS), np.zeros(UNITS), np.full(UNITS, 0.1)]
    )
    base = np.log(share)

    def loss(vector: np.ndarray) -> tuple[float, np.ndarray]:
        hidden, bias, out = _parts(vector, width)
        active = np.tanh(x @ hidden.astype(np.float32) + bias.astype(np.float32))
        logits = base + active @ out
        logits -= np.repeat(np.maximum.reduceat(logits, starts), sizes)
        total = np.log(np.add.reduceat(np.exp(logits), starts))
        log_scores = logits - np.repeat(total, sizes)
        error = (np.exp(log_scores) - wanted) / len(answers)
        back = (error[:, None] * (1 - active**2) * out).astype(np.float32)
        slope = np.concatenate([(x.T @ back).ravel(), back.sum(axis=0), active.T @ error])
        penalty = DECAY * (hidden**2).sum() / UNITS + DECAY * (out**2).sum() / UNITS
        grown = np.concatenate([2 * DECAY / UNITS * hidden.ravel(), np.zeros(UNITS), 2 * DECAY / UNITS * out])
        return float(-(wanted * log_scores).sum() / len(answers) + penalty), slope + grown

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    hidden, bias, out = _parts(found.x, width)
    return {"mean": mean, "scale": scale, "hidden": hidden, "bias": bias, "out": out}


def _parts(vector: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hidden, bias, out = np.split(vector, [width * UNITS, width * UNITS + UNITS])
    return hidden.reshape(width, UNITS), bias, out


def measure(answers: list[Answer]) -> None:
    """Print how often the first color of a network that did not see the photo lies within CIEDE2000 10 of theirs."""
    hits = []
    for seed in range(2):
        fold = np.random.default_rng(seed).permutation(len(answers)) % 4
        for test in range(4):
            net = fit([answer for answer, part in zip(answers, fold, strict=True) if part != test], seed)
            kept = [answer for answer, part in zip(answers, fold, strict=True) if part == test]
            hits.append([_hit(answer, net) for answer in kept])
            print(np.round(np.mean(hits[-1], axis=0), 4), flush=True)
    print("first color within 10, favored and as scored:", np.round(np.mean(np.concatenate(hits), axis=0), 4))


def _hit(answer: Answer, net: dict[str, np.ndarray]) -> tuple[bool, bool]:
    cells = answer.cells
    scores = score_cells(cells.share, answer.features, net)
    first = to_space(answer.theirs[answer.theirs[:, 3].argmax(), :3].astype(np.uint8)[None], "lab")
    return tuple(
        bool(ciede2000(cells.lab[given.argmax()][None], first)[0] < 10)
        for given in (favor_the_first(cells.lab, scores), scores)
    )


if __name__ == "__main__":
    main()
