"""Listening sockets, and the names that mean only this machine."""

import ipaddress
import os
import signal
import socket
from typing import TYPE_CHECKING

from saekdong.errors import SaekdongError
from saekdong.interruption import STOPS

if TYPE_CHECKING:
    import uvicorn


def stop_by_signals(server: "uvicorn.Server") -> None:
    """Let SIGTERM and SIGINT stop a server that does not handle them yet, and not set the exit code.

    uvicorn handles the signals once it has started. At its end it raises the signal that stopped it again, which would
    become the exit code.
    """
    for number in STOPS:
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a listening socket, so that clients can connect before the server has started.

    Args:
        host: the address to listen on.
        port: the port to listen on.
        option: the option that sets the port, for the message.

    Raises:
        SaekdongError: the address cannot be used.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SaekdongError(
            f"cannot listen on {host}, port {port}: {os.strerror(error.errno or 0)}",
            fix=f"choose another with --host and {option}",
        ) from error


def is_loopback(host: str) -> bool:
    """Return whether a name or an address means only this machine.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("shop.example")
        (True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(header: str) -> str:
    """Return a Host header's name, without the port and an IPv6 address's brackets.

    Example:
        >>> host_name("localhost:8080"), host_name("[::1]:8080")
        ('localhost', '::1')
    """
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()
