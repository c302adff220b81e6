"""Errors the user can fix, each reported on one line."""


class SaekdongError(Exception):
    """A problem that the user can fix; the message says what is wrong, where, and what to do.

    The command line prints it on one line and exits with `exit_code`.

    Example:
        >>> str(SaekdongError("rows.csv has no LABEL column", fix="add one"))
        'rows.csv has no LABEL column; add one'
    """

    exit_code = 2

    def __init__(self, problem: str, fix: str = "") -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem}; {fix}" if fix else problem)


class RowsError(SaekdongError):
    """A file of rows cannot be used."""


class RejectedRowsError(RowsError):
    """Rows were rejected, and the caller allows none."""

    exit_code = 1


class ArtifactError(SaekdongError):
    """A model artifact is missing, altered, truncated, or has another format version."""
