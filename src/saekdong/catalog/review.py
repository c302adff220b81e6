"""What a person looks at: corrections, which teach the next model, and photos that could not be used."""

import json
from collections.abc import Iterator

from saekdong.catalog.records import Shown
from saekdong.catalog.store import Store

_CORRECTED = """SELECT photo.place, product.correction FROM product
    JOIN photo ON photo.product = product.number AND photo.position = 0
    WHERE correction IS NOT NULL ORDER BY product.number"""
_FAILED = """SELECT DISTINCT photo.product FROM photo INDEXED BY photo_failed
    JOIN product ON product.number = photo.product
    WHERE error_code IS NOT NULL AND NOT gone ORDER BY photo.product DESC LIMIT ?"""


def corrections(store: Store) -> Iterator[tuple[str, list[str]]]:
    """Yield the main photo and the labels of each product that a person corrected, as `saekdong teach` learns them.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from saekdong.catalog.products import Product
        >>> from saekdong.color import STARTER
        >>> store = Store.open(Path(tempfile.mkdtemp()) / "catalog.db", STARTER)
        >>> store.put([(Product("7", photos=("mug.jpg",)), [])], store.begin("shop.csv"))
        >>> store.correct("7", ["navy", "white"], by="a person")
        >>> list(corrections(store))
        [('mug.jpg', ['navy', 'white'])]
        >>> store.close()
    """
    with store.reading() as connection:
        for place, labels in connection.execute(_CORRECTED):
            yield place, json.loads(labels)


def failed(store: Store, limit: int = 48) -> list[Shown]:
    """Return products with photos that could not be used, those new in the catalog first."""
    with store.reading() as connection:
        return list(store.shown(connection, [number for (number,) in connection.execute(_FAILED, (limit,))]).values())
