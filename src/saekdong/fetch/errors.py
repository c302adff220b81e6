"""Why something at an address could not be fetched."""

from saekdong.errors import SaekdongError


class FetchError(SaekdongError):
    """Something at an address cannot be fetched; `code` says why in a word.

    Codes: not-found, refused, too-large, unavailable, unreadable, unsupported.
    """

    def __init__(self, code: str, problem: str, fix: str = "") -> None:
        self.code = code
        super().__init__(problem, fix)
