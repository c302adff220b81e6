"""The hosts of photos: their connection limit, their failures, and until when each is skipped."""

import asyncio
import email.utils
import time

from saekdong.fetch.errors import FetchError

LONGEST_REST = 60.0
_DOWN_SECONDS = 60.0
_MOST_REST = 86_400.0


class LaterError(Exception):
    """A temporary failure; `rest` is the seconds of the server's Retry-After."""

    def __init__(self, why: str, rest: float = 0) -> None:
        self.rest = rest
        super().__init__(why)


class Host:
    """A host: its connection limit, its failures, and until when it is skipped."""

    def __init__(self, name: str, connections: int) -> None:
        self.name = name
        self.slots = asyncio.Semaphore(connections)
        self.failures = 0
        self.rests_until = 0.0
        self.why = ""

    async def ready(self) -> None:
        """Wait as long as the host asked for; fail at once while the host is skipped."""
        while (seconds := self.rests_until - time.monotonic()) > 0:
            if self.why:
                raise FetchError("unavailable", f"{self.name} {self.why}", fix="try again later")
            await asyncio.sleep(seconds)

    def failed(self, rest: float, most: int) -> None:
        """Count a failure; after `most` in a row, or if the server asks for a long pause, skip the host for a while."""
        self.failures += 1
        self.why = f"asks for a pause of {rest:,.0f} seconds" if rest > LONGEST_REST else ""
        if self.failures >= most:
            self.why = f"failed {self.failures} times in a row"
            rest = max(rest, _DOWN_SECONDS)
            # After the pause, one more failure is enough.
            self.failures = most - 1
        self.rests_until = max(self.rests_until, time.monotonic() + rest)


def retry_after(header: str) -> float:
    """Return the seconds of a Retry-After header, a number or a date; a day at most, 0 if it is neither.

    Example:
        >>> retry_after("120"), retry_after("Fri, 31 Dec 9999 23:59:59 GMT"), retry_after("soon")
        (120.0, 86400.0, 0.0)
    """
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _MOST_REST)
    try:
        seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0
    return min(max(seconds, 0.0), _MOST_REST)
