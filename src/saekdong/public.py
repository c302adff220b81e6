"""The functions and the catalog of `import saekdong`; `saekdong/__init__.py` loads them on first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from saekdong.errors import SaekdongError
from saekdong.photo import Palette, PhotoError, find_palette, photo_at, read_photo
from saekdong.photo.palette import COLORS, SIDE
from saekdong.tagging import Tagger, starter, tag_photo
from saekdong.tagging.feed_words import FeedText, named_labels
from saekdong.words import ColorWords

if TYPE_CHECKING:
    from saekdong.catalog.contract import Store
    from saekdong.catalog.page import Page
    from saekdong.catalog.query import Query
    from saekdong.catalog.stored_products import TaggedProduct
    from saekdong.model.artifact import Artifact
    from saekdong.tagging.photos import TaggedPhoto


def tag(
    photo: str | Path | bytes,
    model: "Artifact | None" = None,
    *,
    title: str = "",
    color: str = "",
    category: str = "",
) -> "TaggedPhoto":
    """Return a photo's color tags and its palette.

    Color words of the title and the color decide which of the photo's plausible labels comes first; each tag names its
    source.

    Args:
        photo: the path of a photo, or its bytes.
        model: the model that tags it; by default the starter.
        title: the product's title.
        color: what the feed's color column says.
        category: the product's category.

    Raises:
        SaekdongError: the photo cannot be read; `PhotoError.code` says why.

    Examples:
        >>> from saekdong.samples.drawings import draw, jpeg, plain
        >>> mug = jpeg(draw(plain((31, 42, 82)), "mug"))
        >>> tag(mug).tags[0].label
        'navy'
        >>> tag(mug, title="네이비 머그컵").tags[0].source
        'title'
    """
    tagger = Tagger(model or starter())
    named = named_labels(ColorWords(tagger.vocabulary), FeedText(title, color, category)) if title or color else None
    with _named(photo):
        name, content = _read(photo)
        return tag_photo(tagger, name, content, named)


def palette(photo: str | Path | bytes, colors: int = COLORS) -> Palette:
    """Return a photo's dominant colors, the most important first.

    Args:
        photo: the path of a photo, or its bytes.
        colors: how many at most, 1 to 10.

    Raises:
        SaekdongError: the photo cannot be read, or `colors` is out of range.

    Examples:
        >>> from saekdong.samples.drawings import draw, jpeg, plain
        >>> len(palette(jpeg(draw(plain((31, 42, 82)), "mug")), colors=2)) <= 2
        True
    """
    if not 1 <= colors <= COLORS:
        raise SaekdongError(f"a palette cannot have {colors} colors", fix=f"give 1 to {COLORS}")
    with _named(photo):
        small = read_photo(_read(photo)[1], SIDE)
    return find_palette(small.pixels, small.alpha, colors)


class Catalog:
    """A shop's catalog, opened to read.

    Examples:
        >>> with Catalog.open("shop/catalog.db") as catalog:  # doctest: +SKIP
        ...     page = catalog.find(Query(labels=("navy",), category="Shoes", limit=24))
        ...     print(page.total_text, [each.product.id for each in page.products])
        ...     later = catalog.find(Query(labels=("navy",), category="Shoes", after=page.next))
    """

    def __init__(self, store: "Store") -> None:
        self._store = store

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the catalog of a workspace to read; bring one of an older version to the current one.

        Args:
            path: the file `catalog.db`, or the workspace's folder.

        Raises:
            SaekdongError: there is none, or it cannot be opened.
        """
        from saekdong.catalog.sqlite.store import SqliteStore
        from saekdong.color import STARTER

        file = Path(path)
        file = file / "catalog.db" if file.is_dir() else file
        if not file.is_file():
            raise SaekdongError(f"there is no catalog {file}", fix="fill one with 'saekdong catalog add FEED'")
        return cls(SqliteStore.open_to_read(file, STARTER))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the catalog's file."""
        self._store.close()

    def find(self, query: "Query") -> "Page":
        """Return a page of the products that match a query, with the filter's counts.

        Raises:
            SaekdongError: `Query.after` is not the `Page.next` of a page in this order.
        """
        return self._store.find(query)

    def get(self, product_id: str) -> "TaggedProduct | None":
        """Return the product of this id, or None."""
        return self._store.get(product_id)


@contextmanager
def _named(photo: str | Path | bytes) -> Iterator[None]:
    """Name a photo in its error, unless it was given as bytes."""
    try:
        yield
    except PhotoError as error:
        if isinstance(photo, bytes):
            raise
        raise PhotoError(error.code, f"{photo}: {error.problem}", error.fix) from error


def _read(photo: str | Path | bytes) -> tuple[str, bytes]:
    if isinstance(photo, bytes):
        return "", photo
    return str(photo), photo_at(str(photo), Path()).read()
