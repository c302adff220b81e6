"""Split rows so that no color is on both sides."""

import numpy as np

from saekdong.errors import SaekdongError
from saekdong.model.rows import Indices, Rows

FOLDS = 5


def assign_folds(rows: Rows, folds: int = FOLDS, seed: int = 0) -> Indices:
    """Distribute the rows over folds: stratified by label, and all rows of one color in one fold.

    Each label's colors are shuffled and dealt to the folds in turn, continuing after the last label's last fold.
    A color under several labels counts as its most frequent one.

    Args:
        rows: at least one row.
        folds: the number of folds, 2 or more.
        seed: the same seed results in the same folds.

    Returns:
        Each row's fold, 0 to folds - 1, (N,).
    """
    colors, place = np.unique(rows.colors, return_inverse=True)
    label = _label_of_each_color(rows, len(colors), place)
    shuffled = np.random.default_rng(seed).permutation(len(colors))
    by_label = shuffled[np.argsort(label[shuffled], kind="stable")]
    fold = np.empty(len(colors), dtype=np.intp)
    fold[by_label] = np.arange(len(colors)) % folds
    dealt: Indices = fold[place]
    return dealt


def split(rows: Rows, test_share: float = 0.3, seed: int = 0) -> tuple[Indices, Indices]:
    """Split rows at random into train and test: stratified by label, and the same color never on both sides.

    Args:
        rows: the rows to split.
        test_share: the share of each label's rows that goes to the test side, above 0 and below 1.
        seed: the same seed results in the same split.

    Returns:
        The indexes of the train rows and of the test rows, each in the rows' order.

    Raises:
        SaekdongError: the share is out of range, or leaves one side empty.
    """
    _check_share(test_share)
    colors, place, size = np.unique(rows.colors, return_inverse=True, return_counts=True)
    label = _label_of_each_color(rows, len(colors), place)
    in_test = np.zeros(len(colors), dtype=bool)
    shuffled = np.random.default_rng(seed).permutation(len(colors))
    for code in np.unique(label):
        mine = shuffled[label[shuffled] == code]
        before = np.cumsum(size[mine]) - size[mine]
        wanted = test_share * size[mine].sum()
        in_test[mine] = before + size[mine] / 2 <= wanted
    return _sides(in_test[place])


def split_ordered(rows: Rows, test_share: float = 0.3) -> tuple[Indices, Indices]:
    """Split rows as the hands-on does: the first rows train, the ones after them test.

    Colors may be on both sides, so the accuracy measured on the test side is too optimistic.
    The train side has round((1 - test_share) x N) rows: 1,966 of the tutorial's 2,808.
    """
    _check_share(test_share)
    train = round((1 - test_share) * len(rows))
    return _sides(np.arange(len(rows)) >= train)


def _check_share(test_share: float) -> None:
    if not 0 < test_share < 1:
        raise SaekdongError(f"a test share of {test_share:g} is impossible", fix="use one between 0 and 1, such as 0.3")


def _sides(in_test: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[Indices, Indices]:
    train, test = np.flatnonzero(~in_test), np.flatnonzero(in_test)
    if not len(train) or not len(test):
        raise SaekdongError("too few colors to split: one side would be empty", fix="add rows, or change the share")
    return train, test


def _label_of_each_color(rows: Rows, colors: int, place: Indices) -> Indices:
    count = np.zeros((colors, len(rows.vocabulary)), dtype=np.intp)
    np.add.at(count, (place, rows.codes), 1)
    most: Indices = count.argmax(axis=1)
    return most
