"""The folders that SageMaker shares with a container."""

import os
from dataclasses import dataclass
from pathlib import Path

_MOST_REASON = 1024


@dataclass(frozen=True)
class Layout:
    """The paths under `/opt/ml`, or under another root.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """

    root: Path

    @classmethod
    def here(cls) -> "Layout":
        """Return the layout under SAEKDONG_ML_ROOT, by default /opt/ml."""
        return cls(Path(os.environ.get("SAEKDONG_ML_ROOT", "/opt/ml")))

    @property
    def config(self) -> Path:
        """The folder of hyperparameters.json, inputdataconfig.json and resourceconfig.json."""
        return self.root / "input" / "config"

    @property
    def model(self) -> Path:
        """The folder of the model: training writes it, serving reads it."""
        return self.root / "model"

    @property
    def models(self) -> Path:
        """The folder into which SageMaker unpacks the models of a multi-model endpoint."""
        return self.root / "models"

    @property
    def captures(self) -> Path:
        """The folder of captured requests, named as an endpoint."""
        return self.root / "captures" / "serve"

    @property
    def data(self) -> Path:
        """The folder of training's other output."""
        return self.root / "output" / "data"

    def channel(self, name: str) -> Path:
        """Return a channel's folder."""
        return self.root / "input" / "data" / name

    def write_failure(self, reason: str) -> None:
        """Write the reason of a failure to output/failure, at most 1,024 characters, which SageMaker shows."""
        file = self.root / "output" / "failure"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(reason[:_MOST_REASON], encoding="utf-8")
