"""Whether a feed may have changed since it was last read."""

import os
from pathlib import Path
from time import monotonic

from saekdong.fetch import Mark
from saekdong.fetch.fetcher import Fetcher
from saekdong.fetch.urls import is_address

_FULL_SECONDS = 86_400.0


class Watched:
    """A feed that is looked at again and again.

    A folder is read each time. A file or an address that is as it was is not, but once a day: photos may have changed
    at the addresses that it names.

    Args:
        place: the feed.
        fetcher: what fetches it from an address.
        copy: the file for an address's content.
    """

    def __init__(self, place: str, fetcher: Fetcher, copy: Path) -> None:
        self.place, self.fetcher = place, fetcher
        self.copy = copy if is_address(place) else None
        self.mark = Mark()
        self.read_at = -_FULL_SECONDS

    def is_due(self) -> bool:
        """Return whether to read the feed; `copy` is the file with the content of an address.

        Raises:
            SaekdongError: its address cannot be fetched.
        """
        if monotonic() - self.read_at >= _FULL_SECONDS:
            self.mark = Mark()
        mark = self._look()
        if mark == self.mark != Mark():
            return False
        self.mark, self.read_at = mark, monotonic()
        return True

    def forget(self) -> None:
        """Let the feed be read next time, whatever it is then."""
        self.mark = Mark()

    def _look(self) -> Mark:
        if self.copy:
            mark = self.fetcher.download(self.place, self.copy, self.mark).mark
            return mark if mark.etag or mark.modified else Mark()
        try:
            state = os.stat(self.place)  # noqa: PTH116
        except OSError:
            # Reading it says what is wrong.
            return Mark()
        return Mark() if os.path.isdir(self.place) else Mark(size=state.st_size, mtime_ns=state.st_mtime_ns)  # noqa: PTH112
