"""Sizes of bombs."""

from random import Random


def drawn(rng: Random, low: int, high: int) -> int:
    """Return a number between two, its order of size being as likely as another; every fourth time the highest."""
    return high if rng.random() < 0.25 else round(low * (high / low) ** rng.random())
