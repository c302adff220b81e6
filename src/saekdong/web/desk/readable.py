"""What machines write, as people read it."""

import re
from datetime import datetime

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Whale", "Whale"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux")
_LONGEST = 40


def browser_name(user_agent: str) -> str:
    """Return the name and the system of a browser; of other programs the beginning of what they say.

    Example:
        >>> browser_name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/150.0 Safari/537.36")
        'Chrome, Linux'
        >>> browser_name("python-httpx/0.28")
        'python-httpx/0.28'
    """
    name = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}/", user_agent)), "")
    system = next((system for system in _SYSTEMS if system in user_agent), "")
    if not name:
        return user_agent[:_LONGEST]
    return f"{name}, {system.replace('Mac OS X', 'macOS')}" if system else name


def local_time(when: datetime | str) -> datetime:
    """Return a time, or its ISO 8601 text, in this machine's zone.

    Example:
        >>> local_time("2026-11-27T20:45:51+00:00") == local_time(datetime.fromisoformat("2026-11-27T20:45:51+00:00"))
        True
    """
    return (datetime.fromisoformat(when) if isinstance(when, str) else when).astimezone()
