"""The catalog in SQLite: the only package that knows tables and SQL."""

from saekdong.catalog.sqlite.model_rows import read_model_state
from saekdong.catalog.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "read_model_state"]
