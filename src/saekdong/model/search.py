"""`auto`: find the color space, model and settings for the rows."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from saekdong.errors import SaekdongError
from saekdong.model.classifier import Recipe, out_of_fold
from saekdong.model.estimators import Value
from saekdong.model.evaluation import fold_accuracies, mean_accuracy
from saekdong.model.rows import Rows
from saekdong.model.splits import assign_folds, split

LADDER = (
    *(Recipe(space, "tree") for space in ("rgb", "lab", "lab-linear", "oklab")),
    *(Recipe(space, "pruned-tree") for space in ("lab", "lab-linear")),
    *(Recipe(space, "knn", {"k": k}) for space in ("lab", "oklab", "cam16-ucs") for k in (5, 15)),
    *(Recipe(space, "svm", {"gamma": gamma}) for space in ("lab", "oklab", "cam16-ucs") for gamma in (0.5, 4)),
    *(Recipe(space, "random-forest") for space in ("lab", "lab-linear")),
    *(Recipe(space, "random-forest") for space in ("lab+lch", "lab+rgb", "lab-linear+rgb", "lab-linear+lch")),
    *(Recipe(space, "extra-trees") for space in ("lab", "lab+lch", "lab-linear")),
    *(Recipe(space, "boosting") for space in ("lab", "lab-linear")),
)
"""The recipes that `auto` tries, simple ones first: of equally good ones, the first is chosen."""

MOST_ROWS = 20_000
_MOST_ROWS_SVM = 6_000


@dataclass(frozen=True)
class Trial:
    """A recipe and its accuracy, over all folds and in each."""

    recipe: Recipe
    accuracy: float
    folds: tuple[float, ...]


@dataclass(frozen=True)
class Search:
    """The result of a search.

    Attributes:
        chosen: the simplest trial within one standard error of the best.
        best: the most accurate trial.
        trials: all completed trials, in the order tried.
        stopped: the reason if it ended before its last candidate ("budget", "interrupted"), otherwise "".
    """

    chosen: Trial
    best: Trial
    trials: list[Trial]
    stopped: str


SearchProgress = Callable[[int, int, Trial | None], None]


def search(
    rows: Rows,
    candidates: Sequence[Recipe],
    seed: int = 0,
    budget: float = math.inf,
    progress: SearchProgress = lambda _done, _total, _best: None,
) -> Search:
    """Try recipes by cross-validation in folds that share no color, and choose one.

    The chosen trial is the earliest candidate (they go from simple to complex) whose accuracy is within one standard
    error of the best one's, where the error is that of the difference between the two, fold by fold. On more than
    20,000 rows a stratified sample of them is used.

    Args:
        rows: the training rows.
        candidates: recipes, simple ones first.
        seed: the seed of the folds and the fits.
        budget: seconds; after that, no further candidate is started. The first is always completed.
        progress: called with the candidates done, their number, and the best trial so far.

    Returns:
        The search; Ctrl-C after the first trial ends it with the trials so far.

    Raises:
        SaekdongError: there are no candidates.
    """
    if not candidates:
        raise SaekdongError("no recipe fits the chosen space and model", fix="leave one of them out")
    sample = _sample(rows, seed)
    candidates = [c for c in candidates if c.model != "svm" or len(sample) <= _MOST_ROWS_SVM] or list(candidates)
    trials: list[Trial] = []
    stopped = ""
    deadline = time.monotonic() + budget
    try:
        for done, recipe in enumerate(candidates):
            progress(done, len(candidates), _best(trials))
            if trials and time.monotonic() > deadline:
                stopped = "budget"
                break
            trials.append(_try(sample, recipe, seed))
    except KeyboardInterrupt:
        if not trials:
            raise
        stopped = "interrupted"
    best = _best(trials)
    assert best is not None  # noqa: S101
    progress(len(candidates), len(candidates), best)
    return Search(_simplest(trials, best), best, trials, stopped)


def _sample(rows: Rows, seed: int) -> Rows:
    if len(rows) <= MOST_ROWS:
        return rows
    return rows.take(split(rows, MOST_ROWS / len(rows), seed)[1])


def _try(rows: Rows, recipe: Recipe, seed: int) -> Trial:
    fold = assign_folds(rows, seed=seed)
    raw = out_of_fold(rows, recipe, fold, seed)
    return Trial(recipe, mean_accuracy(raw, rows), fold_accuracies(raw, rows, fold))


def _best(trials: Sequence[Trial]) -> Trial | None:
    return max(trials, key=lambda trial: trial.accuracy, default=None)


def _simplest(trials: Sequence[Trial], best: Trial) -> Trial:
    return next(trial for trial in trials if _is_near(trial, best))


def _is_near(trial: Trial, best: Trial) -> bool:
    behind = np.subtract(best.folds, trial.folds)
    error = behind.std(ddof=1) / math.sqrt(len(behind)) if len(behind) > 1 else 0.0
    return bool(behind.mean() <= error) and best.accuracy - trial.accuracy <= error


def recipes(space: str | None, model: str, settings: Mapping[str, Value], balance: bool) -> list[Recipe]:
    """Return the recipes that match the request: one if space and model are given, otherwise the ladder's.

    Args:
        space: a color space, or None for each.
        model: a kind of model, or `auto` for each.
        settings: the model's settings.
        balance: whether every label has the same total weight.
    """
    if space is not None and model != "auto":
        return [Recipe(space, model, settings, balance)]
    ladder = candidates_for(space, None if model == "auto" else model, LADDER)
    return [replace(each, settings={**each.settings, **settings}, balance=balance) for each in ladder]


def candidates_for(space: str | None, model: str | None, ladder: Sequence[Recipe]) -> list[Recipe]:
    """Return the ladder's recipes for a space and a model, if they are given.

    A given space replaces the ladder's own; duplicates are tried once.
    """
    chosen = [recipe for recipe in ladder if model is None or recipe.model == model]
    if space is not None:
        chosen = [replace(recipe, space=space) for recipe in chosen]
    return [recipe for place, recipe in enumerate(chosen) if recipe not in chosen[:place]]
