"""`saekdong studio`: the shop's listing, filtered by color, in a browser."""

import socket
import time
from threading import Thread

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show

_TRIES = 100


@click.command(
    epilog=options.examples(
        "saekdong studio",
        "saekdong studio --open",
        "saekdong studio --host 0.0.0.0 --port 8000",
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True, help="The port to listen on.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@options.workspace
def command(workspace: Workspace, host: str, port: int, open_browser: bool) -> int:
    """Show the catalog as a shop's listing: a color filter, products with their colors, corrections by hand.

    Pages are in Korean or English, as the browser asks. Whoever reaches the address may correct colors: there are no
    accounts. Stops on Ctrl-C or SIGTERM. /openapi.json describes the API, which is under /api.
    """
    from saekdong.hosting.server import run
    from saekdong.studio import build_studio

    store = workspace.catalog()
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    show.message(f"saekdong: the studio is on {address}")
    if open_browser:
        Thread(target=_open, args=(host, port, address), daemon=True).start()
    try:
        run(build_studio(store, workspace.root / "cache" / "thumbnails", host), host, port)
    finally:
        store.close()
    return 0


def _open(host: str, port: int, address: str) -> None:
    """Open the browser once somebody listens on the port."""
    import webbrowser

    for _ in range(_TRIES):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            webbrowser.open(address)
            return
