"""The hands-on's two experiments: R's tree on RGB, then on its Lab."""

from saekdong.model.calibration import Calibration
from saekdong.model.classifier import Recipe, fit
from saekdong.model.compiling import compile_table
from saekdong.model.evaluation import Evaluation, evaluate
from saekdong.model.rows import Rows
from saekdong.model.splits import split_ordered

SPACES = ("rgb", "lab-linear")


def reproduce(rows: Rows, seed: int = 0) -> dict[str, Evaluation]:
    """Train R's tree on the first 70% of the rows and test it on the rest, in RGB and in the hands-on's Lab.

    Returns:
        The evaluation on the test rows by color space. As in the hands-on, colors of the training side are also on the
        test side, so both accuracies are too optimistic; their difference is what the hands-on shows.
    """
    rows = rows.with_used_labels()
    train, test = (rows.take(places) for places in split_ordered(rows))
    return {space: _experiment(train, test, space, seed) for space in SPACES}


def _experiment(train: Rows, test: Rows, space: str, seed: int) -> Evaluation:
    classifier = fit(train, Recipe(space, "tree"), Calibration(), seed)
    table, _ = compile_table(classifier, train)
    return evaluate(test, classifier.probabilities(test.rgb), table)
