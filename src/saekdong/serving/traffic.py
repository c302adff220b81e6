"""What goes on in the service: how many requests are in flight, whether it is ready, whether it stops."""

import asyncio
from collections.abc import Callable


class Traffic:
    """Counts requests in flight, and knows whether new ones are welcome.

    Args:
        ready: returns whether the service, with all its workers, is ready.
    """

    def __init__(self, ready: Callable[[], bool] = lambda: True) -> None:
        self._ready = ready
        self.in_flight = 0
        self.stopping = False

    @property
    def welcome(self) -> bool:
        """Whether a load balancer should send requests here."""
        return not self.stopping and self._ready()

    async def ended(self, seconds: float) -> None:
        """Wait until no request is in flight, `seconds` at most."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.in_flight and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
