"""`saekdong studio`: show the shop's listing, filtered by color, in a browser."""

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.registry import Selection
    from saekdong.web.api import CatalogApi


@click.command(
    epilog=options.examples(
        "saekdong studio",
        "saekdong studio --open",
        "saekdong studio --host 0.0.0.0 --port 8000",
        "saekdong studio --name studio.shop.example",
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True, help="The port to listen on.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name by which browsers reach the studio through a proxy, such as studio.shop.example; repeat for more.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@options.workspace
def command(workspace: Workspace, host: str, port: int, names: tuple[str, ...], open_browser: bool) -> int:
    """Show the catalog as a shop's listing: a color filter, products with their colors, corrections by hand.

    Pages are in Korean or English, as the browser asks. Everyone who reaches the address can look; to correct colors, a
    browser signs in with the workspace's token, by the link that a terminal shows or on the page /sign-in. If you may
    read the catalog but not write it, nothing can be corrected. Stops on Ctrl-C or SIGTERM. /openapi.json describes the
    API, which is under /api.
    """
    check_extra("studio", "saekdong studio")
    from saekdong.web.api import CatalogApi
    from saekdong.web.desk.sign_in import SIGN_IN
    from saekdong.web.studio import build_studio
    from saekdong.web.studio.opening import opened
    from saekdong.web.studio.server import address_of, run_studio

    def announce() -> None:
        show.message(f"saekdong: the studio is on {address}")

    address = address_of(host, port)
    store = workspace.catalog_to_read()
    try:
        selected = _selected(workspace)
        artifact, model = (selected.artifact, selected.model) if selected else (None, None)
        api = CatalogApi.of_environment(store, artifact, model)
        api.follow_answers()
        app = build_studio(api, workspace.thumbnails, host, names)
        signed_in = f"{address}{SIGN_IN}?token={quote(api.token, safe='')}" if api.token else address
        _show_writing(api, signed_in)
        page = opened(signed_in, workspace.cache) if open_browser else None
        run_studio(app, host, port, announce, page)
    finally:
        store.close()
    return 0


def _show_writing(api: "CatalogApi", link: str) -> None:
    """Print how to correct colors; the token itself is printed only on a terminal, because logs are kept."""
    from saekdong.serving.tokens import TOKEN_FILE, TOKEN_VARIABLE

    if api.store.is_read_only:
        show.message(f"saekdong: you may not write {api.store.path}; nothing can be corrected")
        return
    place = TOKEN_VARIABLE if os.environ.get(TOKEN_VARIABLE) else str(api.store.path.with_name(TOKEN_FILE))
    show.message(f"saekdong: corrections, and programs that write to /api, need the token in {place}")
    if sys.stderr.isatty():
        show.secret(f"saekdong: to correct colors, open {link}")


def _selected(workspace: Workspace) -> "Selection | None":
    """Return the model that tags posted products; None, with a message, if there is none: the pages need no model."""
    try:
        selected = workspace.registry.for_photos(None)
    except SaekdongError as error:
        show.message(f"saekdong: {error}")
        return None
    show.selection(selected)
    return selected
