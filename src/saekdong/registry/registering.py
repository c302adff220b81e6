"""Registering models: each gets a version with its lineage, and the name champion or challenger if it may tag."""

import re
from collections.abc import Mapping
from typing import Any

from saekdong.catalog.tagging_model import ModelState
from saekdong.loop import Lineage, Loop, ModelVersion
from saekdong.loop.versions import CANARY, CHALLENGER, CHAMPION
from saekdong.model.artifact import Artifact
from saekdong.model.identity import ModelId

_RESERVED = (CHAMPION, CHALLENGER, CANARY, "")
_LONGEST = 64


def version_name(name: str) -> str:
    """Return what a model's versions are called: letters, digits, `_`, `.` and `-` of its name, before an `@`.

    Example:
        >>> version_name("spring shop@3"), version_name("champion")
        ('spring-shop', 'model')
    """
    cleaned = re.sub(r"[^\w.-]+", "-", name.partition("@")[0]).strip("-.")[:_LONGEST]
    return "model" if cleaned in _RESERVED else cleaned


def lineage_of(artifact: Artifact, recipe: Mapping[str, Any], photos: tuple[str, ...] = ()) -> Lineage:
    """Return what an artifact says about how it was made.

    Args:
        artifact: the model.
        recipe: how it came here.
        photos: the digests of the photos that it learned from, if they are known.
    """
    info = artifact.info
    taught, versions = (each if isinstance(each, dict) else {} for each in (info.get("tagger"), info.get("versions")))
    figures = {name: taught[name] for name in ("photos", "before", "after", "verdict") if name in taught}
    seed, features = (value if type(value) is int else 0 for value in (info.get("seed"), taught.get("features")))
    return Lineage(recipe, 0, photos, features, seed, str(versions.get("saekdong", "")), figures)


def register_artifact(loop: Loop, by: str, name: str, packed: bytes, artifact: Artifact, how: str) -> ModelVersion:
    """Return the version of a model, registered now unless it was before.

    Args:
        loop: the record of versions.
        by: who registers it.
        name: the model's.
        packed: its artifact.
        artifact: the same.
        how: it came here, such as `import`.
    """
    if version := loop.version_of(artifact.id):
        return version
    return loop.register(by, version_name(name), artifact.id, packed, lineage_of(artifact, {"kind": how}))


def champion_of(loop: Loop, state: ModelState, by: str) -> ModelVersion | None:
    """Return the champion; if there is none, the catalog's model becomes it. None if the catalog has no model either.

    Args:
        loop: the record of versions.
        state: what the catalog knows about models.
        by: who asks, for the history.
    """
    if champion := loop.find_version(CHAMPION):
        return champion
    if not (model := state.model) or not model.packed:
        return None
    found = loop.version_of(model.id)
    champion = found or loop.register(
        by,
        version_name(model.name),
        ModelId(model.id),
        model.packed,
        Lineage({"kind": "catalog", "since": model.since}),
    )
    loop.alias(by, CHAMPION, champion, "the catalog's model")
    return champion


def register_taught(
    loop: Loop, state: ModelState, by: str, name: str, packed: bytes, artifact: Artifact, lineage: Lineage
) -> tuple[ModelVersion, str]:
    """Register a model that was taught, and name it.

    It becomes the champion if there is no other model that tags; otherwise the challenger. It gets no name if it
    missed its goal or the tags got worse.

    Args:
        loop: the record of versions.
        state: what the catalog knows about models.
        by: who taught it.
        name: the model's.
        packed: its artifact.
        artifact: the same.
        lineage: what it was made of.

    Returns:
        The version, and its name: `champion`, `challenger`, or empty.
    """
    champion = champion_of(loop, state, by)
    version = loop.register(by, version_name(name), artifact.id, packed, lineage)
    if champion and champion.model == version.model:
        return version, CHAMPION
    if artifact.missed_goal:
        return version, ""
    alias = CHALLENGER if champion or state.is_bound else CHAMPION
    loop.alias(by, alias, version, str(lineage.recipe.get("kind", "taught")))
    return version, alias
