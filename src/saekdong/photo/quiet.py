"""Silence while a photo is read: decoders remark on odd photos, and `PhotoError` reports all that matters.

An import changes nothing for the process, and neither is anything lost that others do with Pillow: only log records and
warnings of a thread that reads a photo are dropped. `warnings.catch_warnings` is not safe in threads.
"""

import ctypes
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from typing import Any

_LOGGERS = ("PIL.Image", "PIL.ImageFile", "PIL.PngImagePlugin", "PIL.TiffImagePlugin")
_lock = threading.Lock()


class _Thread(threading.local):
    is_reading = False


_thread = _Thread()


class _WhileReading:
    """Stands where a warning filter has the pattern of a message, and matches all of a thread that reads a photo.

    Attributes:
        pattern: what scikit-learn hands on to its workers, which read no photo: it matches nothing.
    """

    pattern = r"(?!)"

    def match(self, _message: str) -> bool:
        return _thread.is_reading


_FILTER: Any = ("ignore", _WhileReading(), Warning, None, 0)


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Drop what Pillow and its plugins log and warn about in this thread while the block runs."""
    _filter_logs()
    if not warnings.filters or warnings.filters[0] is not _FILTER:
        _filter_warnings()
    _thread.is_reading = True
    try:
        yield
    finally:
        _thread.is_reading = False


@cache
def _filter_logs() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(lambda _: not _thread.is_reading)


def _filter_warnings() -> None:
    """Put our filter before all others: one that raises would make odd photos unreadable."""
    filters: Any = warnings.filters
    with _lock:
        with suppress(ValueError):
            filters.remove(_FILTER)
        filters.insert(0, _FILTER)


class _Libtiff:
    """libtiff's error handler, which writes to stderr; Pillow reports the errors too, and has no option for it.

    The handler is the process's, so it is away while any thread reads a TIFF, and back when the last has ended.
    """

    def __init__(self) -> None:
        self._readers = 0
        self._handler: int | None = None

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Take the handler away while the block runs."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, readers: int) -> None:
        set_handler = _error_handler_setter()
        if set_handler is None:
            return
        with _lock:
            before, self._readers = self._readers, self._readers + readers
            if before == 0:
                self._handler = set_handler(None)
            elif self._readers == 0:
                set_handler(self._handler)


@cache
def _error_handler_setter() -> Callable[[int | None], int | None] | None:
    """Return libtiff's TIFFSetErrorHandler; None if Pillow was built with libtiff inside and hides its symbols.

    A library's handle finds the symbols of those that it loads: this is the very libtiff that Pillow decodes with.
    """
    pillow = find_spec("PIL._imaging")
    try:
        set_handler = ctypes.CDLL(pillow.origin if pillow else None).TIFFSetErrorHandler
    except (AttributeError, OSError):
        return None
    set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
    return set_handler


LIBTIFF = _Libtiff()
