"""The lines with which a training job prints its metrics, and SageMaker's definitions that match them."""

from collections.abc import Mapping

SETS = ("cv", "validation", "test")
FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "calibration_error")
SEARCH = "search:accuracy"

METRIC_DEFINITIONS = [
    {"Name": name, "Regex": rf"\b{name}=([0-9.]+)"}
    for name in (SEARCH, *(f"{of}:{figure}" for of in SETS for figure in FIGURES))
]
"""The value of AlgorithmSpecification.MetricDefinitions for `create_training_job`."""


def metric_line(of: str, figures: Mapping[str, float]) -> str:
    """Return the line of figures on one set.

    Example:
        >>> metric_line("cv", {"accuracy": 0.8, "log_loss": 0.5, "recall.navy": 1.0})
        'cv:accuracy=0.800000 cv:log_loss=0.500000'
    """
    return " ".join(f"{of}:{name}={figures[name]:.6f}" for name in FIGURES if name in figures)
