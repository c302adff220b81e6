"""The catalog over HTTP: its API, and the pages of the studio."""
