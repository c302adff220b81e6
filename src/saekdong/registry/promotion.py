"""Promotion and rollback: a version becomes the champion, and the catalog's tags follow, product by product.

A job that is killed at any step is continued by the next call of `resume`: which products are done is seen from the
models that tagged their photos.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from saekdong.catalog.contract import Store
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop, ModelVersion, Run
from saekdong.loop.versions import CHALLENGER, CHAMPION
from saekdong.model.artifact import unpack
from saekdong.registry.difference import LEAST, Difference, Retagging
from saekdong.tagging import Tagger

KIND = "promotion"
_AT_ONCE = 500

Progress = Callable[[int], None]


def silent(_done: int) -> None:
    """Report no progress."""


def name_champion(loop: Loop, version: ModelVersion, by: str, why: str) -> None:
    """Let `champion` mean a version, and `challenger` no longer; nothing is written if it is so already."""
    if loop.find_version(CHAMPION) != version:
        loop.alias(by, CHAMPION, version, why)
    if loop.find_version(CHALLENGER) == version:
        loop.alias(by, CHALLENGER, None, f"{version} is the champion")


@dataclass(frozen=True)
class Promoter:
    """Changes a catalog's model.

    Attributes:
        loop: the record of versions.
        store: the catalog.
        features: its photos' features.
    """

    loop: Loop
    store: Store
    features: FeatureStore

    def diff(self, version: ModelVersion, least: float = LEAST, on_progress: Progress = silent) -> Difference:
        """Return what a version would change in the catalog; errors as `retagging`."""
        retagging = self.retagging(version, least)
        for _ in retagging.retags(on_progress=on_progress):
            pass
        return retagging.difference

    def retagging(self, version: ModelVersion, least: float = LEAST) -> Retagging:
        """Return what compares the catalog's tags with those of a version.

        Raises:
            SaekdongError: the version learned from colors alone, so photos would have to be decoded.
        """
        retagging = self._retagging(version, _How(str(version), "", least))
        if retagging is None:
            raise SaekdongError(
                f"{version} learned from colors alone, so the photos' features do not say what it would change",
                fix=f"compare by decoding photos: 'saekdong catalog model {version}'",
            )
        return retagging

    def promote(
        self, version: ModelVersion, by: str, why: str, least: float = LEAST, on_progress: Progress = silent
    ) -> Difference:
        """Make a version the champion; products that the difference names get its tags.

        Args:
            version: the new champion.
            by: who decided.
            why: the reason, for the history.
            least: by how much it must be surer of another first label.
            on_progress: called with how many products are done.

        Raises:
            SaekdongError: another promotion has not ended; continue it first.
        """
        return self._carry_out(self._begin(version, by, why, {"least": least}), on_progress)

    def replace(self, version: ModelVersion, by: str, why: str, on_progress: Progress = silent) -> Difference:
        """Make a version the champion; it tags every product again whose photos' features are stored.

        The tags of other products stay until their feeds are added again. Errors as `promote`.
        """
        return self._carry_out(self._begin(version, by, why, {"least": -1.0, "all_products": True}), on_progress)

    def roll_back(self, by: str, why: str, on_progress: Progress = silent) -> Difference:
        """Make the champion before the present one the champion again; what the present one tagged, it tags again.

        Raises:
            SaekdongError: there is no earlier champion, or a promotion has not ended.
        """
        current = self.loop.version(CHAMPION)
        inputs = {"least": -1.0, "instead_of": current.model}
        return self._carry_out(self._begin(self.previous(), by, why, inputs), on_progress)

    def previous(self) -> ModelVersion:
        """Return the champion before the present one.

        Raises:
            SaekdongError: there is none.
        """
        names = [alias.version for alias in self.loop.aliases(CHAMPION) if alias.version]
        earlier = next((name for name in reversed(names) if name != names[-1]), None)
        if earlier is None:
            raise SaekdongError("there is no earlier champion", fix="see 'saekdong registry list'")
        return self.loop.version(earlier)

    def unfinished(self) -> Run | None:
        """Return the promotion that has not ended, or None."""
        return next(iter(self.loop.runs(KIND, open_only=True)), None)

    def resume(self, on_progress: Progress = silent) -> Difference | None:
        """Continue the promotion that has not ended; return None if there is none."""
        run = self.unfinished()
        return self._carry_out(run, on_progress) if run else None

    def check_ended(self, version: ModelVersion) -> None:
        """Check that no promotion waits to be continued before `version` can be promoted.

        Raises:
            SaekdongError: one has not ended.
        """
        if run := self.unfinished():
            raise SaekdongError(
                f"the promotion of {run.inputs['version']} has not ended, so {version} cannot be promoted",
                fix="continue it with 'saekdong registry promote --resume'",
            )

    def _begin(self, version: ModelVersion, by: str, why: str, inputs: Mapping[str, Any]) -> Run:
        self.check_ended(version)
        key = f"{len(self.loop.runs(KIND)) + 1} {version}"
        return self.loop.begin_run(by, KIND, key, {"version": str(version), "why": why, **inputs})

    def _carry_out(self, run: Run, on_progress: Progress) -> Difference:
        version, how = self.loop.version(run.inputs["version"]), _How(**{"why": "", **run.inputs})
        name_champion(self.loop, version, run.by, how.why)
        current = self.store.model()
        if current is None or current.id != version.model or (how.all_products and current.accepts):
            self.store.set_model(self._as_model(version, how))
        retagging = self._retagging(version, how)
        if retagging:
            retags = retagging.retags(on_progress=on_progress)
            while some := list(islice(retags, _AT_ONCE)):
                self.store.put_shares(((retag.product.id, retag.shares) for retag in some), version.model)
        difference = retagging.difference if retagging else Difference()
        self.loop.end_run(run.number, difference.to_json())
        return difference

    def _as_model(self, version: ModelVersion, how: "_How") -> TaggingModel:
        """Return a version as the catalog's model, which accepts the tags of the models before it."""
        others = () if how.all_products else (model.id for model, _ in self.store.models())
        accepts = tuple(model for model in others if model not in (version.model, how.instead_of))
        return TaggingModel(str(version), version.model, self.loop.time(), self.loop.packed(version), accepts)

    def _retagging(self, version: ModelVersion, how: "_How") -> Retagging | None:
        """Return what tags products again; None if the version learned from colors alone, and needs the photos."""
        model = TaggingModel(str(version), version.model, "", self.loop.packed(version))
        tagger = Tagger(unpack(model.packed))
        if tagger.model is None:
            return None
        return Retagging(
            *(self.store, self.features, tagger, model, how.least, how.instead_of), all_products=how.all_products
        )


@dataclass(frozen=True)
class _How:
    """How a promotion goes, as its run keeps it; see `Retagging`."""

    version: str
    why: str
    least: float
    instead_of: str | None = None
    all_products: bool = False
