"""A model as an MLflow model: a folder for `mlflow.pyfunc.load_model` and `mlflow models serve`.

    >>> import mlflow, saekdong.mlflow  # doctest: +SKIP
    >>> saekdong.mlflow.save(saekdong.load("models/shop"), Path("shop-mlflow"))  # doctest: +SKIP
    >>> mlflow.pyfunc.load_model("shop-mlflow").predict(colors)  # doctest: +SKIP

Writing needs no MLflow. MLflow itself imports this module to load the model, so nothing is pickled.
https://mlflow.org/docs/latest/ml/model/python_function/
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saekdong._version import __version__
from saekdong.files import write_whole
from saekdong.model import artifact
from saekdong.model.identity import ARTIFACT_FILE

_COLORS = [{"name": channel, "type": "long", "required": True} for channel in "rgb"]
_ANSWER = [
    {"name": "label", "type": "string", "required": True},
    {"name": "probability", "type": "double", "required": True},
]
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
_REQUIREMENT = f"saekdong=={__version__}"


def save(model: artifact.Artifact, folder: Path) -> None:
    """Write an MLflow model, `MLmodel` last: if it exists, the model is complete.

    Args:
        model: the model to export.
        folder: the folder to write; made if it is missing.

    Raises:
        SaekdongError: a file cannot be written.
    """
    artifact.save(model, folder / ARTIFACT_FILE)
    write_whole(folder / "requirements.txt", f"{_REQUIREMENT}\npandas\n")
    environment = {"python": _PYTHON, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    write_whole(folder / "python_env.yaml", _yaml(environment))
    description = {
        "flavors": {
            "python_function": {
                "data": ARTIFACT_FILE,
                "env": {"virtualenv": "python_env.yaml"},
                "loader_module": "saekdong.mlflow",
                "python_version": _PYTHON,
            }
        },
        "metadata": {"digest": model.id, "labels": list(model.vocabulary.ids), "saekdong": __version__},
        "signature": {"inputs": json.dumps(_COLORS), "outputs": json.dumps(_ANSWER), "params": None},
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    write_whole(folder / "MLmodel", _yaml(description))


def _yaml(content: dict[str, Any]) -> str:
    """Write a record as YAML; JSON is a subset of it."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


class ColorNamer:
    """The model that MLflow calls for predictions."""

    def __init__(self, model: artifact.Artifact) -> None:
        self._model = model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Return the label and its probability for each color.

        Args:
            model_input: a data frame with the columns r, g and b, 0-255.
            params: ignored; MLflow passes it.

        Returns:
            A data frame with the columns label and probability, on the same index.

        Raises:
            SaekdongError: a value is not a whole number from 0 to 255.
        """
        import pandas as pd

        colors = model_input[["r", "g", "b"]].to_numpy()
        answer = {
            "label": self._model.predict(colors).astype(object),
            "probability": self._model.predict_proba(colors).max(axis=1),
        }
        return pd.DataFrame(answer, index=model_input.index)


def _load_pyfunc(path: str) -> ColorNamer:
    """Load the model; MLflow calls this function by its name."""
    return ColorNamer(artifact.load(path))
