"""The catalog over HTTP: `/api`, for the shop's own pages and systems, and `POST /products`.

Anybody who reaches the service may read. Writing always needs the token: a request from this machine may be a proxy's,
which passes on what strangers send, or a browser's, which sends what pages of other sites want.
"""

from saekdong.web.api.api import CatalogApi, origins_of_environment
from saekdong.web.api.mounting import add_catalog

__all__ = ["CatalogApi", "add_catalog", "origins_of_environment"]
