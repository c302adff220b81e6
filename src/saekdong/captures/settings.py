"""Which requests of an endpoint are captured, and for how long their lines are kept."""

import re
from dataclasses import dataclass

from saekdong.errors import SaekdongError

_FORM = re.compile(r"([1-9][0-9]{0,4})([hd])")
_HOURS = {"h": 1, "d": 24}


@dataclass(frozen=True)
class Retention:
    """How long captured lines are kept.

    Attributes:
        hours: in whole hours, because files hold the lines of an hour.
    """

    hours: int = 30 * 24

    @classmethod
    def parse(cls, text: str) -> "Retention":
        """Return the retention that a text means.

        Args:
            text: days or hours, such as `30d` or `12h`.

        Raises:
            SaekdongError: it is neither.

        Example:
            >>> Retention.parse("2d")
            Retention(hours=48)
        """
        match = _FORM.fullmatch(text.strip().lower())
        if not match:
            raise SaekdongError(f"{text[:40]!r} is not a duration", fix="give days or hours, such as 30d or 12h")
        return cls(int(match[1]) * _HOURS[match[2]])

    def __str__(self) -> str:
        return f"{self.hours // 24}d" if self.hours % 24 == 0 else f"{self.hours}h"

    @property
    def days(self) -> int:
        """The retention in whole days, rounded up."""
        return -(-self.hours // 24)


@dataclass(frozen=True)
class CaptureSettings:
    """What is captured at an endpoint.

    Attributes:
        percent: how many of a hundred requests are captured, 1 to 100.
        keep: how long their lines are kept.
        photos: whether photos are captured too; otherwise only their answers and their SHA-256.
    """

    percent: int
    keep: Retention = Retention()
    photos: bool = False
