"""Which texts are addresses, and what of an address people may see."""

_WEB = ("http://", "https://")
_S3 = "s3://"


def is_web(place: str) -> bool:
    """Return whether a place is an http(s) address.

    Example:
        >>> is_web("HTTPS://shop.kr/a.jpg"), is_web("s3://shop/a.jpg"), is_web("a.jpg")
        (True, False, False)
    """
    return place.lower().startswith(_WEB)


def is_s3(place: str) -> bool:
    """Return whether a place is an address on S3."""
    return place.lower().startswith(_S3)


def is_address(place: str) -> bool:
    """Return whether a place is an address, http(s) or s3, and not a path."""
    return is_web(place) or is_s3(place)
