"""A desk with people, in this process: its app, its record of people, and clients of each of them, for tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from starlette.types import ASGIApp

from saekdong.people import Login, Origin, People, Role
from saekdong.people.openid import OpenIdProvider
from saekdong.people.passwords import Passwords
from saekdong.web.access import Doorkeeper
from saekdong.web.access.cookies import Cookies
from saekdong.web.access.workspace_token import WorkspaceToken
from saekdong.web.api import CatalogApi
from saekdong.web.studio import build_studio
from shops import small_catalog

PASSWORD = "seven colors of cloth"  # noqa: S105
TOKEN = "the-token-of-the-workspace"  # noqa: S105
ADDRESS = "https://desk.shop.example"
SESSION, DEVICE = "__Host-saekdong-session", "__Host-saekdong-device"


def cheap_passwords() -> Passwords:
    """Return what hashes passwords fast enough for tests."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Client:
    """A browser or a program; it keeps cookies and follows no redirects."""

    def __init__(self, portal: BlockingPortal, app: ASGIApp, address: str, host: str, headers: dict[str, str]) -> None:
        self._portal = portal
        transport = httpx.ASGITransport(app, client=(host, 50000))
        self.http = httpx.AsyncClient(transport=transport, base_url=address, headers=headers)
        self.cookies, self.headers = self.http.cookies, self.http.headers

    def request(self, method: str, path: str, **values: Any) -> httpx.Response:
        return self._portal.call(partial(self.http.request, method, path, **values))

    def get(self, path: str, **values: Any) -> httpx.Response:
        return self.request("GET", path, **values)

    def head(self, path: str, **values: Any) -> httpx.Response:
        return self.request("HEAD", path, **values)

    def post(self, path: str, **values: Any) -> httpx.Response:
        return self.request("POST", path, **values)

    def put(self, path: str, **values: Any) -> httpx.Response:
        return self.request("PUT", path, **values)

    def delete(self, path: str, **values: Any) -> httpx.Response:
        return self.request("DELETE", path, **values)


@dataclass
class Desk:
    """A desk that runs in this process.

    Attributes:
        app: the studio.
        people: its record.
        api: its catalog and audit log.
        address: where browsers reach it.
    """

    portal: BlockingPortal
    app: ASGIApp
    people: People
    api: CatalogApi
    address: str

    def client(self, login: Login | None = None, token: str = "", host: str = "203.0.113.7") -> Client:
        """Return a browser that is logged in, a program with a token, or a stranger, at an address."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = Client(self.portal, self.app, self.address, host, headers)
        if login:
            client.cookies.set(SESSION, login.session)
        return client

    def join(self, name: str, role: Role) -> Login:
        """Return the login of a new person."""
        _, secret = self.people.invite("root", role)
        return self.people.accept(secret, name, PASSWORD, Origin())

    def log_in(self, name: str) -> Login:
        """Return another login of a person."""
        return self.people.log_in(name, PASSWORD, Origin())


def form_token(client: Client, page: str = "/desk/account") -> str:
    """Return the token that the forms of a page bring back."""
    return re.findall(r'name="token" value="([^"]+)"', client.get(page).text)[0]


@contextmanager
def running_desk(folder: Path, *, is_local: bool = False, openid: OpenIdProvider | None = None) -> Iterator[Desk]:
    """Run a desk over a small catalog; one that others reach, unless it is local."""
    with small_catalog(folder) as store:
        api = CatalogApi(store, None, TOKEN)
        with People.open(folder / "people.db", api.loop, passwords=cheap_passwords()) as people:
            cookies = Cookies(is_secure=not is_local)
            keeper = Doorkeeper(WorkspaceToken(TOKEN), people, is_local, cookies)
            host = "127.0.0.1" if is_local else "0.0.0.0"  # noqa: S104
            names = () if is_local else ("desk.shop.example",)
            app = build_studio(api, folder / "cache", host, names, doorkeeper=keeper, openid=openid)
            with start_blocking_portal() as portal:
                yield Desk(portal, app, people, api, "http://127.0.0.1:8090" if is_local else ADDRESS)
        api.loop.close()
