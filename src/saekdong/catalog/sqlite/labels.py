"""The codes of labels and the numbers of their sets, read once and kept."""

import sqlite3
from collections.abc import Mapping

from saekdong.color import Vocabulary


class CatalogLabels:
    """All labels and sets of labels that products of a catalog have or had.

    Safe to share among threads. What was read stays true, because codes and sets are only ever added.

    Attributes:
        vocabulary: the shop's labels.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._codes: dict[str, int] = {}
        self._sets: dict[int, frozenset[int]] = {}

    def codes(self, connection: sqlite3.Connection) -> Mapping[str, int]:
        """Return the code of each label by its id."""
        codes = self._codes
        if len(codes) != (connection.execute("SELECT max(code) FROM label").fetchone()[0] or 0):
            self._codes = codes = dict(connection.execute("SELECT id, code FROM label"))
        return codes

    def ids(self, connection: sqlite3.Connection) -> Mapping[int, str]:
        """Return the id of each label by its code."""
        return {code: label for label, code in self.codes(connection).items()}

    def sets(self, connection: sqlite3.Connection) -> Mapping[int, frozenset[int]]:
        """Return the labels' codes of each set by its number."""
        sets = self._sets
        if len(sets) != connection.execute("SELECT max(number) FROM label_set").fetchone()[0] + 1:
            rows = connection.execute("SELECT number, labels FROM label_set")
            self._sets = sets = {number: frozenset(map(int, labels.split())) for number, labels in rows}
        return sets
