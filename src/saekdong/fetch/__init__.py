"""Polite, guarded downloads of photos and feeds from http(s) and S3; the only package that opens an address.

`saekdong.fetch.fetcher` loads asyncio, which photos on this machine do not need.
"""

from saekdong.fetch.errors import FetchError
from saekdong.fetch.marks import Mark

__all__ = ["FetchError", "Mark"]
