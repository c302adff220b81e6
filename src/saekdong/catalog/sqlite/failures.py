"""Products with photos that could not be used, and that nobody corrected yet."""

from saekdong.catalog.sqlite.records import Shown
from saekdong.catalog.sqlite.store import Store

FAILED = """SELECT DISTINCT photo.product FROM photo
    JOIN product ON product.number = photo.product
    WHERE error_code IS NOT NULL AND NOT gone AND correction IS NULL ORDER BY photo.product DESC LIMIT ?"""


def failures(store: Store, limit: int = 48) -> list[Shown]:
    """Return uncorrected products with a photo that could not be used, those new in the catalog first."""
    with store.reading() as connection:
        return list(store.shown(connection, [number for (number,) in connection.execute(FAILED, (limit,))]).values())
