"""Products with photos that could not be used, and without a correction."""

import sqlite3

from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.stored_products import TaggedProduct

FAILED = """SELECT DISTINCT photo.product FROM photo
    JOIN product ON product.number = photo.product
    WHERE error_code IS NOT NULL AND NOT gone AND correction IS NULL ORDER BY photo.product DESC LIMIT ?"""


def read_failures(connection: sqlite3.Connection, labels: CatalogLabels, limit: int) -> list[TaggedProduct]:
    """Return uncorrected products with a photo that could not be used, the newest in the catalog first."""
    numbers = [number for (number,) in connection.execute(FAILED, (limit,))]
    return list(read_products(connection, labels, numbers).values())
