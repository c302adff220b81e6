"""What the commands of `saekdong watch` work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from saekdong.cli import show
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.monitoring.watching import Deliver, Watch


@contextmanager
def open_watch(
    workspace: Workspace,
    goal: float | None = None,
    deliver: "Deliver" = lambda _: None,
    day: datetime | None = None,
) -> "Iterator[Watch]":
    """Yield what watches the workspace's catalog.

    Args:
        workspace: the shop's.
        goal: the least accuracy that the shop wants.
        deliver: delivers an alarm.
        day: to look as if it were noon of this day in the shop's time zone; None to look now.
    """
    from saekdong.feature_store import FeatureStore
    from saekdong.loop import Loop
    from saekdong.monitoring.watching import Watch
    from saekdong.review.corrections import reconcile

    zone = workspace.time_zone
    now = day.replace(hour=12, tzinfo=zone).astimezone(UTC) if day else None
    with (
        workspace.catalog(make=False) as store,
        Loop.beside(store.path, lambda: now) if now else Loop.beside(store.path) as loop,
        FeatureStore.beside(store.path) as kept,
    ):
        selected = workspace.registry.for_photos(None)
        for warning in selected.warnings:
            show.message(f"saekdong: {warning}")
        reconcile(loop, store)
        yield Watch(loop, store, kept, selected.artifact, goal, deliver, workspace.endpoint_facts, zone)
