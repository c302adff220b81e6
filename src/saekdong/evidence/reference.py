"""The reference: what the weeks before a model's promotion were like, frozen, so that slow changes add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.evidence.streams import Stream

Array = NDArray[np.float64]

WEEKS = 8
"""The weeks before promotion that a reference covers."""

LEAST_BATCHES = 8
"""A reference has at least so many batches, and a category with fewer is not familiar."""

MOST_FACTORS = 1000
"""Only so many factors are kept, those with the most batches."""

_MOST_INFLATION = 4.0
_PASSES = 3
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Reference:
    """The mean of each stream, what a batch's feed and category add to it, and how precisely that is known.

    Photos of one feed or category may differ from the others'. A batch is compared with what is expected of its own
    feed and category: a day with products of one feed alone is not a change.

    Attributes:
        streams: the streams, S.
        factors: the row of each factor in `effect` and `variance`; row 0, named "", is the mean of all batches.
        effect: what a factor adds to the mean, (rows, S).
        variance: the squared standard error of the effect, (rows, S).
    """

    streams: tuple[Stream, ...]
    factors: Mapping[str, int]
    effect: Array
    variance: Array

    @classmethod
    def of(
        cls, streams: tuple[Stream, ...], means: Array, factors: Sequence[Sequence[str]], week: NDArray[np.intp]
    ) -> "Reference":
        """Summarize the batches of the reference weeks.

        An additive model of random effects, fitted by backfitting. An effect is drawn toward 0, the more the fewer
        batches it has and the less such effects differ (empirical Bayes; Efron and Morris 1975, "Data analysis using
        Stein's estimator"; the variance of effects as in DerSimonian and Laird 1986).

        Args:
            streams: the streams, S.
            means: of the batches, by `streams.batch_scores`, (B, S).
            factors: of each batch, in the same order: its feed, its category, and both.
            week: of each batch, (B,); if weeks differ more than their batches explain, the errors grow.

        Raises:
            ValueError: there are fewer than `LEAST_BATCHES` batches.
        """
        if len(means) < LEAST_BATCHES:
            raise ValueError(f"a reference needs at least {LEAST_BATCHES} batches, not {len(means)}")
        kinds = [_Factor.of([each[kind] for each in factors]) for kind in range(len(factors[0]))]
        known = np.isfinite(means)
        base = np.where(known, means, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rest = np.where(known, means - base, 0)
        effects = [np.zeros((len(kind.names), means.shape[1])) for kind in kinds]
        for _ in range(_PASSES):
            for place, kind in enumerate(kinds):
                rest = rest + np.where(known, effects[place][kind.level], 0)
                effects[place], _ = kind.shrink(rest, known)
                rest = rest - np.where(known, effects[place][kind.level], 0)
        inflation = _inflation(rest, week)
        variances = [
            kind.shrink(rest + np.where(known, effect[kind.level], 0), known)[1]
            for kind, effect in zip(kinds, effects, strict=True)
        ]
        of_base = (rest**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1) ** 2
        names = ["", *(name for kind in kinds for name in kind.names)]
        effect, variance = np.vstack([base, *effects]), np.vstack([of_base, *variances]) * inflation
        sizes = [len(means), *(size for kind in kinds for size in kind.sizes)]
        kept = sorted(np.argsort(-np.array(sizes), kind="stable")[: MOST_FACTORS + 1].tolist())
        return cls(streams, {names[row]: place for place, row in enumerate(kept)}, effect[kept], variance[kept])

    def expect(self, factors: Sequence[Sequence[str]]) -> tuple[Array, Array]:
        """Return the mean that is expected of each batch, and its standard error, (B, S).

        A factor that the reference does not have adds nothing.
        """
        known = [[0, *(self.factors[name] for name in each if name in self.factors)] for each in factors]
        shape = (len(known), self.effect.shape[1])
        mean, variance = (
            np.array([table[rows].sum(axis=0) for rows in known]).reshape(shape)
            for table in (self.effect, self.variance)
        )
        return np.clip(mean, 0, 1), np.sqrt(variance)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the reference as plain arrays, for `numpy.savez`."""
        return {
            "streams": np.array([[each.kind, each.name, each.form] for each in self.streams]),
            "factors": np.array(sorted(self.factors, key=self.factors.__getitem__)),
            "effect": self.effect,
            "variance": self.variance,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Reference":
        """Return the reference that `to_arrays` returned."""
        streams = tuple(Stream(*(str(part) for part in row)) for row in arrays["streams"].tolist())  # type: ignore[arg-type]
        factors = {str(name): place for place, name in enumerate(arrays["factors"].tolist())}
        effect, variance = (np.asarray(arrays[name], dtype=np.float64) for name in ("effect", "variance"))
        return cls(streams, factors, effect, variance)


@dataclass(frozen=True, eq=False)
class _Factor:
    """One factor: its names, the level of each batch (B,), and the number of batches of each level."""

    names: list[str]
    level: NDArray[np.intp]
    sizes: list[int]

    @classmethod
    def of(cls, names: Sequence[str]) -> "_Factor":
        unique, level, sizes = np.unique(np.array(names), return_inverse=True, return_counts=True)
        return cls([str(name) for name in unique], level.ravel().astype(np.intp), sizes.tolist())

    def shrink(self, values: Array, known: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return the effect of each level and its variance, (levels, S), of values whose mean is 0."""
        counts, sums, squares = (self._sum(each) for each in (known.astype(np.float64), values, values**2))
        counts = np.maximum(counts, _TINY)
        mean = sums / counts
        pooled = np.maximum((squares - sums * mean).sum(axis=0) / np.maximum(counts.sum(axis=0), 1), _TINY)
        # A few batches may be equal by chance: the variance of all counts as that of LEAST_BATCHES more.
        spread = (np.maximum(squares - sums * mean, 0) + LEAST_BATCHES * pooled) / (counts + LEAST_BATCHES)
        error = spread / counts
        weight = 1 / error
        freedom = np.maximum((counts > _TINY).sum(axis=0) - 1, 0)
        scale = weight.sum(axis=0) - (weight**2).sum(axis=0) / weight.sum(axis=0)
        between = np.maximum((weight * mean**2).sum(axis=0) - freedom, 0) / np.maximum(scale, _TINY)
        trust = between / (between + error)
        return trust * mean, trust * error

    def _sum(self, values: Array) -> Array:
        order = np.argsort(self.level, kind="stable")
        return np.add.reduceat(values[order], np.searchsorted(self.level[order], np.arange(len(self.names))))


def _inflation(residuals: Array, week: NDArray[np.intp]) -> Array:
    """Return how many times as much the weeks' means vary as independent batches' would, 1 to 4, (S,)."""
    weeks = np.unique(week)
    if len(weeks) < 3:
        return np.ones(residuals.shape[1])
    sums = np.stack([residuals[week == each].sum(axis=0) for each in weeks])
    expected = (residuals**2).sum(axis=0)
    ratio: Array = np.divide((sums**2).sum(axis=0), expected, out=np.ones_like(expected), where=expected > 0)
    return np.clip(ratio, 1, _MOST_INFLATION)
