"""What the desk's pages share: the catalog and the loop beside it, who may write, and the pages themselves."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from saekdong.catalog.contract import Store
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.web.api import CatalogApi
from saekdong.web.desk.navigation import STATIONS, current_station
from saekdong.web.desk.sign_in import SignIn
from saekdong.web.desk.texts import TEXTS
from saekdong.web.site.guard import new_token
from saekdong.web.site.rendering import Pages

HERE = Path(__file__).parent


def _common(request: Request) -> dict[str, Any]:
    return {"stations": STATIONS, "here_station": current_station(request.url.path)}


PAGES = Pages(HERE, TEXTS, _common)
"""The desk's pages."""


@dataclass(frozen=True, eq=False)
class Console:
    """What the routes share.

    Attributes:
        api: holds the catalog, the loop and the review queue.
        token: what forms must bring back.
    """

    api: CatalogApi
    token: str = field(default_factory=new_token)

    @property
    def store(self) -> Store:
        """The catalog."""
        return self.api.store

    @cached_property
    def writers(self) -> SignIn:
        """Knows who may write."""
        return SignIn(self.api.token, PAGES)

    def get(self, product_id: str) -> TaggedProduct:
        """Return a product.

        Raises:
            HTTPException: 404 if there is none.
        """
        shown = self.store.get(product_id)
        if shown is None:
            raise HTTPException(404)
        return shown
