"""What a request can do wrong, told in JSON with a status."""


class RequestError(Exception):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status.
        code: what is wrong, in a word.
        message: what, where, and what was expected.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)
