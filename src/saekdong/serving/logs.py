"""Structured logs: one JSON object a line on stderr. No bodies, no headers but the request id."""

import json
import logging
import time
from typing import Any

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
        "formatters": {"json": {"()": "saekdong.serving.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"saekdong": {"level": level.upper()}},
    }
