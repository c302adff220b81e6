"""The number of cores that this process may use."""

import os


def count_cores() -> int:
    """Return the number of cores that this process may use; a container or `taskset` may limit it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
