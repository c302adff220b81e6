"""The model that tags a catalog's photos: kept in the catalog itself, so that only an explicit change replaces it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from saekdong.catalog.sqlite.connections import ReadOnly
from saekdong.errors import SaekdongError

ID_LENGTH = 8
"""How many digits of a model's digest people see."""


@dataclass(frozen=True, slots=True)
class TaggingModel:
    """A model that tags, or tagged, a catalog's photos.

    Attributes:
        name: what people call it.
        digest: the artifact's.
        since: when the catalog took it, ISO 8601 in UTC.
        packed: the artifact's bytes; kept only of the model in use.
    """

    name: str
    digest: str
    since: str
    packed: bytes = b""

    @property
    def id(self) -> str:
        """The first digits of the digest, which people see."""
        return self.digest[:ID_LENGTH]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a catalog knows about models.

    Attributes:
        model: the one in use; None if none was set, as in a catalog of Saekdong 0.1.
        has_tags: whether any photo was tagged.
        products: how many products that are not gone have photos tagged by each model, by digest; counted only if
            `model` is None.
    """

    model: TaggingModel | None
    has_tags: bool
    products: Mapping[str, int]

    @property
    def is_bound(self) -> bool:
        """Whether products bear tags of a model, so that another one may tag only after an explicit change."""
        return bool(self.products) or (self.model is not None and self.has_tags)


class ModelChangedError(SaekdongError):
    """The catalog's model is not the one that tagged these photos."""


def read_model(connection: sqlite3.Connection) -> TaggingModel | None:
    """Return the model in use without its artifact, or None."""
    row = connection.execute("SELECT name, digest, since FROM model ORDER BY number DESC LIMIT 1").fetchone()
    return TaggingModel(*row) if row else None


def put_model(connection: sqlite3.Connection, model: TaggingModel) -> None:
    """Make a model the one in use; of those before it only name, digest and time are kept."""
    connection.execute("UPDATE model SET artifact = NULL")
    row = (model.digest, model.name, model.since, model.packed)
    connection.execute("INSERT INTO model (digest, name, since, artifact) VALUES (?, ?, ?, ?)", row)


def adopt_model(connection: sqlite3.Connection, model: TaggingModel) -> None:
    """Make `model` the one in use if the catalog has none, or no tags yet.

    Raises:
        ModelChangedError: the catalog's photos are tagged by another model.
    """
    current = read_model(connection)
    if current and current.digest == model.digest:
        return
    if current and has_tags(connection):
        raise ModelChangedError(f"the catalog's model is now {current}, not {model}", fix="start this command again")
    put_model(connection, model)


def models_by_digest(connection: sqlite3.Connection) -> dict[str, TaggingModel]:
    """Return the models that the catalog has or had as its own, without their artifacts."""
    query = "SELECT digest, name, since FROM model ORDER BY number"
    return {digest: TaggingModel(name, digest, since) for digest, name, since in connection.execute(query)}


def models_with_products(connection: sqlite3.Connection) -> list[tuple[TaggingModel, int]]:
    """Return the models that tagged photos of products that are not gone, with how many; most first."""
    models = models_by_digest(connection)
    counts = products_by_model(connection).items()
    return [(models.get(digest, TaggingModel("unknown", digest, "")), count) for digest, count in counts]


def has_tags(connection: sqlite3.Connection) -> bool:
    """Return whether any photo was tagged, or at least tried."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM photo WHERE model <> '')").fetchone()[0])


def products_by_model(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many products that are not gone have photos tagged by each model, by digest, most first."""
    query = """SELECT model, count(DISTINCT product) AS n FROM photo JOIN product ON product.number = photo.product
        WHERE model <> '' AND NOT gone GROUP BY model ORDER BY n DESC, max(change) DESC"""
    return dict(connection.execute(query))


def read_state(path: Path) -> ModelState:
    """Return what the catalog at `path` knows about models, without changing the file.

    Raises:
        SaekdongError: it cannot be read.
    """
    with _read_only(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "photo" not in tables:  # another process is making it
            return ModelState(None, has_tags=False, products={})
        model = None
        if "model" in tables:  # Saekdong 0.1 had none
            query = "SELECT name, digest, since, artifact FROM model ORDER BY number DESC LIMIT 1"
            row = connection.execute(query).fetchone()
            model = TaggingModel(*row) if row else None
        return ModelState(model, has_tags(connection), {} if model else products_by_model(connection))


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(ReadOnly(path).connection) as connection:
            yield connection
    except sqlite3.Error as error:
        raise SaekdongError(
            f"cannot read the catalog {path}: {error}", fix="check the file, or name a model with --model"
        ) from error
