"""The error of a failed download."""

from saekdong.errors import SaekdongError


class FetchError(SaekdongError):
    """A download failed; `code` is the reason in a word.

    Codes: not-found, refused, too-large, unavailable, unreadable, unsupported.
    """

    def __init__(self, code: str, problem: str, fix: str = "") -> None:
        self.code = code
        super().__init__(problem, fix)
