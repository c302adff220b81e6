"""Endpoints on this machine."""

from saekdong.hosting.local.platform import Local

__all__ = ["Local"]
