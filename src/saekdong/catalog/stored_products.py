"""Products as a store returns them: with their tags, or with the data that shows whether they have changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from saekdong.catalog.products import Product
from saekdong.fetch import Mark
from saekdong.photo import Palette
from saekdong.tagging import Tag


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo as it was when it was last tagged.

    Attributes:
        mark: identifies the file's content.
        model: the id of the model that tagged it; empty if none did.
        error: why it could not be used, a code and a message; or None.
    """

    mark: Mark
    model: str
    error: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """What a run compares to find out whether a product is unchanged.

    Attributes:
        digest: `Product.digest` of the product as its feed listed it last.
        photos: by place.
        gone: its feed no longer lists it; put it again if its feed lists it again.
    """

    digest: str
    photos: Mapping[str, StoredPhoto]
    gone: bool


@dataclass(frozen=True, slots=True)
class TaggedProduct:
    """A product of the catalog with its tags.

    Attributes:
        product: as its feed lists it; the addresses of its photos without secrets.
        tags: what it is filtered by, in the order of display: a person's labels if it was corrected, otherwise those
            of its photos and words.
        palette: the dominant colors of its first photo that has any.
        models: the ids of the models that tagged its photos.
        corrected_by: who corrected it, or None.
        errors: why photos could not be used, by place: a code and a message.
        gone: its feed no longer lists it.
        change: the number of its last change; each change of any product has a higher number.
    """

    product: Product
    tags: tuple[Tag, ...]
    palette: Palette
    models: tuple[str, ...]
    corrected_by: str | None
    errors: Mapping[str, tuple[str, str]]
    gone: bool
    change: int
