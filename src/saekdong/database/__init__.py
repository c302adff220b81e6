"""Files of SQLite in WAL mode: one writer at a time, readers that never wait for it, versions and migrations."""

from saekdong.database.database import Database
from saekdong.database.errors import StoreError
from saekdong.database.migration import Schema

__all__ = ["Database", "Schema", "StoreError"]
