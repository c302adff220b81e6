"""The platform that is this machine."""

from pathlib import Path


class Local:
    """Hosts endpoints on this machine."""

    def __init__(self, folder: Path, engine: str = "process") -> None:
        self.folder, self.engine = folder, engine
