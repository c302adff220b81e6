"""Bounds on what a client may send."""

MOST_BODY = 25 << 20
"""The most bytes of a request's body, over HTTP and gRPC."""
