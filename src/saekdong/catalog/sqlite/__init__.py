"""The catalog in SQLite, the only package that knows its tables and SQL; `store.SqliteStore` is its face."""
