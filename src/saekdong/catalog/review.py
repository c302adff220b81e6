"""What a person should look at: products whose colors are in doubt, the most doubtful first.

The measure of doubt is the margin: the share of a product's first tag less that of its second (0 for the second if
there is one tag). A product that is `other` has the margin 0. The smaller the margin, the greater the doubt; of equal
margins the smaller first share comes first, so `other` products lead. A product whose margin is at least `NEAR_TIE` is
not in doubt. A corrected product has no margin: a person has decided.
"""

from dataclasses import dataclass

from saekdong.catalog.sqlite.listing import SCALE
from saekdong.catalog.sqlite.records import Shown
from saekdong.catalog.sqlite.schema import NEAR_TIE_PARTS
from saekdong.catalog.sqlite.store import Store

NEAR_TIE = NEAR_TIE_PARTS / SCALE
"""The margin from which on a product is not in doubt."""

MOST_COUNTED = 10_000

# Both read the partial index `listing_doubt` alone; they must name its condition.
_IN_DOUBT = f"FROM listing WHERE margin < {NEAR_TIE_PARTS}"
PAGE = f"""SELECT margin, share, product {_IN_DOUBT} AND (margin, share, product) > (?, ?, ?)
    ORDER BY margin, share, product LIMIT ?"""
COUNT = f"SELECT count(*) FROM (SELECT 1 {_IN_DOUBT} LIMIT {MOST_COUNTED + 1})"

_Key = tuple[int, int, int]
_START: _Key = (-1, -1, -1)
_LARGEST = (1 << 63) - 1  # SQLite's


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A product in doubt; `place` is where the review stands at it, for `doubtful` to go on."""

    product: Shown
    place: str


def doubtful(store: Store, after: str = "", limit: int = 48) -> list[Doubtful]:
    """Return products in doubt, the most doubtful first.

    Args:
        store: the catalog.
        after: the `place` of a product, to go on behind it, whether or not it was corrected since. A place that is not
            understood means the start.
        limit: how many at most.
    """
    with store.reading() as connection:
        rows = connection.execute(PAGE, (*_read_place(after), limit)).fetchall()
        products = store.shown(connection, [number for _, _, number in rows])
        return [Doubtful(products[row[2]], _write_place(row)) for row in rows]


def count_doubtful(store: Store) -> int:
    """Return how many products are in doubt; `MOST_COUNTED` + 1 if there are more than `MOST_COUNTED`."""
    with store.reading() as connection:
        return int(connection.execute(COUNT).fetchone()[0])


def _write_place(key: _Key) -> str:
    return "-".join(map(str, key))


def _read_place(text: str) -> _Key:
    try:
        margin, share, product = (int(part) for part in text.split("-"))
    except ValueError:
        return _START
    return (margin, share, product) if max(margin, share, product) <= _LARGEST else _START
