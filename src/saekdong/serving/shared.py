"""What all ways into a process share, HTTP and gRPC."""

from dataclasses import dataclass, field

from saekdong.cores import count_cores
from saekdong.serving.capture import Capture
from saekdong.serving.request_log import RequestLog
from saekdong.serving.service import Sink
from saekdong.serving.threads import Threads
from saekdong.serving.traffic import Traffic


def _threads() -> Threads:
    return Threads(count_cores())


@dataclass(frozen=True)
class Shared:
    """Threads for photos and large bodies, the count of requests in flight, the log of answered ones, and the capture.

    Attributes:
        capture: what captures requests; None for nothing.
    """

    traffic: Traffic = field(default_factory=Traffic)
    threads: Threads = field(default_factory=_threads)
    request_log: RequestLog = field(default_factory=RequestLog)
    capture: Capture | None = None

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """What receives each request with its reply."""
        return (self.request_log, self.capture) if self.capture else (self.request_log,)
