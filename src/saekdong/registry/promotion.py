"""Promotion and rollback: a version becomes the champion, then the catalog's tags follow, then the endpoints.

A job that is killed at any step is continued by the next call of `resume`: which products are done is seen from the
models that tagged their photos, and which endpoints are done from their models.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from saekdong.catalog.contract import Store
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop, ModelVersion, Run
from saekdong.loop.versions import CANARY, CHALLENGER, CHAMPION
from saekdong.model.artifact import unpack
from saekdong.registry.difference import LEAST, Difference, Retagging
from saekdong.tagging import Tagger

KIND, CANARY_KIND = "promotion", "canary"
_AT_ONCE = 500

Progress = Callable[[int], None]

Endpoints = Sequence[Mapping[str, Any]]
"""What happened to endpoints, as plain data."""

Follow = Callable[[ModelVersion, bytes, str], Endpoints]
"""Lets endpoints follow: takes the champion, its artifact, and the id of the model that was the champion before."""


def follow_none(_champion: ModelVersion, _packed: bytes, _before: str) -> Endpoints:
    """Leave all endpoints as they are."""
    return ()


def silent(_done: int) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Promoted:
    """What a promotion or rollback changed.

    Attributes:
        version: the champion.
        difference: what changed in the catalog; empty without one.
        endpoints: what happened to endpoints.
    """

    version: ModelVersion
    difference: Difference
    endpoints: Endpoints

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"champion": str(self.version), **self.difference.to_json(), "endpoints": list(self.endpoints)}


def name_champion(loop: Loop, version: ModelVersion, by: str, why: str) -> None:
    """Let `champion` mean a version, and its other names no longer; nothing is written if it is so already."""
    if loop.find_version(CHAMPION) != version:
        loop.alias(by, CHAMPION, version, why)
    for name in (CHALLENGER, CANARY):
        if loop.find_version(name) == version:
            loop.alias(by, name, None, f"{version} is the champion")


@dataclass(frozen=True)
class _How:
    """How a promotion goes, as its run keeps it; see `Retagging`."""

    version: str
    why: str
    least: float
    before: str = ""
    instead_of: str | None = None
    all_products: bool = False


def _retag_nothing(_version: ModelVersion, _how: _How) -> Difference:
    return Difference()


_NO_INPUTS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class ChampionChange:
    """The job that makes a version the champion; only one at a time, and one that was killed is continued.

    Attributes:
        loop: the record of versions.
        follow: lets the endpoints follow.
    """

    loop: Loop
    follow: Follow = follow_none

    def begin(self, version: ModelVersion, by: str, why: str, inputs: Mapping[str, Any] = _NO_INPUTS) -> Run:
        """Begin it.

        Args:
            version: the new champion.
            by: who decided.
            why: the reason, for the history.
            inputs: how the catalog's tags follow; see `_How`.

        Raises:
            SaekdongError: another one has not ended; continue it first.
        """
        self.check_ended(version)
        champion = self.loop.find_version(CHAMPION)
        key = f"{len(self.loop.runs(KIND)) + 1} {version}"
        about = {"version": str(version), "why": why, "before": champion.model if champion else "", **inputs}
        return self.loop.begin_run(by, KIND, key, {"least": LEAST, **about})

    def carry_out(self, run: Run, retag: Callable[[ModelVersion, _How], Difference] = _retag_nothing) -> Promoted:
        """Do it, or what is left of it.

        Args:
            run: what `begin` returned.
            retag: gives the catalog's products their tags; by default there is no catalog.
        """
        version, how = self.loop.version(run.inputs["version"]), _How(**{"why": "", **run.inputs})
        name_champion(self.loop, version, run.by, how.why)
        difference = retag(version, how)
        promoted = Promoted(version, difference, self.follow(version, self.loop.packed(version), how.before))
        self.loop.end_run(run.number, promoted.to_json())
        return promoted

    def unfinished(self) -> Run | None:
        """Return the one that has not ended, or None."""
        return next(iter(self.loop.runs(KIND, open_only=True)), None)

    def check_ended(self, version: ModelVersion) -> None:
        """Check that none waits to be continued before `version` can be promoted.

        Raises:
            SaekdongError: one has not ended, or another version is on trial.
        """
        canary = self.loop.find_version(CANARY)
        if canary not in (None, version):
            raise SaekdongError(
                f"{canary} is on trial in a part of the shop, so {version} cannot be promoted",
                fix="promote it, or take it back with 'saekdong registry rollback'",
            )
        if run := next(
            iter([*self.loop.runs(KIND, open_only=True), *self.loop.runs(CANARY_KIND, open_only=True)]), None
        ):
            raise SaekdongError(
                f"the promotion of {run.inputs['version']} has not ended, so {version} cannot be promoted",
                fix="continue it with 'saekdong registry promote --resume'",
            )


@dataclass(frozen=True)
class Promoter:
    """Changes a catalog's model.

    Attributes:
        loop: the record of versions.
        store: the catalog.
        features: its photos' features.
        follow: lets the endpoints follow.
    """

    loop: Loop
    store: Store
    features: FeatureStore
    follow: Follow = follow_none

    @property
    def job(self) -> ChampionChange:
        """The job that changes the champion."""
        return ChampionChange(self.loop, self.follow)

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
    ) -> Promoted:
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
        return self._carry_out(self.job.begin(version, by, why, {"least": least}), on_progress)

    def replace(self, version: ModelVersion, by: str, why: str, on_progress: Progress = silent) -> Promoted:
        """Make a version the champion; it tags every product again whose photos' features are stored.

        The tags of other products stay until their feeds are added again. Errors as `promote`.
        """
        inputs = {"least": -1.0, "all_products": True}
        return self._carry_out(self.job.begin(version, by, why, inputs), on_progress)

    def roll_back(self, by: str, why: str, on_progress: Progress = silent) -> Promoted:
        """Make the champion before the present one the champion again; what the present one tagged, it tags again.

        Raises:
            SaekdongError: there is no earlier champion, or a promotion has not ended.
        """
        current = self.loop.version(CHAMPION)
        inputs = {"least": -1.0, "instead_of": current.model}
        return self._carry_out(self.job.begin(self.previous(), by, why, inputs), on_progress)

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

    def resume(self, on_progress: Progress = silent) -> Promoted | None:
        """Continue the promotion that has not ended; return None if there is none."""
        run = self.job.unfinished()
        return self._carry_out(run, on_progress) if run else None

    def _carry_out(self, run: Run, on_progress: Progress) -> Promoted:
        return self.job.carry_out(run, lambda version, how: self._retag(version, how, on_progress))

    def _retag(self, version: ModelVersion, how: _How, on_progress: Progress) -> Difference:
        """Make a version the catalog's model, and give the products that it names their new tags."""
        current = self.store.model()
        if current is None or current.id != version.model or (how.all_products and current.accepts):
            self.store.set_model(self._as_model(version, how))
        retagging = self._retagging(version, how)
        if retagging is None:
            return Difference()
        retags = retagging.retags(on_progress=on_progress)
        while some := list(islice(retags, _AT_ONCE)):
            self.store.put_shares(((retag.product.id, retag.shares) for retag in some), version.model)
        return retagging.difference

    def _as_model(self, version: ModelVersion, how: _How) -> TaggingModel:
        """Return a version as the catalog's model, which accepts the tags of the models before it."""
        others = () if how.all_products else (model.id for model, _ in self.store.models())
        accepts = tuple(model for model in others if model not in (version.model, how.instead_of))
        return TaggingModel(str(version), version.model, self.loop.time(), self.loop.packed(version), accepts)

    def _retagging(self, version: ModelVersion, how: _How) -> Retagging | None:
        """Return what tags products again; None if the version learned from colors alone, and needs the photos."""
        model = TaggingModel(str(version), version.model, "", self.loop.packed(version))
        tagger = Tagger(unpack(model.packed))
        if tagger.model is None:
            return None
        return Retagging(
            *(self.store, self.features, tagger, model, how.least, how.instead_of), all_products=how.all_products
        )
