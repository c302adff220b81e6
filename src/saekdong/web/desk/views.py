"""What several of the desk's templates show."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from saekdong.catalog.stored_products import TaggedProduct


@dataclass(frozen=True)
class Tab:
    """One of several lists that a page can show: its name, address, count as text, and whether it is the one shown."""

    name: str
    address: str
    count: str
    is_current: bool


def desk_address(shown: TaggedProduct, show: str = "", place: str = "", saved: str = "") -> str:
    """Return the address of a product's page at the desk.

    Args:
        shown: the product.
        show: the list from which it was opened, if that goes on there.
        place: its place in that list.
        saved: what the page is to say that was saved, `yes` or `back`.
    """
    fields = {"id": shown.product.id, "show": show, "place": place, "saved": saved}
    return f"/desk/product?{urlencode({key: value for key, value in fields.items() if value or key == 'id'})}"


def page_address(path: str, fields: Sequence[tuple[str, str]], **changes: str) -> str:
    """Return the address of a page with some fields changed; empty ones are left out.

    Example:
        >>> page_address("/desk/products", [("show", "doubt"), ("after", "5")], after="")
        '/desk/products?show=doubt'
    """
    changed = [(key, changes.get(key, value)) for key, value in fields]
    changed += [(key, value) for key, value in changes.items() if key not in dict(fields)]
    kept = [(key, value) for key, value in changed if value]
    return f"{path}?{urlencode(kept)}" if kept else path
