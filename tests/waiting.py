"""Waiting for what comes in moments; on a machine with much else to do, moments are seconds."""

import time
from collections.abc import Callable

import httpx

SECONDS = 60


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; it fails where it does not within a minute."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"it did not come within {SECONDS} s"
        time.sleep(0.05)


def until_answered(address: str, status: int = 200) -> None:
    """Wait until an address answers with a status; until then, it may refuse connections."""

    def answered() -> bool:
        try:
            return httpx.get(address).status_code == status
        except httpx.TransportError:
            return False

    until(answered)
