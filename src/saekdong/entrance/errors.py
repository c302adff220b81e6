"""The error of a request, sent as JSON with a status."""


class RequestError(Exception):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status.
        code: the kind of error, in a word.
        message: what is wrong, where, and what was expected.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)
