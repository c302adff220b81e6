"""Wait, within bounds, for slow operations on AWS."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from saekdong.errors import SaekdongError

_T = TypeVar("_T")


@dataclass(frozen=True)
class AwsPatience:
    """How long to wait, and how often to look.

    Attributes:
        seconds: the longest wait.
        every: the seconds between two looks.
    """

    seconds: float = 1800
    every: float = 10

    def wait(self, what: str, look: Callable[[], _T], done: Callable[[_T], bool]) -> _T:
        """Look until `done`, and return the last result.

        Raises:
            SaekdongError: it took too long.
        """
        end = time.monotonic() + self.seconds
        while not done(seen := look()):
            if time.monotonic() + self.every > end:
                raise SaekdongError(
                    f"{what} takes longer than {self.seconds:g} s",
                    fix="'saekdong status --on sagemaker' shows it; run it again, and it goes on where it stopped",
                )
            time.sleep(self.every)
        return seen
