"""Recognize addresses, and hide their secrets from people."""

import re
from urllib.parse import unquote_plus

_WEB = ("http://", "https://")
_S3 = "s3://"
# The second form is a password with an unescaped slash, which no server would receive.
_USER = re.compile(r"(?<=://)(?:[^/?#\n]*@|[^/?#@\s]*:(?!\d*(?:[/?#\s]|$))\S*@)")
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#?\s]{1,80})=([^&;#\s]+)")
_SECRET = re.compile(
    r"token|secret|passw|pwd|passphrase|signature|credential|auth|session|jwt|hmac|policy|hdne|hdnts"
    r"|^sig$|^sas$|^pass$|^pin$|^code$|key$|keyid$|key-pair-id|^x-(?:amz|goog)-",
    re.IGNORECASE,
)
_HIDDEN = "***"


def is_web(place: str) -> bool:
    """Return whether a place is an http(s) address.

    Example:
        >>> is_web("HTTPS://shop.kr/a.jpg"), is_web("s3://shop/a.jpg"), is_web("a.jpg")
        (True, False, False)
    """
    return place[:8].lower().startswith(_WEB)


def is_s3(place: str) -> bool:
    """Return whether a place is an address on S3."""
    return place[:5].lower() == _S3


def is_address(place: str) -> bool:
    """Return whether a place is an address, http(s) or s3, and not a path."""
    return is_web(place) or is_s3(place)


def redacted(text: str) -> str:
    """Return a text without the secrets of the addresses in it: name and password, tokens, keys and signatures.

    Every function that shows an address to people, or logs it, applies this.

    Example:
        >>> redacted("https://me:secret@shop.kr/1.jpg?w=800&token=1: not found")
        'https://***@shop.kr/1.jpg?w=800&token=***: not found'
    """
    if "://" not in text:
        return text
    if "@" in text:
        text = _USER.sub(f"{_HIDDEN}@", text)
    return _PARAMETER.sub(_hidden, text) if "=" in text else text


def is_redacted(address: str) -> bool:
    """Return whether `redacted` hides a part of an address, so that the shown one does not work."""
    return f"={_HIDDEN}" in address or f"://{_HIDDEN}@" in address


def without_user(address: str) -> str:
    """Return an address without a name and password.

    Example:
        >>> without_user("https://me:secret@shop.kr/feed.xml")
        'https://shop.kr/feed.xml'
    """
    return _USER.sub("", address, count=1)


def _hidden(parameter: re.Match[str]) -> str:
    name, value = parameter.groups()
    if not _SECRET.search(unquote_plus(name)):
        return parameter[0]
    # Text may follow the address without a blank.
    end = value[len(value.rstrip(".,:)]'\"")) :]
    return f"{name}={_HIDDEN}{end}"
