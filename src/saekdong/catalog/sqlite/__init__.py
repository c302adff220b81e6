"""The catalog in SQLite: the only package that knows tables and SQL."""
