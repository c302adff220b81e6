"""Errors the user can fix, each reported on one line."""

from typing import Any


class SaekdongError(Exception):
    """A problem that the user can fix; the message says what is wrong, where, and what to do.

    The command line prints it on one line and exits with `exit_code`.

    Examples:
        >>> str(SaekdongError("rows.csv has no LABEL column", fix="add one"))
        'rows.csv has no LABEL column; add one'
    """

    exit_code = 2

    def __init__(self, problem: str, fix: str = "") -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem}; {fix}" if fix else problem)

    def __reduce__(self) -> tuple[Any, ...]:
        # An error of a pool's process is pickled on its way to the caller. By default it would be made again from its
        # message alone, which fails for errors that take more, and breaks the pool.
        return _made_again, (type(self), self.args, vars(self))


class DiskError(SaekdongError):
    """A file cannot be written because its disk is full or fails."""


class RowsError(SaekdongError):
    """A file of rows cannot be used."""


class RejectedRowsError(RowsError):
    """Rows were rejected, and the caller allows none."""

    exit_code = 1


class ArtifactError(SaekdongError):
    """A model artifact is missing, altered, truncated, or has another format version."""


def _made_again(kind: type[SaekdongError], args: tuple[Any, ...], attributes: dict[str, Any]) -> SaekdongError:
    error = kind.__new__(kind, *args)
    vars(error).update(attributes)
    return error
