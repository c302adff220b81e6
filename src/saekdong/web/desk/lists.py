"""The lists of products that staff work through: each is read from a place on, and says why a product is there."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from saekdong.catalog.contract import Store
from saekdong.catalog.review import MOST_COUNTED, Worklist
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.lang import Lang
from saekdong.web.site.texts import TEXTS
from saekdong.web.site.views import label_of, photo_errors


class Listed(NamedTuple):
    """A product of a list, its place there, and why it is in it; empty if that needs no words."""

    product: TaggedProduct
    place: str
    why: str


def _doubtful(store: Store, _: Lang, after: str, limit: int) -> list[Listed]:
    return [Listed(each.product, each.place, "") for each in store.doubtful(after, limit)]


def _conflicts(store: Store, lang: Lang, after: str, limit: int) -> list[Listed]:
    name = partial(label_of, store.vocabulary)
    return [Listed(each.product, each.place, each.finding(name, lang)) for each in store.conflicts(after, limit)]


def _worklist(kind: Worklist, store: Store, lang: Lang, after: str, limit: int) -> list[Listed]:
    return [
        Listed(each.product, each.place, _reason(each.product, lang)) for each in store.worklist(kind, after, limit)
    ]


def _reason(shown: TaggedProduct, lang: Lang) -> str:
    """Return why a product's photos could not be used."""
    if not shown.product.photos:
        return TEXTS["no_photo"][lang]
    return ", ".join(photo_errors(shown, lang))


_Read = Callable[[Store, Lang, str, int], list[Listed]]
_LISTS: dict[str, tuple[_Read, Callable[[Store], int]]] = {
    "doubt": (_doubtful, lambda store: store.count_doubtful()),
    "conflicts": (_conflicts, lambda store: store.count_conflicts()),
    "untagged": (partial(_worklist, "untagged"), lambda store: store.count_worklist("untagged")),
    "failed": (partial(_worklist, "failed"), lambda store: store.count_worklist("failed")),
    "corrected": (partial(_worklist, "corrected"), lambda store: store.count_worklist("corrected")),
}
LISTS = tuple(_LISTS)
"""The names of the lists, in the order of the page."""


def read_list(store: Store, show: str, lang: Lang, after: str, limit: int) -> list[Listed]:
    """Return products of a list from behind a place on.

    Args:
        store: the catalog.
        show: one of `LISTS`.
        lang: the reader's.
        after: a `Listed.place`; empty or invalid for the start.
        limit: how many at most.
    """
    return _LISTS[show][0](store, lang, after, limit)


def count_text_of(store: Store, show: str) -> str:
    """Return how many products a list has, as people read it: `12`, or `10,000+`."""
    count = _LISTS[show][1](store)
    return f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}"
