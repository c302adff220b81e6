"""What people did wrong, with a reason that pages say in the reader's language."""

import math

from saekdong.errors import SaekdongError


class PeopleError(SaekdongError):
    """Something about people that cannot be done.

    Attributes:
        reason: a key, such as `name-taken`.
        name: the person that it is about; empty if it is about none.
    """

    def __init__(self, reason: str, problem: str, fix: str = "", name: str = "") -> None:
        self.reason, self.name = reason, name
        super().__init__(problem, fix)


class LoginRefusedError(PeopleError):
    """A name and a password that do not fit, or a try before the wait is over.

    Attributes:
        wait: the seconds until the next try is accepted.
    """

    def __init__(self, wait: float) -> None:
        self.wait = math.ceil(wait)
        fix = f"wait {self.wait} seconds" if self.wait else ""
        super().__init__("wait" if self.wait else "wrong", "the name or the password is wrong", fix)
