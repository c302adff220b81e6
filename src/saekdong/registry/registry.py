"""Which model a command uses: one rule for photos, one for colors.

A named model (by an argument, `--model`, `SAEKDONG_MODEL`, `saekdong.toml`) is used by both, or the command fails. A
name is that of a version or alias (`shop@7`, `champion`), of a file, or of a model in `models/`. Otherwise:

- Photos: the champion; if no version has that name, the catalog's model; otherwise the starter. A taught model in
  `models/` that is not registered is reported, not used.
- Colors: the newest model in `models/` that did not miss its goal; otherwise the starter.

A file in `models/` that cannot be used is skipped with a warning.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from saekdong.catalog.tagging_model import ModelState, TaggingModel
from saekdong.errors import SaekdongError
from saekdong.loop import Loop, ModelVersion
from saekdong.loop.versions import CANARY, CHALLENGER, CHAMPION
from saekdong.model.artifact import Artifact, load_packed, unpack
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.registry.folder import STARTER_MODEL, ModelFolder

CHANGE = "saekdong catalog model"
_FINISH = f"finish the change with 'saekdong registry promote --resume', or start it again with '{CHANGE} {CHAMPION}'"


@dataclass(frozen=True, eq=False)
class Selection:
    """The model that a command uses.

    Attributes:
        model: its name, id, and artifact as bytes.
        artifact: the model itself.
        origin: where it comes from, as text for the user.
        warnings: what else the user should know, such as files in `models/` that were skipped, with the reason.
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
        open_loop: opens the record of versions to read; returns None if the shop has none.
    """

    models: ModelFolder
    catalog_model: Callable[[], ModelState]
    open_loop: Callable[[], Loop | None] = lambda: None

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
        with self._loop() as loop:
            if loop and (champion := loop.find_version(CHAMPION)):
                return _checked(_of_version(loop, champion, CHAMPION), state)
            if state.model:
                return _of_catalog(state.model)
            models = _Candidates(self.models)
            if state.products:
                return _of_old_catalog(state, models)
            models.warn_of_unregistered(loop)
            return models.starter()

    def for_colors(self, name: str | None) -> Selection:
        """Return the model that names colors; arguments and errors as for `for_photos`."""
        if name:
            return self.named(name)
        models = _Candidates(self.models)
        return models.newest(lambda artifact: not artifact.missed_goal, "the newest model") or models.starter()

    def for_catalog(self, name: str | None) -> Selection:
        """Return the model that tags new products of the catalog: as `for_photos`, never another than the catalog's.

        Raises:
            SaekdongError: as `for_photos`; or `name` is another model than the one that tagged the catalog; or a
                promotion has not ended.
        """
        if not name:
            return self._in_step(self.for_photos(None))
        asked = self.named(name)
        if self.catalog_model().is_bound or self._has_champion():
            kept = self.for_catalog(None)
            if kept.model.id != asked.model.id:
                raise SaekdongError(
                    f"the catalog's model is {kept.model}, not {asked.model}",
                    fix=f"leave out the model, or change the catalog's with '{CHANGE} {name}'",
                )
        return asked

    def named(self, name: str) -> Selection:
        """Return the model of this name: a version or alias, a file or folder, or the starter for `starter`.

        Raises:
            SaekdongError: there is no such model, or it cannot be used.
        """
        if name == STARTER_MODEL:
            return _Candidates(self.models).starter()
        with self._loop() as loop:
            if "@" in name or name in (CHAMPION, CHALLENGER, CANARY):
                if version := loop and loop.find_version(name):
                    return _of_version(loop, version, name)
            elif loop and not self.models.has(name) and (version := loop.find_version(name)):
                return _of_version(loop, version, name)
        file = self.models.find(name)
        artifact, packed = load_packed(file)
        return Selection(_model(_name(file), artifact, packed), artifact, f"from {file}")

    def _in_step(self, selected: Selection) -> Selection:
        """Return the model if the catalog has it too, or no other yet.

        Raises:
            SaekdongError: the catalog's tags are another model's: the change to the champion has not ended.
        """
        state = self.catalog_model()
        if state.model and state.is_bound and state.model.id != selected.model.id:
            raise SaekdongError(
                f"the champion is {selected.model}, and the catalog's tags are still by {state.model}", fix=_FINISH
            )
        return selected

    def _has_champion(self) -> bool:
        with self._loop() as loop:
            return loop is not None and loop.find_version(CHAMPION) is not None

    @contextmanager
    def _loop(self) -> Iterator[Loop | None]:
        loop = self.open_loop()
        try:
            yield loop
        finally:
            if loop:
                loop.close()


def _of_version(loop: Loop, version: ModelVersion, name: str) -> Selection:
    """Return a registered version, which was asked for by a name.

    Raises:
        SaekdongError: it cannot be used.
    """
    packed = loop.packed(version)
    try:
        artifact = unpack(packed)
        _can_tag(artifact)
    except SaekdongError as error:
        raise SaekdongError(
            f"{version} cannot be used: {error.problem}", fix=f"name another model, or choose one with '{CHANGE} MODEL'"
        ) from error
    model = TaggingModel(str(version), version.model, version.at, packed)
    return Selection(model, artifact, f"the {name}" if name in (CHAMPION, CHALLENGER, CANARY) else "registered")


def _checked(selected: Selection, state: ModelState) -> Selection:
    """Return the champion as the catalog knows it, or with a warning if the catalog's tags are another model's."""
    if state.model and state.model.id == selected.model.id:
        return replace(selected, model=replace(selected.model, accepts=state.model.accepts))
    if state.model is None or not state.is_bound:
        return selected
    return replace(selected, warnings=(f"the catalog's tags are still by {state.model}; {_FINISH}",))


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

    def warn_of_unregistered(self, loop: Loop | None) -> None:
        """Warn of the newest taught model that may tag and is not registered, and of what cannot be used."""
        found = self.newest(_can_tag, "")
        if found is None or (loop and loop.version_of(found.model.id)):
            return
        folder = self.models.path / found.model.name
        self.warnings.append(
            f"{folder} was taught from photos and is not registered, so it is not used; register it with "
            f"'saekdong registry import {folder}'"
        )

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
