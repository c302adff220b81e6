"""What is raised when a database fails."""


class StoreError(Exception):
    """The store failed, not its user: a broken disk or a lock that is never released."""
