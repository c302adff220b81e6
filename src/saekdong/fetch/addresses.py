"""Which network addresses a feed, which is not trusted, may lead to."""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class PrivateAddressError(PermissionError):
    """A connection to a private, loopback, link-local or otherwise not public address was about to be made."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is a public one; an IPv4 address within an IPv6 one is looked at too.

    Example:
        >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1"), is_public("fd00::1")
        (True, False, False, False)
    """
    ip = ip_address(address.partition("%")[0])
    inner = _inner(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, translated (NAT64), 6to4 or Teredo."""
    if any(ip in network for network in _TRANSLATED):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address of `getaddrinfo`, at the moment of connecting, so that no name can change it.

    Raises:
        PrivateAddressError: the address is not public.
    """
    family, kind, protocol, _, address = info
    if not is_public(address[0]):
        raise PrivateAddressError(errno.EACCES, "a private address")
    return socket.socket(family, kind, protocol)
