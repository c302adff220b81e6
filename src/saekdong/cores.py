"""How many of the machine's cores this process may use."""

import os


def count_cores() -> int:
    """Return how many cores this process may use; a container or `taskset` may leave it fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
