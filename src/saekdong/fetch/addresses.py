"""Which network addresses downloads may connect to."""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

_TRANSLATED = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")))
_METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192"})
_LOCALHOST = "localhost"


class PrivateAddressError(PermissionError):
    """An attempt to connect to an address that downloads may not reach.

    Attributes:
        is_private: whether `--allow-private` allows it; it never allows metadata, link-local and multicast addresses.
    """

    def __init__(self, address: str, *, is_private: bool) -> None:
        self.is_private = is_private
        super().__init__(errno.EACCES, f"{address} is not a public address")


def is_public(address: str) -> bool:
    """Return whether an IP address is public; an IPv4 address embedded in an IPv6 one is checked too.

    Example:
        >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1"), is_public("fd00::1")
        (True, False, False, False)
    """
    ip = _parsed(address)
    is_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not ip.is_multicast and not is_local and str(ip) not in _METADATA


def is_private(address: str) -> bool:
    """Return whether `--allow-private` allows an IP address: loopback or a private network.

    A cloud's metadata service, which hands out credentials, has a link-local address: those are never allowed.

    Example:
        >>> is_private("192.168.0.7"), is_private("127.0.0.1"), is_private("169.254.169.254"), is_private("8.8.8.8")
        (True, True, False, False)
    """
    ip = _parsed(address)
    is_special = ip.is_link_local or ip.is_multicast or str(ip) in _METADATA
    return not is_special and not is_public(address)


def is_private_host(host: str) -> bool:
    """Return whether a URL's host is literally this machine or a private network, without any DNS look-up."""
    try:
        return host == _LOCALHOST or is_private(host)
    except ValueError:
        return False


def public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for a public address of `getaddrinfo`; checked at connection time, so that DNS cannot change it.

    Raises:
        PrivateAddressError: the address is not public.
    """
    return _socket(info, allow_private=False)


def private_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for a public or private address of `getaddrinfo`.

    Raises:
        PrivateAddressError: the address is link-local, multicast or a metadata service's.
    """
    return _socket(info, allow_private=True)


def _socket(info: tuple[Any, ...], *, allow_private: bool) -> socket.socket:
    family, kind, protocol, _, (address, *_) = info
    if not is_public(address) and not (allow_private and is_private(address)):
        raise PrivateAddressError(address, is_private=is_private(address))
    return socket.socket(family, kind, protocol)


def _parsed(address: str) -> IPv4Address | IPv6Address:
    """Return an IP address; for an IPv6 one that embeds an IPv4 one (mapped, translated, 6to4, Teredo), the latter."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip
    if any(ip in network for network in _TRANSLATED) and int(ip) > 1:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
