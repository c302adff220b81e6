"""Whether one model tags photos better than another."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.model.comparison import Comparison, compare_models
from saekdong.model.intervals import Interval, bootstrap
from saekdong.tagging.photo_evaluation import JudgedPhoto
from saekdong.tagging.scoring import count_tags, micro_scores


@dataclass(frozen=True)
class PhotoComparison:
    """Two models on the same photos.

    Attributes:
        top1: their first tags, compared by McNemar's test.
        f1_a, f1_b: the f1 of all tags of each.
        f1_difference: f1 of B less that of A, with its 95% interval from bootstrap samples of whole photos.
    """

    top1: Comparison
    f1_a: float
    f1_b: float
    f1_difference: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain data for JSON."""
        top1 = asdict(self.top1)
        return {
            "photos": top1["rows"],
            "top1_a": top1["accuracy_a"],
            "top1_b": top1["accuracy_b"],
            "only_a": top1["only_a"],
            "only_b": top1["only_b"],
            "p_value": top1["p_value"],
            "top1_difference": top1["difference"],
            "better": self.top1.better,
            "f1_a": self.f1_a,
            "f1_b": self.f1_b,
            "f1_difference": asdict(self.f1_difference),
        }


def compare_photos(a: Sequence[JudgedPhoto], b: Sequence[JudgedPhoto]) -> PhotoComparison:
    """Compare two models by what each says of the same photos, in the same order.

    Each may have a vocabulary of its own: a photo's colors are then its codes in the model's own vocabulary.
    """
    counts = [count_tags([photo.tags for photo in each], [photo.colors for photo in each]) for each in (a, b)]
    right_a, right_b = (each[:, 1].astype(bool) for each in counts)

    def figures(times: NDArray[np.int64]) -> NDArray[np.float64]:
        f1_a, f1_b = (micro_scores(times @ each)[3] for each in counts)
        return np.array([f1_a, f1_b, f1_b - f1_a])

    f1_a, f1_b, difference = bootstrap(figures, len(a))
    return PhotoComparison(compare_models(right_a, right_b), f1_a.value, f1_b.value, difference)
