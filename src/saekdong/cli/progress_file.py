"""Progress bars written to a file, for those who have no terminal to look at."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.progress import Progress, TaskID

from saekdong.errors import SaekdongError
from saekdong.files import write_whole

_SECONDS = 0.5


def written_to(path: Path) -> type[Progress]:
    """Return progress bars that write to a file how far the last of them has come, twice a second at most."""

    class WrittenProgress(Progress):
        """Bars whose newest state stands in the file."""

        _written = 0.0

        def update(self, task_id: TaskID, **changes: Any) -> None:
            """Take a bar's new state."""
            super().update(task_id, **changes)
            if time.monotonic() - self._written < _SECONDS:
                return
            self._written = time.monotonic()
            task = self._tasks[task_id]
            state = {
                "title": task.description,
                "done": task.completed,
                "total": task.total,
                "note": str(task.fields.get("note", "")),
            }
            with suppress(SaekdongError):  # a full disk ends no work that only reports
                write_whole(path, json.dumps(state))

    return WrittenProgress
