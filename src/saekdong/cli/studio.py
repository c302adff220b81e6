"""`saekdong studio`: show the shop's listing, filtered by color, in a browser."""

import os
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from saekdong.people.openid import OpenIdProvider
    from saekdong.registry import Selection
    from saekdong.web.access import Doorkeeper
    from saekdong.web.api import CatalogApi


@click.command(
    epilog=options.examples(
        "saekdong studio",
        "saekdong studio --open",
        "saekdong studio --shop-only",
        "saekdong studio --host 0.0.0.0 --port 8000",
        "saekdong studio --name studio.shop.example --trust-proxy 127.0.0.1",
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
@click.option(
    "--trust-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="The address of a reverse proxy that says where requests come from and sends the workspace's proxy secret.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.option("--shop-only", is_flag=True, help="Serve the customers' pages alone: no desk, and no API that writes.")
@options.accuracy_goal
@options.workspace
def command(
    workspace: Workspace,
    accuracy_goal: float | None,
    host: str,
    port: int,
    names: tuple[str, ...],
    proxies: tuple[str, ...],
    open_browser: bool,
    shop_only: bool,
) -> int:
    """Show the catalog as a shop's pages, filtered by color, and the desk where people correct colors.

    Pages are in Korean or English, as the browser asks. Customers' pages are open to everyone who reaches the address;
    the desk below /desk is for people with an account ('saekdong people invite'). While there are no accounts, only
    this machine reaches the studio, everyone may look, and to correct colors a browser signs in with the workspace's
    token, by the link that a terminal shows or on the page /sign-in.

    If you may read the catalog but not write it, nothing can be corrected. Stops on Ctrl-C or SIGTERM. /openapi.json
    describes the API, which is under /api.
    """
    if shop_only and proxies:
        raise click.UsageError("--shop-only has no desk to log in to; leave out --trust-proxy")
    check_extra("studio", "saekdong studio")
    if shop_only:
        _serve_shop(workspace, host, port, names, open_browser=open_browser)
    else:
        _serve_studio(workspace, host, port, names, proxies, accuracy_goal, open_browser=open_browser)
    return 0


def _serve_shop(workspace: Workspace, host: str, port: int, names: tuple[str, ...], *, open_browser: bool) -> None:
    from saekdong.web.api import origins_of_environment
    from saekdong.web.shop.routes import Shop
    from saekdong.web.studio import build_shop
    from saekdong.web.studio.opening import opened
    from saekdong.web.studio.server import address_of, run_studio

    address, settings = address_of(host, port), workspace.shop_settings()
    store = workspace.catalog_to_read()
    with closing(store):
        app = build_shop(Shop(store, settings), workspace.thumbnails, host, names, origins_of_environment())
        page = opened(address, workspace.cache) if open_browser else None
        run_studio(app, host, port, lambda: show.message(f"saekdong: the shop is on {address}"), page)


def _serve_studio(
    workspace: Workspace,
    host: str,
    port: int,
    names: tuple[str, ...],
    proxies: tuple[str, ...],
    accuracy_goal: float | None,
    *,
    open_browser: bool,
) -> None:
    from saekdong.entrance.listening import is_loopback
    from saekdong.web.access.proxy import TrustedProxies
    from saekdong.web.api import CatalogApi
    from saekdong.web.studio import build_studio
    from saekdong.web.studio.opening import opened
    from saekdong.web.studio.server import address_of, run_studio

    def announce() -> None:
        show.message(f"saekdong: the studio is on {address}")

    address, openid, settings = address_of(host, port), _openid(workspace), workspace.shop_settings()
    store = workspace.catalog_to_read()
    with ExitStack() as stack:
        stack.callback(store.close)
        selected = _selected(workspace)
        artifact, model = (selected.artifact, selected.model) if selected else (None, None)
        api = CatalogApi.of_environment(store, artifact, model)
        api.follow_answers()
        is_local = is_loopback(host) and not names and not proxies
        keeper = _doorkeeper(stack, workspace, api, is_local=is_local, has_provider=openid is not None)
        app: ASGIApp = build_studio(api, workspace.thumbnails, host, names, keeper, openid, accuracy_goal, settings)
        if proxies:
            app = TrustedProxies(app, proxies, _proxy_secret(workspace))
        link = _sign_in_link(api, keeper, address)
        page = opened(link or f"{address}/desk", workspace.cache) if open_browser else None
        run_studio(app, host, port, announce, page)


def _doorkeeper(
    stack: ExitStack, workspace: Workspace, api: "CatalogApi", *, is_local: bool, has_provider: bool
) -> "Doorkeeper":
    """Return what knows who asks.

    Raises:
        SaekdongError: others reach the studio, and there are no accounts.
    """
    from saekdong.people import People
    from saekdong.web.access import Doorkeeper
    from saekdong.web.access.cookies import Cookies
    from saekdong.web.access.workspace_token import WorkspaceToken

    people = None
    if not api.store.is_read_only:
        people = stack.enter_context(People.open(workspace.people_file, api.loop))
    if not is_local and not (people and (has_provider or people.can_log_in())):
        raise SaekdongError(
            "others than this machine reach this studio, and its desk has no accounts",
            fix="invite the first person with 'saekdong people invite --role admin', or show the shop with --shop-only",
        )
    return Doorkeeper(WorkspaceToken(api.token), people, is_local, Cookies(is_secure=not is_local))


def _openid(workspace: Workspace) -> "OpenIdProvider | None":
    """Return the provider that the table [openid] names, or None."""
    table = workspace.settings.get("openid")
    if table is None:
        return None
    check_extra("oidc", "[openid]")
    from saekdong.people.openid import SECRET_VARIABLE, OpenIdProvider, OpenIdSettings

    return OpenIdProvider(OpenIdSettings.read(table, os.environ.get(SECRET_VARIABLE, "")))


def _proxy_secret(workspace: Workspace) -> str:
    """Return what trusted proxies send, made at the first call; print where it is."""
    from saekdong.serving.tokens import token_in
    from saekdong.web.access.proxy import SECRET_FILE, SECRET_HEADER, SECRET_VARIABLE

    path = workspace.root / SECRET_FILE
    given = os.environ.get(SECRET_VARIABLE, "")
    place = SECRET_VARIABLE if given else path
    show.message(f"saekdong: the proxy sends the header {SECRET_HEADER} with the secret in {place}")
    return given or token_in(path)


def _sign_in_link(api: "CatalogApi", keeper: "Doorkeeper", address: str) -> str:
    """Print how to correct colors; return the link that signs a browser in, empty if people log in."""
    from saekdong.web.desk.sign_in import SIGN_IN

    if keeper.has_accounts() or not keeper.is_local:
        show.message(f"saekdong: people log in on {address}/desk")
        return ""
    link = f"{address}{SIGN_IN}?token={quote(api.token, safe='')}" if api.token else address
    _show_writing(api, link)
    return link


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
