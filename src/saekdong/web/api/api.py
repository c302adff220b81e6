"""What the catalog's routes answer from."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from saekdong.catalog.contract import Store
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop
from saekdong.model.artifact import Artifact
from saekdong.people import FILE as PEOPLE_FILE
from saekdong.people import People
from saekdong.review.corrections import reconcile
from saekdong.review.queue import ReviewQueue
from saekdong.serving.tokens import TOKEN_FILE, TOKEN_VARIABLE, token_in
from saekdong.web.access import Doorkeeper
from saekdong.web.access.workspace_token import WorkspaceToken

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prometheus_client import Metric


@dataclass(frozen=True, eq=False)
class CatalogApi:
    """What the routes answer from.

    Attributes:
        store: the catalog's.
        artifact: tags the photos that are posted; None if the catalog's model cannot be used, then none are taken.
        token: the token that writing requires; if it is empty, writing is not allowed.
        origins: of pages elsewhere that may read, such as `https://shop.example`; `*` for all.
        model: the artifact as the catalog knows it.
    """

    store: Store
    artifact: Artifact | None
    token: str = ""
    origins: Sequence[str] = ()
    model: TaggingModel | None = None

    @cached_property
    def features(self) -> FeatureStore:
        """The file of features beside the catalog."""
        path = self.store.path
        return FeatureStore.beside_to_read(path) if self.store.is_read_only else FeatureStore.beside(path)

    @cached_property
    def doorkeeper(self) -> Doorkeeper:
        """Knows who may write: programs with the workspace's token, or with that of a person."""
        path = self.store.path.with_name(PEOPLE_FILE)
        has_people = path.exists() and not self.store.is_read_only
        return Doorkeeper(WorkspaceToken(self.token), People.open(path, self.loop) if has_people else None)

    @cached_property
    def loop(self) -> Loop:
        """What people answered, in the file beside the catalog."""
        return Loop.beside_to_read(self.store.path) if self.store.is_read_only else Loop.beside(self.store.path)

    @cached_property
    def review(self) -> ReviewQueue:
        """What people are asked."""
        return ReviewQueue(self.loop, self.store, self.features, None)

    def follow_answers(self) -> None:
        """Bring the catalog's corrections in line with what people answered, if it may be written."""
        if not self.store.is_read_only:
            reconcile(self.loop, self.store)

    def add_to(self, app: "FastAPI") -> None:
        """Add the routes to an app that answers `RequestError`."""
        from saekdong.web.api.mounting import add_catalog

        add_catalog(app, self)

    def figures(self) -> "Iterator[Metric]":
        """Yield how the shop is doing: accuracy, alarms, the queue, the champion, the age of the last look."""
        from saekdong.monitoring.figures import watch_figures

        if self.artifact:
            yield from watch_figures(self.loop, self.artifact.id)

    @classmethod
    def of_environment(cls, store: Store, artifact: Artifact | None, model: TaggingModel | None = None) -> "CatalogApi":
        """Take the token and the origins, separated by commas, from SAEKDONG_API_TOKEN and SAEKDONG_API_ORIGINS.

        Without SAEKDONG_API_TOKEN the token is that in the file `api-token` beside the catalog, made at the first call.

        Raises:
            SaekdongError: the file cannot be read or made.
        """
        token = os.environ.get(TOKEN_VARIABLE, "")
        if not token and not store.is_read_only:
            token = token_in(store.path.with_name(TOKEN_FILE))
        return cls(store, artifact, token, origins_of_environment(), model)


def origins_of_environment() -> list[str]:
    """Return the origins of pages elsewhere that may read: SAEKDONG_API_ORIGINS, separated by commas."""
    origins = (origin.strip() for origin in os.environ.get("SAEKDONG_API_ORIGINS", "").split(","))
    return [origin for origin in origins if origin]
