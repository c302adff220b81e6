"""Photo alone, and words of the feed and photo together: tags that no model was fitted to.

Needs the evaluation data. Photos are scored by starters that never saw them: 5 folds, and a starter of the other shops
(scripts/make_starter.py). Trust in titles and color columns is measured in each set, without its labels. In *shuffled*
the words of a set are dealt to its products at random: they mean nothing, and the tags must stay the photos'.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from make_starter import described, fit_starter
from saekdong.color import STARTER
from saekdong.photo.features import survey_votes
from saekdong.tagging.feed_words import FeedText, Named, fuse, measure_trust, named_labels
from saekdong.tagging.scoring import Truth, score_tags
from saekdong.tagging.tagger import product_shares, shown_codes
from saekdong.tagging.teaching import targets
from saekdong.words import ColorWords
from tools import EVALUATION, table

FOLDS = 5
SEEDS = 3


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    if not (EVALUATION / "products" / "feed.csv").is_file():
        yield f"left out: no evaluation data in {EVALUATION} (use --data)"
        return
    features, sets, truth = described(EVALUATION)
    named = _named()
    wanted = targets(truth, features, STARTER)
    names = sorted(set(sets))
    rows, trusts = [], {}
    for way, scorings in (
        ("5 folds", [_folds(features, wanted, seed) for seed in range(SEEDS)]),
        ("other shops", [_other_shops(features, wanted, sets)]),
    ):
        for how in ("photo", "photo and words", "the same, sets in one file", "photo and shuffled words"):
            scores = np.mean([_scores(_shares(each, features), named, sets, truth, how) for each in scorings], axis=0)
            cells = [f"{top1:.3f} / {f1:.3f}" for top1, f1 in [*scores, scores.mean(axis=0)]]
            rows.append((way, how, *cells))
        trusts[way] = _trusts(_shares(scorings[0], features), named, sets)
    yield from table(["starter of", "tags by", *names, "mean"], rows)
    yield ""
    yield "Trust in a column, with its 95% interval:"
    yield ""
    yield from table(
        ["starter of", *(next(iter(trusts.values())))], [(way, *row.values()) for way, row in trusts.items()]
    )


def _folds(features: np.ndarray, wanted: np.ndarray, seed: int) -> np.ndarray:
    fold = np.random.default_rng(seed).permutation(len(wanted)) % FOLDS
    scores = np.zeros(wanted.shape)
    for test in range(FOLDS):
        scores[fold == test] = _scored(
            fit_starter(features[fold != test], wanted[fold != test]), features[fold == test]
        )
    return scores


def _other_shops(features: np.ndarray, wanted: np.ndarray, sets: np.ndarray) -> np.ndarray:
    scores = np.zeros(wanted.shape)
    for name in set(sets):
        scores[sets == name] = _scored(
            fit_starter(features[sets != name], wanted[sets != name]), features[sets == name]
        )
    return scores


def _shares(scores: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return the shares of photos' scores, as `Tagger.shares` does."""
    return product_shares(scores, survey_votes(features))


def _scored(model: Any, features: np.ndarray) -> np.ndarray:
    """Return the scores of a starter: a matrix, or a model with `scores`."""
    scores: np.ndarray = model.scores(features) if hasattr(model, "scores") else features @ model
    return scores


@cache
def _named() -> list[Named]:
    """Return the labels that each product's words name, in the order of the truth."""
    words = ColorWords(STARTER)
    with (EVALUATION / "products" / "feed.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["image"]: FeedText(row["title"], row["color"], row["category"]) for row in csv.DictReader(file)}
    with (EVALUATION / "products" / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [named_labels(words, texts[row["image"]]) for row in csv.DictReader(file)]


def _scores(shares: np.ndarray, named: list[Named], sets: np.ndarray, truth: Truth, how: str) -> np.ndarray:
    """Return top1 and f1 of each set, (sets, 2)."""
    scores = []
    together = _tags(shares, named) if "one file" in how else None
    for name in sorted(set(sets)):
        places = np.flatnonzero(sets == name)
        words = [named[place] for place in places]
        if how == "photo":
            words = [{}] * len(words)
        elif "shuffled" in how:
            words = [words[place] for place in np.random.default_rng(0).permutation(len(words))]
        tags = [together[place] for place in places] if together else _tags(shares[places], words)
        score = score_tags(tags, [truth[place] for place in places])
        scores.append((score.top1, score.f1))
    return np.array(scores)


def _tags(shares: np.ndarray, words: list[Named]) -> list[list[int]]:
    measured = measure_trust(list(zip(shares, words, strict=True)))
    trust = {key: agreement.trust for key, agreement in measured.items()}
    return [shown_codes(fuse(*product, trust).shares) for product in zip(shares, words, strict=True)]


def _trusts(shares: np.ndarray, named: list[Named], sets: np.ndarray) -> Mapping[str, str]:
    cells = {}
    for name in sorted(set(sets)):
        places = np.flatnonzero(sets == name)
        measured = measure_trust([(shares[place], named[place]) for place in places])
        for key, agreement in sorted(measured.items()):
            low, high = agreement.interval
            cells[f"{name}, {key} ({agreement.products})"] = f"{agreement.trust:.2f} ({low:.2f} to {high:.2f})"
    return cells


if __name__ == "__main__":
    for line in measure():
        print(line)
