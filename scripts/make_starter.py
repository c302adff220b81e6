"""Make the starter, src/saekdong/tagging/data/starter.tar.gz. Needs the evaluation data.

    python scripts/make_starter.py --data ../shared/evaluation              makes color table and tagger
    python scripts/make_starter.py --data ../shared/evaluation --tagger-only    keeps the color table
    python scripts/make_starter.py --data ../shared/evaluation --measure    prints cross-validated figures instead

The color table is trained on naming/xkcd_answers.csv, the answers of the xkcd color survey as Heer and Stone (2012)
binned them (C3, BSD-3-Clause; see NOTICE), mapped to the starter labels by naming/terms.csv. The tagger is a
regression from photo features (scripts/make_features.py makes their tables) to labels, a matrix and a Gaussian kernel,
fitted to the photos in products/truth.csv and to drawn photos (scripts/drawings.py). The file contains no photo: the
kernel's centers are histograms of colors, which show none.
"""

import argparse
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from drawings import drawings, parts
from make_features import RECIPE, photos, survey_rows
from saekdong.color import STARTER
from saekdong.model import artifact
from saekdong.model.classifier import out_of_fold
from saekdong.model.rows import Rows
from saekdong.model.training import train
from saekdong.photo.features import VERSION, survey_votes
from saekdong.photo.kernel import describe_photo
from saekdong.tagging.kernel_fit import KernelFit, choose_centers
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.scoring import allowed_codes, score_tags
from saekdong.tagging.tagger import product_shares, shown_codes
from saekdong.tagging.teaching import STARTER_RIDGE, Examples, learn_model, targets

DATA = Path(__file__).parents[1] / "src/saekdong/tagging/data"
BALANCE = 0.1  # 0 keeps the survey's own frequencies, 1 gives every label the same weight
DRAWN = 2800
CENTERS = 600
SEEDS = 3
TAUGHT = (10, 20, 50, 100, None)
TAUGHT_SEEDS = 8  # of each shop's photos, each draw teaches twice: few photos differ much from draw to draw
DRAWN_WEIGHT = 0.02  # of a drawing; a photo has 1. A higher weight costs accuracy on real photos
SEVERAL_WEIGHT = 0.3  # of a drawing of two or three colors: real photos show them too rarely


def main() -> None:
    """Make or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--colors-only", action="store_true", help="make the color table again, keep the rest")
    parser.add_argument("--tagger-only", action="store_true", help="fit the tagger again, keep the rest")
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.data)
        return
    if not arguments.tagger_only:
        write_colors(arguments.data)
    if not arguments.colors_only:
        write_tagger(arguments.data)


def write_colors(data: Path) -> None:
    """Train the color table and put it into the starter, which keeps its tagger."""
    trained = train(balanced(survey_rows(data / "naming")), RECIPE, progress=lambda *done: print(*done, end="\r"))
    print(trained.agreement, trained.artifact.info["metrics"])
    made = artifact.unpack((DATA / "starter.tar.gz").read_bytes())
    info = {**trained.artifact.info, "tagger": made.info["tagger"]}
    artifact.save(replace(made, table=trained.artifact.table, info=info), DATA / "starter.tar.gz")


def balanced(rows: Rows) -> Rows:
    """Weight the survey's answers so that rare labels are not lost at the boundaries of frequent ones.

    The survey has 40 times as many answers in green as in black, because it drew its colors evenly in RGB. A shop's
    products are not distributed that way.
    """
    mass = np.bincount(rows.codes, rows.weight, len(STARTER))
    return replace(rows, weight=rows.weight * (mass.mean() / mass)[rows.codes] ** BALANCE)


def described(data: Path) -> tuple[np.ndarray, np.ndarray, list[frozenset[frozenset[int]]]]:
    """Return all photos' features, sets and colors."""
    rows = [(describe_photo(photo.pixels, photo.alpha).features, shop, named) for photo, shop, named in photos(data)]
    return np.stack([row[0] for row in rows]), np.array([row[1] for row in rows]), [row[2] for row in rows]


def write_tagger(data: Path) -> None:
    """Fit the tagger to all photos and put it into the starter."""
    features, _, truth = described(data)
    model = fit_starter(features, targets(truth, features, STARTER))
    made = artifact.unpack((DATA / "starter.tar.gz").read_bytes())
    tagger = {"features": VERSION, "photos": len(features), "drawings": DRAWN, "how": "ridge and Gaussian kernel"}
    artifact.save(model.into(replace(made, info={**made.info, "tagger": tagger})), DATA / "starter.tar.gz")


def fit_starter(features: np.ndarray, wanted: np.ndarray) -> PhotoModel:
    """Fit a starter's tagger to photos' features and their targets, and to the drawings."""
    drawn, drawn_wanted, drawn_weight = described_drawings()
    everything, weight = np.concatenate([features, drawn]), np.concatenate([np.ones(len(features)), drawn_weight])
    centers = choose_centers(everything, CENTERS, weight)
    fit = KernelFit.of(everything, centers, weight, matrix=True)
    return fit.solve(np.concatenate([wanted, drawn_wanted]), STARTER_RIDGE)


@cache
def described_drawings() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the drawings' features, targets and weights in a fit."""
    rows = [(describe_photo(pixels).features, labels) for pixels, labels in drawings(DRAWN)]
    weight = [SEVERAL_WEIGHT if len(labels) in (2, 3) else DRAWN_WEIGHT for _, labels in rows]
    return np.stack([row[0] for row in rows]), np.stack([parts(labels) for _, labels in rows]), np.array(weight)


def measure(data: Path) -> None:
    """Print how models tag photos that they did not see."""
    features, shops, truth = described(data)
    photos = Photos(features, shops, truth, targets(truth, features, STARTER))
    results: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    unseen = {shop: fit_starter(*photos.fitted(shops != shop)) for shop in sorted(set(shops))}
    kept = np.zeros(photos.wanted.shape)
    for shop, model in unseen.items():
        kept[shops == shop] = model.scores(features[shops == shop])
    results["starter of the other shops"].append(photos.score(kept))
    for seed in range(SEEDS):
        fold, kept = np.random.default_rng(seed).permutation(len(truth)) % 5, np.zeros(photos.wanted.shape)
        for test in range(5):
            kept[fold == test] = fit_starter(*photos.fitted(fold != test)).scores(features[fold == test])
        results["starter, 5 folds"].append(photos.score(kept))
    for seed, count in itertools.product(range(TAUGHT_SEEDS), TAUGHT):
        name = f"... of the other shops, and taught {count or 'half'} of the shop's photos"
        results[name] += [photos.score(kept, mask) for kept, mask in _taught(photos, unseen, count, seed)]
    for name, each in results.items():
        top1, f1, error = np.mean(each, axis=0)
        spread = np.std(each, axis=0) / max(len(each) - 1, 1) ** 0.5
        print(f"{name}: top1 {top1:.4f} +- {spread[0]:.4f}, f1 {f1:.4f} +- {spread[1]:.4f}, ECE {error:.4f}")
    measure_names(data)


@dataclass(frozen=True, eq=False)
class Photos:
    """All labeled photos: features, shops, colors and targets."""

    features: np.ndarray
    shops: np.ndarray
    truth: list[frozenset[frozenset[int]]]
    wanted: np.ndarray

    def fitted(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what a starter is fitted to."""
        return self.features[mask], self.wanted[mask]

    def score(self, scores: np.ndarray, mask: np.ndarray | None = None) -> tuple[float, float, float]:
        """Return top1 and f1, the mean of the sets, and the expected calibration error of the first share."""
        mask = np.ones(len(scores), dtype=bool) if mask is None else mask
        sets = [self.score_set(scores, np.flatnonzero(mask & (self.shops == shop))) for shop in set(self.shops)]
        places = np.flatnonzero(mask)
        shares = self.shares(scores)[places]
        firsts = zip(shares.argmax(axis=1), places, strict=True)
        right = [first in allowed_codes(self.truth[place]) for first, place in firsts]
        top1, f1 = np.mean(sets, axis=0)
        return top1, f1, expected_error(shares.max(axis=1), np.array(right))

    def score_set(self, scores: np.ndarray, places: np.ndarray) -> tuple[float, float]:
        """Return top1 and f1 of some photos."""
        tags = [shown_codes(shares) for shares in self.shares(scores)[places]]
        found = score_tags(tags, [self.truth[place] for place in places])
        return found.top1, found.f1

    def shares(self, scores: np.ndarray) -> np.ndarray:
        """Return the shares of all photos' scores, as `Tagger.shares_of` does."""
        return product_shares(scores, survey_votes(self.features))


def expected_error(share: np.ndarray, right: np.ndarray) -> float:
    """Return by how much ten equal steps of share differ from how often they are right, on average."""
    step = np.minimum((share * 10).astype(int), 9)
    return float(np.abs(np.bincount(step, share - right, 10)).sum() / len(share))


def _taught(
    photos: Photos, unseen: dict[str, PhotoModel], count: int | None, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield twice the scores of photos that were not taught, and which they are; each half of a draw teaches once."""
    random = np.random.default_rng(seed)
    draws = {shop: random.permutation(np.flatnonzero(photos.shops == shop)) for shop in unseen}
    examples = Examples.of(photos.features, photos.truth, STARTER)
    for reverse in (False, True):
        scores, asked = np.zeros(photos.wanted.shape), np.ones(len(photos.truth), dtype=bool)
        for shop, drawn in draws.items():
            taught = (drawn[::-1] if reverse else drawn)[: count or len(drawn) // 2]
            asked[taught] = False
            model = learn_model(examples.take(taught), unseen[shop])[0]
            others = asked & (photos.shops == shop)
            scores[others] = model.scores(photos.features[others])
        yield scores, asked


def measure_names(data: Path) -> None:
    """Print how the color table's recipe names colors that it was not fitted to, as naming.py scores them."""
    rows = survey_rows(data / "naming")
    _, color = np.unique(rows.rgb, axis=0, return_inverse=True)
    color = color.ravel()
    named = out_of_fold(
        balanced(rows), RECIPE, np.random.default_rng(0).permutation(color.max() + 1)[color] % 5
    ).argmax(axis=1)
    answers = np.zeros((color.max() + 1, len(STARTER)))
    np.add.at(answers, (color, rows.codes), rows.weight)
    given = np.zeros(len(answers), dtype=np.intp)
    given[color] = named
    kept = answers.sum(axis=1) >= 10
    shares, given = answers[kept] / answers[kept].sum(axis=1, keepdims=True), given[kept]
    first = shares.argmax(axis=1)
    agreement, ceiling = shares[np.arange(len(given)), given].mean(), shares.max(axis=1).mean()
    recall = np.mean([np.mean(given[first == code] == code) for code in np.unique(first)])
    print(f"names, 5 folds by color: of_ceiling {agreement / ceiling:.4f}, macro_recall {recall:.4f}")


if __name__ == "__main__":
    main()
