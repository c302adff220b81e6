"""The model that tags a catalog's photos: kept in the catalog itself, so that only an explicit change replaces it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from saekdong.errors import SaekdongError
from saekdong.model.identity import ModelId


@dataclass(frozen=True, slots=True)
class TaggingModel:
    """A model that tags, or tagged, a catalog's photos.

    Attributes:
        name: what people call it.
        id: its identity.
        since: when the catalog took it, ISO 8601 in UTC.
        packed: the artifact's bytes; kept only of the model in use.
        accepts: ids of earlier models whose tags stay until a photo changes: a promotion kept them.
    """

    name: str
    id: ModelId
    since: str
    packed: bytes = b""
    accepts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.id.short})"

    @classmethod
    def stored(
        cls, name: str, model_id: str, since: str, accepts: str = "[]", packed: bytes | None = b""
    ) -> "TaggingModel":
        """Return a model as a catalog has stored it; `accepts` as JSON."""
        return cls(name, ModelId.stored(model_id), since, packed or b"", tuple(json.loads(accepts)))

    @property
    def current(self) -> frozenset[str]:
        """The ids of the models whose tags are up to date."""
        return frozenset((self.id, *self.accepts))


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a catalog knows about models.

    Attributes:
        model: the one in use; None if none was set, as in a catalog of Saekdong 0.1.
        has_tags: whether any photo was tagged.
        products: how many products that are not gone have photos tagged by each model, by its id; counted only if
            `model` is None.
    """

    model: TaggingModel | None
    has_tags: bool
    products: Mapping[ModelId, int]

    @property
    def is_bound(self) -> bool:
        """Whether products bear tags of a model, so that another one may tag only after an explicit change."""
        return bool(self.products) or (self.model is not None and self.has_tags)


class ModelChangedError(SaekdongError):
    """The catalog's model is not the one that tagged these photos."""
