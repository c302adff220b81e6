"""Pages of conflicts between words and photos."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Query as Parameter

from saekdong.catalog.conflicts import MOST_COUNTED
from saekdong.catalog.contract import Store
from saekdong.catalog.query import MOST_LIMIT
from saekdong.web.api.responses import as_json, refused
from saekdong.web.api.schemas import ConflictOut, ConflictsOut


def add_conflict_routes(router: APIRouter, store: Store) -> None:
    """Add the route of a page of conflicts."""

    @router.get(
        "/api/conflicts",
        response_model=ConflictsOut,
        summary="Products whose words name another color than their photos show",
        operation_id="list_conflicts",
        responses=refused(422),
    )
    def conflicts(
        after: Annotated[str, Parameter(max_length=200, description="the `next` of the page before")] = "",
        limit: Annotated[int, Parameter(ge=1, le=MOST_LIMIT)] = 24,
    ) -> Response:
        return as_json(_page(store, after, limit))


def _page(store: Store, after: str, limit: int) -> ConflictsOut:
    found = store.conflicts(after, limit + 1)
    count = store.count_conflicts()
    return ConflictsOut(
        conflicts=[ConflictOut.of(conflict) for conflict in found[:limit]],
        total=min(count, MOST_COUNTED),
        more=count > MOST_COUNTED,
        next=found[limit - 1].place if len(found) > limit else None,
    )
