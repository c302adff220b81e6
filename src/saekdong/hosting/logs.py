"""Structured logs: one JSON object a line on stderr. No bodies, no headers but the request id."""

import asyncio
import json
import logging
import sys
import time
from typing import Any

LEVELS = ("debug", "info", "warning", "error")

_MOST_LINES = 8
_NAMES = {number: name.lower() for name, number in logging.getLevelNamesMapping().items()}

logger = logging.getLogger("saekdong")


class JsonFormatter(logging.Formatter):
    """Writes a record as a line of JSON: time, level, message, the fields given as `extra={"fields": ...}`, error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{seconds}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configuration(level: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes: Saekdong from `level` on, what others log from warnings on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "saekdong.hosting.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"saekdong": {"level": level.upper()}},
    }


class RequestLog:
    """Writes a line for each request, some at a time: a log record for each would take as long as the answer.

    A write is never larger than what pipes take whole, so that the lines of several workers do not mix.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._second, self._time = 0, ""

    def add(self, level: int, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        """Log a request: at once where something went wrong, else within a tenth of a second."""
        now = time.time()
        if int(now) != self._second:
            self._second = int(now)
            self._time = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        self._lines.append(
            f'{{"time": "{self._time}.{int(now % 1 * 1000):03}Z", "level": "{_NAMES[level]}", "message": "request", '
            f'"request_id": "{request_id}", "method": "{method}", "route": "{route}", "status": {status}, '
            f'"ms": {seconds * 1000:.2f}}}\n'
        )
        if len(self._lines) == _MOST_LINES or level > logging.INFO:
            self.flush()
        elif len(self._lines) == 1:
            asyncio.get_running_loop().call_later(0.1, self.flush)

    def flush(self) -> None:
        """Write what was added."""
        sys.stderr.write("".join(self._lines))
        sys.stderr.flush()
        self._lines.clear()
