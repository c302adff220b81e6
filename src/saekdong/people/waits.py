"""Waits after failed logins: they grow, survive restarts, and never shut out other people.

Failures are counted by a key. A device from which the person has logged in before has a key of its own, so a stranger
who tries passwords makes the owner wait on new devices only. All other tries count for the name and for the address.
"""

import sqlite3
from collections.abc import Sequence

FREE_TRIES = 5
"""So many tries may fail before the first wait."""

FIRST_WAIT, LONGEST_WAIT = 30.0, 900.0
"""Seconds of the first wait, which doubles with each failure, and of the longest."""

_FORGOTTEN_SECONDS = 24 * 3600.0


def wait_after(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row.

    Example:
        >>> [wait_after(failures) for failures in (4, 5, 6, 7, 50)]
        [0.0, 30.0, 60.0, 120.0, 900.0]
    """
    if failures < FREE_TRIES:
        return 0.0
    return min(FIRST_WAIT * 2.0 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT)


def left_to_wait(connection: sqlite3.Connection, now: float, keys: Sequence[str]) -> float:
    """Return the seconds until a login with these keys may be tried; 0 if it may be now."""
    marks = ", ".join("?" * len(keys))
    query = f"SELECT coalesce(max(until), 0) FROM failure WHERE key IN ({marks})"
    left = float(connection.execute(query, tuple(keys)).fetchone()[0]) - now
    return min(max(left, 0.0), LONGEST_WAIT)  # the clock may have been set back


def count_failure(connection: sqlite3.Connection, now: float, keys: Sequence[str]) -> float:
    """Count a failed try for each key; return the longest wait that follows."""
    connection.execute("DELETE FROM failure WHERE last <= ?", (now - _FORGOTTEN_SECONDS,))
    return max(_count(connection, now, key) for key in keys)


def _count(connection: sqlite3.Connection, now: float, key: str) -> float:
    failures = connection.execute(
        "INSERT INTO failure VALUES (?, 1, ?, 0) "
        "ON CONFLICT (key) DO UPDATE SET count = count + 1, last = excluded.last RETURNING count",
        (key, now),
    ).fetchone()[0]
    wait = wait_after(failures)
    connection.execute("UPDATE failure SET until = ? WHERE key = ?", (now + wait, key))
    return wait


def forgive(connection: sqlite3.Connection, now: float, cleared: Sequence[str], lowered: Sequence[str]) -> None:
    """Take back the try that was counted before it turned out to be right.

    Args:
        connection: the writer.
        now: the time.
        cleared: keys whose failures are forgotten: those of the person.
        lowered: keys that lose this one try: an address may also be that of a stranger who has an account.
    """
    connection.executemany("DELETE FROM failure WHERE key = ?", ((key,) for key in cleared))
    # They had no wait left, or the try would have been refused.
    query = "UPDATE failure SET count = count - 1, until = ? WHERE key = ?"
    connection.executemany(query, ((now, key) for key in lowered))
