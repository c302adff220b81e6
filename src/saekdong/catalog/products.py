"""What feeds and taggers hand to the store: products, their photos, and what tagging a photo gave."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from saekdong.feature_store import PhotoFeatures
from saekdong.fetch import Mark
from saekdong.fetch.urls import is_address, is_web, without_user
from saekdong.photo import Palette

API_FEED = "api"
"""The feed of products that were posted to the API."""

NOWHERE = "sha256:"
"""The prefix of the place of a posted photo, which has no address; the photo's digest follows."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Product:
    """A product, as in its feed.

    Attributes:
        id: what the feed calls it; unique in the catalog.
        title: what people call it.
        category: its path from the broadest on, separated by `>`, such as `Apparel > Shoes`.
        price: in `currency`, or None if the feed has none.
        currency: such as `KRW`.
        link: the address of its page.
        group: the id that variants of one product share.
        color: what the feed itself says of its color.
        photos: paths or addresses; the first is the main one.
    """

    id: str
    title: str = ""
    category: str = ""
    price: float | None = None
    currency: str = ""
    link: str = ""
    group: str = ""
    color: str = ""
    photos: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return 16 hex digits that differ where any field does.

        Example:
            >>> Product("1", price=3).digest() == Product("1", price=3.0).digest() != Product("1").digest()
            True
        """
        price = None if self.price is None else float(self.price)
        texts = (self.id, self.title, self.category, self.currency, self.link, self.group, self.color)
        fields = (*texts, price, tuple(self.photos))
        return hashlib.blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class FeedOptions(NamedTuple):
    """How a feed is read.

    Attributes:
        folder: the folder it stands in; nothing if it is at an address.
        mapping: pairs of a field and the column that holds it.
        id_prefix: what the ids of its products begin with.
    """

    folder: str = ""
    mapping: tuple[tuple[str, str], ...] = ()
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What tagging one photo gave.

    Attributes:
        place: the path or address, one of the product's photos.
        mark: what was known of the file.
        model: the id of the model that tagged it; empty if none did.
        shares: each label's share of the product, 0 to 1; None if there is an error.
        palette: the dominant colors in falling order of score.
        error: why the photo could not be used, a code and a message; or None.
        features: what the feature store keeps of it; None if there is an error.
    """

    place: str
    mark: Mark = field(default_factory=Mark)
    model: str = ""
    shares: Mapping[str, float] | None = None
    palette: Palette = ()
    error: tuple[str, str] | None = None
    features: PhotoFeatures | None = None


def link_of(text: str) -> str:
    """Return the address of a product's page if it is safe to follow; browsers run what `javascript:` holds.

    Raises:
        ValueError: it is an address, but not one with http(s).

    Example:
        >>> link_of("HTTPS://a.kr/1"), link_of("/products/1")
        ('HTTPS://a.kr/1', '/products/1')
    """
    scheme = _SCHEME.match("".join(text.split()))
    if scheme and not is_web(text):
        raise ValueError(f"{scheme[0][:20]!r} is not an address with http(s); the link is left out")
    return text


def feed_name(place: str) -> str:
    """Return what a feed is known by: its path from the root on, or its address without name, password and query.

    The query, which may hold a token, leaves a digest, so that feeds that differ in it alone are different feeds.

    Example:
        >>> feed_name("HTTPS://me:secret@shop.kr/feed?token=1"), feed_name("https://shop.kr/feed.csv")
        ('https://shop.kr/feed#212b674cbe97', 'https://shop.kr/feed.csv')
    """
    if not is_address(place):
        return os.path.abspath(place)  # noqa: PTH100
    scheme, _, rest = without_user(place).partition("://")
    path, _, query = rest.partition("?")
    digest = f"#{hashlib.sha256(query.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}" if query else ""
    return f"{scheme.lower()}://{path}{digest}"


def folder_of(feed: str) -> str:
    """Return the folder in which a feed on this machine stands, or the feed itself if it is a folder."""
    path = os.path.abspath(feed)  # noqa: PTH100
    return path if os.path.isdir(path) else os.path.dirname(path)  # noqa: PTH112, PTH120
