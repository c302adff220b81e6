"""What the desk's pages share: the catalog and the loop beside it, who may write, and the pages themselves."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from saekdong.catalog.contract import Store
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.loop import Loop
from saekdong.people import People
from saekdong.people.openid import OpenIdProvider
from saekdong.review.queue import ReviewQueue
from saekdong.tagging import Tagger
from saekdong.web.access import Doorkeeper, visitor_of
from saekdong.web.api import CatalogApi
from saekdong.web.desk.navigation import STATIONS, current_station
from saekdong.web.desk.readable import browser_name, local_time
from saekdong.web.desk.sign_in import SignIn
from saekdong.web.desk.texts import TEXTS
from saekdong.web.site.rendering import Pages

HERE = Path(__file__).parent


def _common(request: Request) -> dict[str, Any]:
    stations = [each for each in STATIONS if visitor_of(request).may(each.least)]
    return {
        "stations": stations,
        "here_station": current_station(request.url.path),
        "local_time": local_time,
        "browser_name": browser_name,
    }


PAGES = Pages(HERE, TEXTS, _common)
"""The desk's pages."""


@dataclass(frozen=True, eq=False)
class Console:
    """What the routes share.

    Attributes:
        api: holds the catalog, the loop and the review queue.
        doorkeeper: knows who asks.
        openid: the provider that people may log in with.
        goal: the least accuracy that the shop wants; None if it has not said.
    """

    api: CatalogApi
    doorkeeper: Doorkeeper
    openid: OpenIdProvider | None = None
    goal: float | None = None

    @property
    def store(self) -> Store:
        """The catalog."""
        return self.api.store

    @property
    def people(self) -> People:
        """The accounts; only routes of people may ask, which are there if the accounts are."""
        assert self.doorkeeper.people is not None  # noqa: S101
        return self.doorkeeper.people

    @property
    def loop(self) -> Loop:
        """What people and models did."""
        return self.api.loop

    @cached_property
    def review(self) -> ReviewQueue:
        """What people are asked."""
        tagger = Tagger(self.api.artifact) if self.api.artifact else None
        return ReviewQueue(self.loop, self.store, self.api.features, tagger)

    @cached_property
    def sign_in(self) -> SignIn:
        """Signs browsers in."""
        return SignIn(self.doorkeeper, PAGES)

    def get(self, product_id: str) -> TaggedProduct:
        """Return a product.

        Raises:
            HTTPException: 404 if there is none.
        """
        shown = self.store.get(product_id)
        if shown is None:
            raise HTTPException(404)
        return shown
