"""How long work reports what is done."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

StepProgress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and of how much."""
