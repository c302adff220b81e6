"""Answers that were paid for, kept by the photo's content."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saekdong.files import write_whole
from saekdong.photo.palette import Palette


@dataclass(frozen=True)
class AnswerCache:
    """A folder of a service's whole answers, one JSON file a photo: `ab/abcd....json`, by the SHA-256 of its bytes.

    Attributes:
        folder: made at the first `open`.
        read: makes a palette of an answer; raises ValueError where it is none.
    """

    folder: Path
    read: Callable[[Any], Palette]

    def open(self) -> None:
        """Make the folder, with a file that makes git ignore it.

        Raises:
            SaekdongError: it cannot be written; reported before an answer is paid for.
        """
        write_whole(self.folder / ".gitignore", "*\n")

    def get(self, key: str) -> Palette | None:
        """Return the stored palette of a photo; None if there is none that can be read."""
        try:
            return self.read(json.loads(self._path(key).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer that `read` can read."""
        write_whole(self._path(key), json.dumps(answer))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def answer_key(content: bytes) -> str:
    """Return the name under which a photo's answer is kept."""
    return hashlib.sha256(content).hexdigest()
