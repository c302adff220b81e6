"""Servers that break HTTP on a plain socket, for tests of clients."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Answer = Callable[[socket.socket, threading.Event], None]


@contextlib.contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve each connection by `answer`, which gets the connection once a request has arrived; yield the address."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65_536)
            answer(connection, ended)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while not ended.is_set():
                connection, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(connection,))
                thread.start()
                threads.append(thread)

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def without_end(start: bytes, piece: bytes) -> Answer:
    """Send `start`, then `piece` again and again until the client goes away."""

    def answer(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(start)
        while not ended.is_set():
            connection.sendall(piece)

    return answer


def drip(start: bytes, piece: bytes, seconds: float) -> Answer:
    """Send `start`, then `piece` each so many seconds."""

    def answer(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(start)
        while not ended.wait(seconds):
            connection.sendall(piece)

    return answer


def once(content: bytes) -> Answer:
    """Send these bytes and close."""
    return lambda connection, _: connection.sendall(content)
