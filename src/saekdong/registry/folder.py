"""The folder of a shop's models, each an artifact in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path

from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.model.artifact import Artifact
from saekdong.model.identity import ARTIFACT_FILE

STARTER_MODEL = "starter"


@dataclass(frozen=True)
class ModelFolder:
    """The models in a folder, and the starter.

    Attributes:
        path: the folder; it need not exist.
    """

    path: Path

    def files(self) -> list[Path]:
        """Return the paths of the artifacts, newest first."""
        found = self.path.glob(f"*/{ARTIFACT_FILE}")
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), reverse=True)

    def has(self, name: str) -> bool:
        """Return whether `find` would find this model."""
        return self._look_up(name) is not None

    def find(self, name: str) -> Path:
        """Return the path of an artifact.

        Args:
            name: a path to it or to its folder, or the name of a model of this folder.

        Raises:
            SaekdongError: there is no such model.
        """
        if file := self._look_up(name):
            return file
        names = ", ".join(sorted(path.parent.name for path in self.files())) or "none yet"
        raise SaekdongError(f"there is no model {name}", fix=f"give a {ARTIFACT_FILE}, its folder, or one of: {names}")

    def _look_up(self, name: str) -> Path | None:
        places = (Path(name), self.path / name)
        return next((file for place in places for file in (place, place / ARTIFACT_FILE) if file.is_file()), None)

    def load(self, name: str) -> Artifact:
        """Return an artifact, found as by `find`; the starter for `starter`.

        Raises:
            SaekdongError: there is no such model, or it cannot be used.
        """
        from saekdong.tagging import starter

        return starter() if name == STARTER_MODEL else artifact.load(self.find(name))
