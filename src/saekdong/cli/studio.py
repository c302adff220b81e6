"""`saekdong studio`: the shop's listing, filtered by color, in a browser."""

from typing import TYPE_CHECKING

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show
from saekdong.errors import SaekdongError

if TYPE_CHECKING:
    from saekdong.selection import Selection


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
    accounts. If you may read the catalog but not write it, nothing can be corrected. Stops on Ctrl-C or SIGTERM.
    /openapi.json describes the API, which is under /api.
    """
    from saekdong.hosting import CatalogApi
    from saekdong.hosting.tokens import TOKEN_FILE
    from saekdong.studio import build_studio
    from saekdong.studio.server import address_of, run

    def announce() -> None:
        show.message(f"saekdong: the studio is on {address_of(host, port)}")

    store = workspace.catalog_to_read()
    try:
        selected = _selected(workspace)
        artifact, model = (selected.artifact, selected.model) if selected else (None, None)
        app = build_studio(CatalogApi.of_environment(store, artifact, model), workspace.thumbnails, host)
        if store.is_read_only:
            show.message(f"saekdong: you may not write {store.path}; nothing can be corrected")
        else:
            show.message(f"saekdong: programs that write to /api need the token in {store.path.with_name(TOKEN_FILE)}")
        run(app, host, port, announce, open_browser=open_browser)
    finally:
        store.close()
    return 0


def _selected(workspace: Workspace) -> "Selection | None":
    """Return the model that tags posted products; None, and a message, if there is none: the pages need no model."""
    from saekdong.selection import for_photos

    try:
        selected = for_photos(workspace, None)
    except SaekdongError as error:
        show.message(f"saekdong: {error}")
        return None
    show.selection(selected)
    return selected
