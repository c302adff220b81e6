"""What the desk's pages share: the catalog and the loop beside it, who may write, and the pages themselves."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from saekdong.catalog.contract import Store
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.people import People
from saekdong.people.openid import OpenIdProvider
from saekdong.web.access import Doorkeeper, visitor_of
from saekdong.web.api import CatalogApi
from saekdong.web.desk.models_texts import MODELS_TEXTS
from saekdong.web.desk.navigation import STATIONS, current_station
from saekdong.web.desk.people_texts import PEOPLE_TEXTS
from saekdong.web.desk.sign_in import SignIn
from saekdong.web.desk.texts import TEXTS
from saekdong.web.desk.training_texts import TRAINING_TEXTS
from saekdong.web.desk.work_texts import WORK_TEXTS
from saekdong.web.site.rendering import Pages

HERE = Path(__file__).parent


def _common(request: Request) -> dict[str, Any]:
    stations = [each for each in STATIONS if visitor_of(request).may(each.least)]
    return {"stations": stations, "here_station": current_station(request.url.path)}


PAGES = Pages(HERE, {**TEXTS, **PEOPLE_TEXTS, **WORK_TEXTS, **MODELS_TEXTS, **TRAINING_TEXTS}, _common)
"""The desk's pages."""


@dataclass(frozen=True, eq=False)
class Console:
    """What the routes share.

    Attributes:
        api: holds the catalog, the loop and the review queue.
        doorkeeper: knows who asks.
        openid: the provider that people may log in with.
    """

    api: CatalogApi
    doorkeeper: Doorkeeper
    openid: OpenIdProvider | None = None

    @property
    def store(self) -> Store:
        """The catalog."""
        return self.api.store

    @property
    def people(self) -> People:
        """The accounts; only routes of people may ask, which are there if the accounts are."""
        assert self.doorkeeper.people is not None  # noqa: S101
        return self.doorkeeper.people

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
