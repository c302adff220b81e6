"""Bulk prediction, one core each: the compiled table beside the model it was compiled from (the sample rows)."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import saekdong
from saekdong.color import to_space
from saekdong.model import artifact
from saekdong.model.classifier import Recipe
from saekdong.model.reading import read_rows
from saekdong.model.training import train
from saekdong.samples.rows import sample_csv
from tools import best_seconds, table

MANY, FEW = 10_000_000, 100_000
RECIPES = (Recipe("lab-linear+rgb", "random-forest"), Recipe("lab", "svm"), Recipe("lab", "knn"))


def measure() -> Iterator[str]:
    """Time both ways of prediction, loading and compiling."""
    colors = np.random.default_rng(0).integers(0, 256, (MANY, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        rows_file = Path(folder) / "colors.csv"
        rows_file.write_bytes(sample_csv())
        rows = read_rows(rows_file).rows
        yield from table(
            ["model", "table: million colors/s", "as label texts", "scikit-learn predict", "times as fast",
             "agreement (rows / near)", "train s", "load s", "MB"],
            [_row(recipe, rows, colors, Path(folder) / "model.tar.gz") for recipe in RECIPES],
        )  # fmt: skip


def _row(recipe: Recipe, rows: object, colors: np.ndarray, file: Path) -> tuple[str, ...]:
    begun = time.perf_counter()
    trained = train(rows, recipe)
    train_seconds = time.perf_counter() - begun
    artifact.save(trained.artifact, file)
    model = saekdong.load(file)
    codes = MANY / best_seconds(lambda: model.table.codes(colors), 3)
    labels = MANY / best_seconds(lambda: model.predict(colors), 3)
    estimator, few = trained.classifier.estimator, colors[:FEW]
    estimator = getattr(estimator, "forest", estimator)
    with threadpool_limits(1):
        theirs = FEW / best_seconds(lambda: estimator.predict_proba(to_space(few, recipe.space)).argmax(axis=1), 1)
    agreement = trained.agreement
    return (
        f"{recipe.model} on {recipe.space}",
        f"{codes / 1e6:.1f}",
        f"{labels / 1e6:.1f}",
        f"{theirs / 1e6:.4f}",
        f"{codes / theirs:,.0f}",
        f"{agreement.rows:.4f} / {agreement.near_rows:.4f}",
        f"{train_seconds:.0f}",
        f"{best_seconds(lambda: saekdong.load(file), 3):.3f}",
        f"{file.stat().st_size / 1e6:.2f}",
    )
