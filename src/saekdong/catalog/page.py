"""The results of a query: a page of products with the filter's counts, or the products nearest to a color."""

from collections.abc import Mapping
from dataclasses import dataclass

from saekdong.catalog.stored_products import TaggedProduct


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the products that match a query, with the filter's counts.

    Attributes:
        products: the products of the page.
        labels: for each label, in the vocabulary's order and then `other`: how many products with this label match
            the query without its labels. If all labels of the query must match: how many would match if this label
            were added.
        categories: the same for categories, by path: those at the top, those above the query's, and those directly
            below it. Labels, text and prices of the query apply.
        total: how many products match, exact up to `MOST_FOUND`.
        more: more than `total` match.
        capped: the text matches more than `MOST_SEARCHED` products; only the newest of them were searched and counted.
        next: the `Query.after` of the next page; None on the last page.
    """

    products: tuple[TaggedProduct, ...]
    labels: Mapping[str, int]
    categories: Mapping[str, int]
    total: int
    more: bool
    capped: bool
    next: str | None

    @property
    def total_text(self) -> str:
        """The total as people read it: `812`, or `10,000+`."""
        return f"{self.total:,}{'+' if self.more else ''}"


@dataclass(frozen=True, slots=True)
class Near:
    """A product near a color.

    Attributes:
        product: the product.
        rgb: the nearest of its main colors.
        difference: the CIEDE2000 difference between this color and the color of the query.
    """

    product: TaggedProduct
    rgb: tuple[int, int, int]
    difference: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """The products nearest to a color.

    Attributes:
        products: the nearest first.
        capped: too many products match to compare all of them; nearer ones may exist.
    """

    products: tuple[Near, ...]
    capped: bool
