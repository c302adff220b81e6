"""Which model a command uses: one rule for photos, one for colors.

A named model (by an argument, `--model`, `SAEKDONG_MODEL`, `saekdong.toml`) is used by both, or the command fails.
Otherwise:

- Photos: the catalog's model if the workspace has a catalog with one; otherwise the newest model in `models/` that was
  taught from photos and did not miss its goal; otherwise the starter.
- Colors: the newest model in `models/` that did not miss its goal; otherwise the starter.

A file in `models/` that cannot be used is skipped with a warning.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from saekdong.catalog.tagging_model import ModelState, TaggingModel
from saekdong.errors import SaekdongError
from saekdong.model.artifact import Artifact, load_packed, unpack
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.registry.folder import STARTER_MODEL, ModelFolder

CHANGE = "saekdong catalog model"


@dataclass(frozen=True, eq=False)
class Selection:
    """The model that a command uses.

    Attributes:
        model: its name, id, and artifact as bytes.
        artifact: the model itself.
        origin: where it comes from, as text for the user.
        warnings: files in `models/` that were skipped, each with the reason.
    """

    model: TaggingModel
    artifact: Artifact
    origin: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.model}, {self.origin}"


@dataclass(frozen=True)
class Registry:
    """The models of a shop, and the rule which of them a command uses.

    Attributes:
        models: the folder of its models.
        catalog_model: returns what the shop's catalog records about models.
    """

    models: ModelFolder
    catalog_model: Callable[[], ModelState]

    def for_photos(self, name: str | None) -> Selection:
        """Return the model that tags photos.

        Args:
            name: a model's name, file or folder, or `starter`; None to apply the rule.

        Raises:
            SaekdongError: the named model cannot be used, or the catalog's cannot be determined.
        """
        if name:
            return self.named(name)
        state = self.catalog_model()
        if state.model:
            return _of_catalog(state.model)
        models = _Candidates(self.models)
        if state.products:
            return _of_old_catalog(state, models)
        return models.newest(_can_tag, "the newest taught model") or models.starter()

    def for_colors(self, name: str | None) -> Selection:
        """Return the model that names colors; arguments and errors as for `for_photos`."""
        if name:
            return self.named(name)
        models = _Candidates(self.models)
        return models.newest(lambda artifact: not artifact.missed_goal, "the newest model") or models.starter()

    def for_catalog(self, name: str | None) -> Selection:
        """Return the model that tags new products of the catalog: as `for_photos`, never another than the catalog's.

        Raises:
            SaekdongError: as `for_photos`, or `name` is another model than the one that tagged the catalog.
        """
        if not name:
            return self.for_photos(None)
        asked = self.named(name)
        if self.catalog_model().is_bound:
            kept = self.for_photos(None)
            if kept.model.id != asked.model.id:
                raise SaekdongError(
                    f"the catalog's model is {kept.model}, not {asked.model}",
                    fix=f"leave out the model, or change the catalog's with '{CHANGE} {name}'",
                )
        return asked

    def named(self, name: str) -> Selection:
        """Return the model of this name, file or folder, or the starter for `starter`.

        Raises:
            SaekdongError: there is no such model, or it cannot be used.
        """
        if name == STARTER_MODEL:
            return _Candidates(self.models).starter()
        file = self.models.find(name)
        artifact, packed = load_packed(file)
        return Selection(_model(_name(file), artifact, packed), artifact, f"from {file}")


def _of_catalog(model: TaggingModel) -> Selection:
    try:
        artifact = unpack(model.packed)
        _can_tag(artifact)
        return Selection(model, artifact, "the catalog's")
    except SaekdongError as error:
        raise SaekdongError(
            f"the catalog's model {model} cannot be used: {error.problem}", fix=f"choose another with '{CHANGE} MODEL'"
        ) from error


def _of_old_catalog(state: ModelState, models: "_Candidates") -> Selection:
    """Return the model that tagged most of the products of a catalog that does not record its model."""
    model_id = next(iter(state.products))
    starter = models.starter()
    if starter.model.id == model_id:
        return Selection(starter.model, starter.artifact, "the catalog's: it tagged the products")
    found = models.newest(lambda artifact: artifact.id == model_id, "the catalog's: it tagged the products,")
    if found:
        return found
    raise SaekdongError(
        f"the catalog's products were tagged by model {model_id.short}, which is no longer in models/",
        fix=f"choose the catalog's model with '{CHANGE} MODEL', such as '{CHANGE} {STARTER_MODEL}'",
    )


@dataclass
class _Candidates:
    """The models of a folder, newest first; those that cannot be used are skipped."""

    models: ModelFolder
    warnings: list[str] = field(default_factory=list)

    def starter(self) -> Selection:
        """Return the starter."""
        from saekdong.tagging.starter import STARTER_FILE

        packed = STARTER_FILE.read_bytes()
        artifact = unpack(packed)
        model = _model(STARTER_MODEL, artifact, packed)
        return Selection(model, artifact, "part of Saekdong", tuple(self.warnings))

    def newest(self, fits: Callable[[Artifact], bool], what: str) -> Selection | None:
        """Return the newest model that fits, or None."""
        for file in self.models.files():
            try:
                artifact, packed = load_packed(file)
                if fits(artifact):
                    model = _model(_name(file), artifact, packed)
                    return Selection(model, artifact, f"{what} in {self.models.path}", tuple(self.warnings))
            except SaekdongError as error:
                self.warnings.append(f"{file} is skipped: {error.problem.removeprefix(f'{file}: ')}")
        return None


def _can_tag(artifact: Artifact) -> bool:
    """Return whether a model may tag photos without being named.

    Raises:
        SaekdongError: its photo features are of another version.
    """
    from saekdong.tagging import Tagger

    return Tagger(artifact).model is not None and not artifact.missed_goal


def _name(file: Path) -> str:
    return (file.name == ARTIFACT_FILE and file.parent.name) or file.name


def _model(name: str, artifact: Artifact, packed: bytes) -> TaggingModel:
    return TaggingModel(name, artifact.id, datetime.now(UTC).isoformat(timespec="seconds"), packed)
