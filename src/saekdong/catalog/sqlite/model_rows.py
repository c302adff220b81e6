"""The models that tagged the catalog, in their table, and what would change if another one tagged it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from saekdong.catalog.products import NOWHERE
from saekdong.catalog.retagging import PhotoShares, Retaggable
from saekdong.catalog.tagging_model import ModelChangedError, ModelState, TaggingModel
from saekdong.database.connections import ReadOnly
from saekdong.errors import SaekdongError
from saekdong.model.identity import ModelId
from saekdong.tagging.feed_words import FeedText


def read_model(connection: sqlite3.Connection) -> TaggingModel | None:
    """Return the model in use without its artifact, or None."""
    row = connection.execute("SELECT name, digest, since, accepts FROM model ORDER BY number DESC LIMIT 1").fetchone()
    return TaggingModel.stored(*row) if row else None


def read_packed_model(connection: sqlite3.Connection) -> TaggingModel | None:
    """Return the model in use with its artifact, or None."""
    query = "SELECT name, digest, since, accepts, artifact FROM model ORDER BY number DESC LIMIT 1"
    row = connection.execute(query).fetchone()
    return TaggingModel.stored(*row) if row else None


def put_model(connection: sqlite3.Connection, model: TaggingModel) -> None:
    """Make a model the one in use; of those before it only name, digest and time are kept."""
    connection.execute("UPDATE model SET artifact = NULL")
    row = (model.id, model.name, model.since, json.dumps(model.accepts), model.packed)
    connection.execute("INSERT INTO model (digest, name, since, accepts, artifact) VALUES (?, ?, ?, ?, ?)", row)


def adopt_model(connection: sqlite3.Connection, model: TaggingModel) -> None:
    """Make `model` the one in use if the catalog has none, or no tags yet.

    Raises:
        ModelChangedError: the catalog's photos are tagged by another model.
    """
    current = read_model(connection)
    if current and current.id == model.id:
        return
    if current and has_tags(connection):
        raise ModelChangedError(f"the catalog's model is now {current}, not {model}", fix="start this command again")
    put_model(connection, model)


def models_by_id(connection: sqlite3.Connection) -> dict[str, TaggingModel]:
    """Return the models that the catalog has or had as its own, without their artifacts."""
    query = "SELECT digest, name, since FROM model ORDER BY number"
    return {each: TaggingModel.stored(name, each, since) for each, name, since in connection.execute(query)}


def models_with_products(connection: sqlite3.Connection) -> list[tuple[TaggingModel, int]]:
    """Return the models that tagged photos of products that are not gone, with how many; most first."""
    models = models_by_id(connection)
    counts = products_by_model(connection).items()
    return [(models.get(each, TaggingModel("unknown", each, "")), count) for each, count in counts]


def has_tags(connection: sqlite3.Connection) -> bool:
    """Return whether a model tagged any photo or failed at it."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM photo WHERE model <> '')").fetchone()[0])


def products_by_model(connection: sqlite3.Connection) -> dict[ModelId, int]:
    """Return how many products that are not gone have photos tagged by each model, by its id, most first."""
    query = """SELECT model, count(DISTINCT product) AS n FROM photo JOIN product ON product.number = photo.product
        WHERE model <> '' AND NOT gone GROUP BY model ORDER BY n DESC, max(change) DESC"""
    return {ModelId.stored(model): count for model, count in connection.execute(query)}


def read_model_state(path: Path) -> ModelState:
    """Return what the catalog at `path` has about models, without changing the file, also if it is of an older version.

    Raises:
        SaekdongError: it cannot be read.
    """
    with _read_only(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "photo" not in tables:  # another process is making it
            return ModelState(None, has_tags=False, products={})
        model = _read_packed_model_of_any_version(connection) if "model" in tables else None  # Saekdong 0.1 had none
        return ModelState(model, has_tags(connection), {} if model else products_by_model(connection))


def _read_packed_model_of_any_version(connection: sqlite3.Connection) -> TaggingModel | None:
    columns = {row[1] for row in connection.execute("PRAGMA table_info(model)")}
    if "accepts" in columns:
        return read_packed_model(connection)
    row = connection.execute(
        "SELECT name, digest, since, '[]', artifact FROM model ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return TaggingModel.stored(*row) if row else None


def read_retaggable(connection: sqlite3.Connection) -> Retaggable:
    """Return which products another model would tag."""
    query = """SELECT id, correction IS NOT NULL, EXISTS (
            SELECT 1 FROM photo WHERE product = number AND substr(place, 1, ?1) <> ?2
        ) FROM product WHERE NOT gone AND EXISTS (SELECT 1 FROM photo WHERE product = number) ORDER BY number"""
    rows = connection.execute(query, (len(NOWHERE), NOWHERE)).fetchall()
    ids = tuple(product for product, corrected, readable in rows if readable and not corrected)
    corrected = sum(corrected for _, corrected, _ in rows)
    return Retaggable(ids, corrected, len(rows) - corrected - len(ids))


def read_photo_shares(connection: sqlite3.Connection, ids: Sequence[str]) -> list[PhotoShares]:
    """Return the photos of each product, with the shares that the model in use gave, and its words."""
    query = """SELECT place, shares FROM photo WHERE product = (SELECT number FROM product WHERE id = ?)
        ORDER BY position"""
    words = """SELECT title, color, path FROM product JOIN category ON category.number = product.category
        WHERE id = ?"""
    return [
        PhotoShares(
            [(place, shares and json.loads(shares)) for place, shares in connection.execute(query, (product,))],
            FeedText(*connection.execute(words, (product,)).fetchone()),
        )
        for product in ids
    ]


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(ReadOnly(path).connection) as connection:
            yield connection
    except sqlite3.Error as error:
        raise SaekdongError(
            f"cannot read the catalog {path}: {error}", fix="check the file, or name a model with --model"
        ) from error
