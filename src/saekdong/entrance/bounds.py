"""Bounds on what a client may send."""

MOST_BODY = 25 << 20
"""The most bytes of a request's body, over HTTP and gRPC."""

STATUS = "saekdong.status"
"""The key of a request's scope for the status with which the entrance refused it."""
