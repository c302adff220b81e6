"""The errors that a person can fix, told in one line each."""


class SaekdongError(Exception):
    """Something in the input is wrong; the message says what, where, and how to fix it.

    The command line prints it as one line and leaves with `exit_code`.

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
    """A file of rows cannot be used as it is."""


class RejectedRowsError(RowsError):
    """Rows were rejected where the caller asked for none."""

    exit_code = 1


class ArtifactError(SaekdongError):
    """A model artifact is missing, altered, cut short, or of another format version."""
