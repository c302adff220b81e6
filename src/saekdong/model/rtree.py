"""Single classification trees: R's tree(), and a tree pruned by cross-validation."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

_LEAF = -1
_PRUNE_FOLDS = 5
_MOST_ALPHAS = 20


@dataclass(frozen=True)
class Node:
    """A node of a fitted tree, in the order that R's print() lists them (depth first).

    Attributes:
        depth: 0 for the root.
        feature: the feature it splits on, or None for a leaf.
        threshold: rows with feature <= threshold go to the left child.
        left, right: the children's indexes in the list, or None for a leaf.
        code: the code of its most frequent class.
        rows: the number of training rows that reach it.
        share: the share of its rows that have its code.
    """

    depth: int
    feature: int | None
    threshold: float
    left: int | None
    right: int | None
    code: int
    rows: int
    share: float


class RTree:
    """The tree of R's package `tree` with its defaults (Ripley, after Breiman et al. 1984).

    Splits greedily by deviance. A node is split if it has at least `minsize` rows, each side gets at least `mincut`,
    and the best split removes at least `mindev` of the root's deviance. (R's help says that the node's own deviance is
    compared; its C code, grow.c, compares the split's gain, and so does this class.)
    """

    def __init__(self, minsize: int = 10, mincut: int = 5, mindev: float = 0.01, seed: int = 0) -> None:
        self.minsize, self.mincut, self.mindev, self.seed = minsize, mincut, mindev, seed

    def fit(self, x: NDArray[np.float64], y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> "RTree":
        """Grow the tree."""
        share = np.bincount(y, weights=sample_weight) / sample_weight.sum()
        root_entropy = -float(np.sum(share[share > 0] * np.log2(share[share > 0])))
        self.tree = DecisionTreeClassifier(
            criterion="log_loss",
            min_samples_split=self.minsize,
            min_samples_leaf=self.mincut,
            min_impurity_decrease=self.mindev * root_entropy,
            random_state=self.seed,
        ).fit(x, y, sample_weight=sample_weight)
        self.classes_ = self.tree.classes_
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the class shares of the leaf that each row falls into, (N, classes)."""
        shares: NDArray[np.float64] = self.tree.predict_proba(x)
        return shares


class PrunedTree:
    """A tree grown fully and pruned by minimal cost-complexity (Breiman et al. 1984).

    The cost of complexity is the largest whose cross-validated accuracy is within one standard error of the best.
    """

    def __init__(self, leaf: int = 1, seed: int = 0) -> None:
        self.leaf = leaf
        self.seed = seed

    def fit(self, x: NDArray[np.float64], y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> "PrunedTree":
        """Choose by cross-validation how far to prune, then fit on all rows."""
        self.tree = self._grower(self._choose_alpha(x, y, sample_weight)).fit(x, y, sample_weight=sample_weight)
        self.classes_ = self.tree.classes_
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the class shares of the leaf that each row falls into, (N, classes)."""
        shares: NDArray[np.float64] = self.tree.predict_proba(x)
        return shares

    def _grower(self, alpha: float) -> DecisionTreeClassifier:
        return DecisionTreeClassifier(min_samples_leaf=self.leaf, ccp_alpha=alpha, random_state=self.seed)

    def _choose_alpha(self, x: NDArray[np.float64], y: NDArray[np.intp], weight: NDArray[np.float64]) -> float:
        path = self._grower(0.0).cost_complexity_pruning_path(x, y, sample_weight=weight)
        alphas = np.unique(np.clip(path.ccp_alphas, 0, None))[:-1]
        if len(alphas) < 2 or np.bincount(y).max() < _PRUNE_FOLDS:
            return 0.0
        alphas = alphas[np.unique(np.linspace(0, len(alphas) - 1, _MOST_ALPHAS).astype(int))]
        scores = self._scores(alphas, x, y, weight)
        mean = scores.mean(axis=1)
        error = scores.std(axis=1, ddof=1) / np.sqrt(_PRUNE_FOLDS)
        best = int(mean.argmax())
        return float(alphas[np.flatnonzero(mean >= mean[best] - error[best])[-1]])

    def _scores(
        self,
        alphas: NDArray[np.float64],
        x: NDArray[np.float64],
        y: NDArray[np.intp],
        weight: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return each alpha's accuracy in each fold, (alphas, folds)."""
        fold = _deal(y, _PRUNE_FOLDS, self.seed)
        scores = np.empty((len(alphas), _PRUNE_FOLDS))
        for test in range(_PRUNE_FOLDS):
            inside, outside = fold != test, fold == test
            for place, alpha in enumerate(alphas):
                tree = self._grower(alpha).fit(x[inside], y[inside], sample_weight=weight[inside])
                scores[place, test] = np.average(tree.predict(x[outside]) == y[outside], weights=weight[outside])
        return scores


def _deal(y: NDArray[np.intp], folds: int, seed: int) -> NDArray[np.intp]:
    """Distribute rows over folds, stratified by class."""
    shuffled = np.random.default_rng(seed).permutation(len(y))
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    fold = np.empty(len(y), dtype=np.intp)
    fold[by_class] = np.arange(len(y)) % folds
    return fold


def nodes_of(model: RTree | PrunedTree) -> list[Node]:
    """Return the nodes of a fitted tree, depth first, the root at index 0."""
    grown = model.tree.tree_
    nodes: list[Node] = []

    def visit(place: int, depth: int) -> int:
        here = len(nodes)
        shares = grown.value[place][0]
        nodes.append(_leaf(model, grown, place, depth, shares))
        if grown.children_left[place] != _LEAF:
            left = visit(grown.children_left[place], depth + 1)
            right = visit(grown.children_right[place], depth + 1)
            feature, threshold = int(grown.feature[place]), float(grown.threshold[place])
            nodes[here] = replace(nodes[here], feature=feature, threshold=threshold, left=left, right=right)
        return here

    visit(0, 0)
    return nodes


def _leaf(model: RTree | PrunedTree, grown: Any, place: int, depth: int, shares: NDArray[np.float64]) -> Node:
    best = int(shares.argmax())
    rows = int(grown.n_node_samples[place])
    share = float(shares[best] / shares.sum())
    return Node(depth, None, 0.0, None, None, int(model.classes_[best]), rows, share)
