"""Open the record of versions, with the catalog's model in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from saekdong.cli import show
from saekdong.errors import SaekdongError
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.loop import Loop
    from saekdong.registry.promotion import Promoter


@contextmanager
def opened_to_read(workspace: Workspace) -> "Iterator[Loop]":
    """Open the record to read; if it has no champion and may be written, the catalog's model becomes the champion.

    Raises:
        SaekdongError: there is none.
    """
    from saekdong.registry.registering import champion_of

    state = workspace.catalog_model()
    loop = workspace.loop_to_read()
    if loop is None and state.model is None:
        raise SaekdongError(
            f"there are no registered versions in {workspace.root}",
            fix="teach one with 'saekdong teach', or register a file with 'saekdong registry import'",
        )
    with loop or workspace.loop() as loop:
        if not loop.is_read_only:
            champion_of(loop, state, "saekdong")
        yield loop


@contextmanager
def opened_promoter(workspace: Workspace, by: str) -> "Iterator[Promoter]":
    """Open what compares and promotes; errors as `opened_to_read`.

    Raises:
        SaekdongError: there is no catalog.
    """
    from saekdong.feature_store import FeatureStore
    from saekdong.registry.promotion import Promoter
    from saekdong.registry.registering import champion_of

    with ExitStack() as stack:
        store = stack.enter_context(workspace.catalog(make=False))
        loop = stack.enter_context(workspace.loop())
        champion_of(loop, workspace.catalog_model(), by)
        features = stack.enter_context(FeatureStore.beside(store.path))
        yield Promoter(loop, store, features, workspace.champion_endpoints(show.message).follow)
