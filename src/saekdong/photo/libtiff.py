"""libtiff's own messages, which would go to stderr, amid a service's log."""

import ctypes
from contextlib import suppress
from importlib.util import find_spec


def silence_libtiff() -> None:
    """Take away libtiff's error handler in this process; Pillow reports the errors, and has no option for this.

    A library's handle finds the symbols of those that it loads: this is the very libtiff that Pillow decodes with.
    Where Pillow was built with libtiff inside and hides its symbols, nothing changes.
    """
    pillow = find_spec("PIL._imaging")
    with suppress(AttributeError, OSError):
        ctypes.CDLL(pillow.origin if pillow else None).TIFFSetErrorHandler(None)
