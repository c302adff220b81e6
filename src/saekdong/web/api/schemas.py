"""What the catalog's API takes and gives, as `/openapi.json` describes it."""

from itertools import islice
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from saekdong.catalog.conflicts import WordConflict
from saekdong.catalog.feeds.values import text_of
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import Label, to_hex
from saekdong.tagging.tagger import Source

AskedId = Annotated[str, AfterValidator(text_of)]
Id = Annotated[AskedId, Field(min_length=1, max_length=200)]
_LABELS_OF_PHOTO = 5
Person = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(text_of), Field(min_length=1)]
Texts = Annotated[str, AfterValidator(text_of), Field(max_length=2000)]


class ErrorDetail(BaseModel):
    """What is wrong, in a word and in a sentence."""

    code: str
    message: str


class Error(BaseModel):
    """Why a request was refused."""

    error: ErrorDetail


class ShareOut(BaseModel):
    """A label and the share of the product that bears it, 0 to 1."""

    label: str
    share: float


class TagOut(ShareOut):
    """A label with its share, and what it comes from: a photo, a word of the title or color column, or a person."""

    source: Source


class ProductOut(BaseModel):
    """A product with its tags; `palette` is of its first photo, as #rrggbb, the foremost color first."""

    id: str
    title: str
    category: str
    price: float | None
    currency: str
    link: str
    group: str
    color: str
    photos: list[str]
    tags: list[TagOut]
    palette: list[str]
    corrected_by: str | None
    errors: dict[str, str]
    gone: bool

    @classmethod
    def of(cls, shown: TaggedProduct) -> "ProductOut":
        """Take over what the store shows."""
        fields = {name: getattr(shown.product, name) for name in cls.model_fields if hasattr(shown.product, name)}
        return cls(
            **{**fields, "photos": list(shown.product.photos)},
            tags=[TagOut(label=tag.label, share=tag.share, source=tag.source) for tag in shown.tags],
            palette=[to_hex((color.red, color.green, color.blue)) for color in shown.palette],
            corrected_by=shown.corrected_by,
            errors={place: message for place, (_, message) in shown.errors.items()},
            gone=shown.gone,
        )


class LabelOut(BaseModel):
    """A label of the filter, with the count to be shown beside it."""

    id: str
    en: str
    ko: str
    swatch: str
    count: int

    @classmethod
    def of(cls, label: Label, count: int) -> "LabelOut":
        """Take over a label of the vocabulary."""
        return cls(id=label.id, en=label.en, ko=label.ko, swatch=label.swatch, count=count)


class CategoryOut(BaseModel):
    """A category with its count."""

    path: str
    count: int


class FacetsOut(BaseModel):
    """Counts under the filter in force, no group filtered by itself; `more`: there are more than `total`."""

    labels: list[LabelOut]
    categories: list[CategoryOut]
    total: int
    more: bool
    capped: bool


class PageOut(FacetsOut):
    """A page of products with the counts; `next` is the `after` of the next page."""

    products: list[ProductOut]
    next: str | None


class NearOut(BaseModel):
    """A product, the nearest of its main colors, and by how much it differs (CIEDE2000)."""

    product: ProductOut
    color: str
    difference: float


class NearsOut(BaseModel):
    """The color that was looked for, and the products nearest to it, the nearest first.

    `capped`: so many products fit that not all were looked at; there may be nearer ones.
    """

    color: str
    products: list[NearOut]
    capped: bool


class FeedWordOut(BaseModel):
    """A color word of the title or the color column, and the labels that it can mean, the most probable first."""

    column: Source
    word: str
    labels: list[str]


class ConflictOut(BaseModel):
    """A product whose words name another color than its photos show.

    `photo`: the labels by the photos alone, the first ones; `sure`: how sure words and photos are, 0 to 1.
    """

    product: ProductOut
    words: list[FeedWordOut]
    photo: list[ShareOut]
    sure: float

    @classmethod
    def of(cls, conflict: WordConflict) -> "ConflictOut":
        """Take over what the store shows."""
        return cls(
            product=ProductOut.of(conflict.product),
            words=[
                FeedWordOut(column=word.column, word=word.word, labels=list(word.labels)) for word in conflict.words
            ],
            photo=[
                ShareOut(label=label, share=round(share, 4))
                for label, share in islice(conflict.shares.items(), _LABELS_OF_PHOTO)
            ],
            sure=conflict.sure,
        )


class ConflictsOut(BaseModel):
    """A page of conflicts, the surest first; `next` is the `after` of the next page.

    `total` counts up to 10,000; `more`: there are more than that.
    """

    conflicts: list[ConflictOut]
    total: int
    more: bool
    next: str | None


class CorrectionIn(BaseModel):
    """The labels that a product has, whatever the model says; the first is the main one."""

    model_config = ConfigDict(extra="forbid")

    labels: Annotated[list[str], Field(min_length=1, max_length=20)]
    by: Person


class ProductIn(BaseModel):
    """A product to be tagged and stored; `place` is the path or address of its photo, for those who show it.

    Texts are kept on one line, as those of feeds, so that an id is the same from either.
    """

    model_config = ConfigDict(extra="forbid")

    id: Id
    title: Texts = ""
    category: Texts = ""
    price: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    currency: Annotated[str, Field(max_length=10)] = ""
    link: Texts = ""
    group: Texts = ""
    color: Texts = ""
    place: Texts = ""


class ProductWithPhotoIn(ProductIn):
    """The same as JSON; `photo` is the file in base64."""

    photo: str
