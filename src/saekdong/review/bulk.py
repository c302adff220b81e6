"""Many products of one label at once: those whose tags were never looked at, and their confirmation."""

from collections.abc import Mapping

from saekdong.catalog.contract import Store
from saekdong.catalog.query import MOST_LIMIT, Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.loop import Loop
from saekdong.review.corrections import correct

_MOST_PAGES = 5


def unconfirmed(store: Store, label: str, most: int) -> list[TaggedProduct]:
    """Return products whose first label is this one and about which no person said anything, the newest first.

    Args:
        store: the catalog.
        label: the label's id.
        most: how many are returned at most; if most of the newest were looked at, fewer.
    """
    found: list[TaggedProduct] = []
    after = None
    for _ in range(_MOST_PAGES):
        page = store.find(Query(labels=(label,), sort="newest", limit=MOST_LIMIT, after=after))
        found += [each for each in page.products if not each.corrected_by and each.tags[0].label == label]
        after = page.next
        if len(found) >= most or after is None:
            break
    return found[:most]


def confirm_all(loop: Loop, store: Store, products: Mapping[str, int], by: str) -> int:
    """Record that the labels of products are right; return of how many.

    Args:
        loop: the record.
        store: the catalog.
        products: the change of each product that the person saw; one that has changed since is left out.
        by: the person.
    """
    count = 0
    for product, change in products.items():
        shown = store.get(product)
        if shown is not None and shown.change == change and not shown.corrected_by and shown.tags:
            correct(loop, store, product, [tag.label for tag in shown.tags], by)
            count += 1
    return count
