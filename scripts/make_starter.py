"""Make the starter, src/saekdong/tagging/data/starter.tar.gz. Needs the evaluation data.

    python scripts/make_starter.py --data ../shared/evaluation              makes color table and tagger
    python scripts/make_starter.py --data ../shared/evaluation --tagger-only    keeps the color table
    python scripts/make_starter.py --data ../shared/evaluation --measure    prints cross-validated figures instead

The color table is trained on naming/xkcd_answers.csv, the answers of the xkcd color survey as Heer and Stone (2012)
binned them (C3, BSD-3-Clause; see NOTICE), mapped to the starter labels by naming/terms.csv. The tagger's matrix is a
ridge regression from photo features (scripts/make_features.py makes their tables) to labels, fitted to the photos in
products/truth.csv and to drawn photos (scripts/drawings.py). The file contains no photo, nor data that shows one.
"""

import argparse
from collections import defaultdict
from dataclasses import replace
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
from saekdong.photo.features import VERSION
from saekdong.photo.kernel import describe_photo
from saekdong.tagging.scoring import score_tags, tagged
from saekdong.tagging.teaching import STARTER_RIDGE, Examples, fit_matrix, learn_matrix, targets

DATA = Path(__file__).parents[1] / "src/saekdong/tagging/data"
BALANCE = 0.1  # 0 keeps the survey's own frequencies, 1 gives every label the same weight
DRAWN = 2800
DRAWN_WEIGHT = 0.04  # of a drawing; a photo has 1. A higher weight costs accuracy on real photos


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
    """Fit the tagger's matrix to all photos and put it into the starter."""
    features, _, truth = described(data)
    matrix = fit_starter(features, targets(truth, features, STARTER)).astype(np.float32)
    made = artifact.unpack((DATA / "starter.tar.gz").read_bytes())
    tagger = {"features": VERSION, "photos": len(features), "drawings": DRAWN, "how": "ridge regression"}
    artifact.save(replace(made, tagger=matrix, info={**made.info, "tagger": tagger}), DATA / "starter.tar.gz")


def fit_starter(features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Fit a starter's matrix to photos' features and their targets, and to the drawings."""
    drawn = described_drawings()
    return fit_matrix(*(np.concatenate(each) for each in zip((features, wanted), drawn, strict=True)), STARTER_RIDGE)


@cache
def described_drawings() -> tuple[np.ndarray, np.ndarray]:
    """Return the drawings' features and targets, scaled to their weight in a fit."""
    rows = [(describe_photo(pixels).features, parts(labels)) for pixels, labels in drawings(DRAWN)]
    features, wanted = (np.stack(each) * np.sqrt(DRAWN_WEIGHT) for each in zip(*rows, strict=True))
    return features, wanted


def measure(data: Path) -> None:
    """Print top1 and f1, the mean of the sets, of matrices that did not see the photos they are scored on."""
    features, shops, truth = described(data)
    wanted = targets(truth, features, STARTER)
    everything = np.arange(len(truth))
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seed in range(3):
        fold = np.random.default_rng(seed).permutation(everything) % 5
        kept = np.zeros(wanted.shape)
        for test in range(5):
            kept[fold == test] = features[fold == test] @ fit_starter(features[fold != test], wanted[fold != test])
        scores["starter, 5 folds"].append(_mean_of_sets(kept, truth, shops, everything))
        halves: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for shop in sorted(set(shops)):
            own, others = np.flatnonzero(shops == shop), np.flatnonzero(shops != shop)
            before = fit_starter(features[others], wanted[others])
            halves["starter of the other shops"].append(_score(features[own] @ before, truth, own))
            drawn = np.random.default_rng(seed).permutation(own)
            for count in (50, 100, len(own) // 2):
                for taught, asked in ((drawn[:count], drawn[count:]), (drawn[-count:], drawn[:-count])):
                    after = learn_matrix(Examples(features, wanted, truth).take(taught), before)[0]
                    name = f"... and taught {'half' if count > 100 else count} of the shop's photos"
                    halves[name].append(_score(features[asked] @ after, truth, asked))
        for name, each in halves.items():
            scores[name].append(tuple(np.mean(each, axis=0)))
    for name, each in scores.items():
        top1, f1 = np.mean(each, axis=0)
        print(f"{name}: top1 {top1:.4f}, f1 {f1:.4f}")
    measure_names(data)


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


def _mean_of_sets(
    scores: np.ndarray, truth: list[frozenset[frozenset[int]]], shops: np.ndarray, places: np.ndarray
) -> tuple[float, float]:
    parts = [_score(scores[shops == shop], truth, places[shops == shop]) for shop in sorted(set(shops))]
    return tuple(np.mean(parts, axis=0))


def _score(scores: np.ndarray, truth: list[frozenset[frozenset[int]]], places: np.ndarray) -> tuple[float, float]:
    found = score_tags(tagged(scores), [truth[place] for place in places])
    return found.top1, found.f1


if __name__ == "__main__":
    main()
