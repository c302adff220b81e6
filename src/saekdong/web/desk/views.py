"""What the desk's templates show."""

from urllib.parse import urlencode

from saekdong.catalog.stored_products import TaggedProduct


def desk_address(shown: TaggedProduct, place: str = "", saved: str = "") -> str:
    """Return the address of a product's page.

    Args:
        shown: the product.
        place: its place in the review, if the page is a step of it.
        saved: what the page is to say that was saved, `yes` or `back`.
    """
    fields = {"id": shown.product.id, "review": place, "saved": saved}
    return f"/desk/product?{urlencode({key: value for key, value in fields.items() if value or key == 'id'})}"
