"""Endpoints follow the champion: those that serve the model before get the new one, the others are named."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from saekdong.deploy.platform import Endpoint, Platform, Report
from saekdong.errors import SaekdongError
from saekdong.files import write_whole
from saekdong.loop import ModelVersion
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.scratch import scratch_folder

_SERVING = ("InService", "Updating", "SystemUpdating")


@dataclass(frozen=True)
class FollowedEndpoint:
    """What happened to an endpoint.

    Attributes:
        name: the endpoint's.
        on: its platform.
        model: the id of the model that it has now; empty if none is known.
        state: `updated`; `unchanged`, since it had the champion; `left`, since it served another model than the
            champion before, or none; `failed`.
        reason: why it was left or failed.
    """

    name: str
    on: str
    model: str
    state: Literal["updated", "unchanged", "left", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class ChampionEndpoints:
    """The endpoints of a workspace.

    Attributes:
        platforms: opens each platform, by its name.
        report: takes lines about the progress.
    """

    platforms: Mapping[str, Callable[[], Platform]]
    report: Report

    def follow(self, champion: ModelVersion, packed: bytes, before: str) -> list[dict[str, Any]]:
        """Give every endpoint that serves the model `before` the champion, one after another.

        It can be called again after a kill: endpoints that have the champion are left as they are. An endpoint that
        does not come into service keeps its model, and the others go on.

        Args:
            champion: the version.
            packed: its artifact.
            before: the id of the model that was the champion; empty if there was none.

        Returns:
            What happened to each endpoint, as `FollowedEndpoint`; for a platform that cannot be asked, one with an
            empty name.
        """
        with scratch_folder() as folder:
            artifact = folder / ARTIFACT_FILE
            write_whole(artifact, packed)
            return [
                asdict(each)
                for on, opened in self.platforms.items()
                for each in self._follow_on(on, opened, champion, artifact, before)
            ]

    def _follow_on(
        self, on: str, opened: Callable[[], Platform], champion: ModelVersion, artifact: Path, before: str
    ) -> list[FollowedEndpoint]:
        try:
            platform = opened()
            endpoints = platform.status()
        except SaekdongError as error:
            return [FollowedEndpoint("", on, "", "failed", str(error))]
        return [self._update(platform, on, endpoint, champion, artifact, before) for endpoint in endpoints]

    def _update(
        self, platform: Platform, on: str, endpoint: Endpoint, champion: ModelVersion, artifact: Path, before: str
    ) -> FollowedEndpoint:
        name, has = endpoint.name, endpoint.model or ""
        if has == champion.model:
            return FollowedEndpoint(name, on, has, "unchanged")
        if not has or has != before:
            return FollowedEndpoint(name, on, has, "left", "its model was not the champion")
        if endpoint.status not in _SERVING:
            return FollowedEndpoint(name, on, has, "left", f"it is {endpoint.status}")
        try:
            platform.replace(artifact, name, self.report)
        except SaekdongError as error:
            return FollowedEndpoint(name, on, has, "failed", str(error))
        return FollowedEndpoint(name, on, champion.model, "updated")
