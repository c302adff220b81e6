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
from saekdong.loop.versions import CHAMPION
from saekdong.model.artifact import unpack
from saekdong.registry.difference import LEAST, Difference, Retagging
from saekdong.tagging import Tagger

KIND = "promotion"
_AT_ONCE = 500

Progress = Callable[[int], None]


def _silent(_done: int) -> None:
    """Report no progress."""


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

    def diff(self, version: ModelVersion, least: float = LEAST, on_progress: Progress = _silent) -> Difference:
        """Return what a version would change in the catalog."""
        retagging = self._retagging(version, least)
        for _ in retagging.retags(on_progress=on_progress):
            pass
        return retagging.difference

    def promote(
        self, version: ModelVersion, by: str, why: str, least: float = LEAST, on_progress: Progress = _silent
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

    def roll_back(self, by: str, why: str, on_progress: Progress = _silent) -> Difference:
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

    def resume(self, on_progress: Progress = _silent) -> Difference | None:
        """Continue the promotion that has not ended; return None if there is none."""
        run = self.unfinished()
        return self._carry_out(run, on_progress) if run else None

    def _begin(self, version: ModelVersion, by: str, why: str, inputs: Mapping[str, Any]) -> Run:
        if run := self.unfinished():
            raise SaekdongError(
                f"the promotion of {run.inputs['version']} has not ended, so {version} cannot be promoted",
                fix="continue it with 'saekdong registry promote --resume'",
            )
        key = f"{len(self.loop.aliases(CHAMPION)) + 1} {version}"
        return self.loop.begin_run(by, KIND, key, {"version": str(version), "why": why, **inputs})

    def _carry_out(self, run: Run, on_progress: Progress) -> Difference:
        version, instead_of = self.loop.version(run.inputs["version"]), run.inputs.get("instead_of")
        if self.loop.find_version(CHAMPION) != version:
            self.loop.alias(run.by, CHAMPION, version, run.inputs["why"])
        current = self.store.model()
        if current is None or current.id != version.model:
            self.store.set_model(self._as_model(version, instead_of))
        retagging = self._retagging(version, run.inputs["least"], instead_of)
        retags = retagging.retags(on_progress=on_progress)
        while some := list(islice(retags, _AT_ONCE)):
            self.store.put_shares(((retag.product.id, retag.shares) for retag in some), version.model)
        self.loop.end_run(run.number, retagging.difference.to_json())
        return retagging.difference

    def _as_model(self, version: ModelVersion, instead_of: str | None) -> TaggingModel:
        """Return a version as the catalog's model, which accepts the tags of the models before it."""
        accepts = tuple(model.id for model, _ in self.store.models() if model.id not in (version.model, instead_of))
        packed = self.loop.packed(version)
        return TaggingModel(str(version), version.model, self.loop.time(), packed, accepts)

    def _retagging(self, version: ModelVersion, least: float, instead_of: str | None = None) -> Retagging:
        model = TaggingModel(str(version), version.model, "", self.loop.packed(version))
        tagger = Tagger(unpack(model.packed))
        return Retagging(self.store, self.features, tagger, model, least, instead_of)
