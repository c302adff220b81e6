"""The review queue: ask a person about products, and record what the person says."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter

from saekdong.entrance.errors import RequestError
from saekdong.loop import ItemTakenError
from saekdong.loop.draws import PURPOSES
from saekdong.review.queue import ReviewQueue
from saekdong.web.access.visitor import name_of
from saekdong.web.api.access import writers
from saekdong.web.api.api import CatalogApi
from saekdong.web.api.request_bodies import described_body, posted_json, valid
from saekdong.web.api.responses import as_json, refused, rejecting
from saekdong.web.api.review_schemas import (
    AnsweredOut,
    GivenAnswer,
    LabelsIn,
    NextIn,
    PersonIn,
    QuestionOut,
    QuestionsOut,
    ReviewStatsOut,
    RightIn,
    UndoneOut,
    answer_schema,
)

_ItemNumber = Annotated[int, PathParameter(ge=1, le=2**53)]


def add_review_routes(router: APIRouter, catalog: CatalogApi) -> None:
    """Add the routes of the review queue; all need the token, because they name people."""

    @router.post(
        "/api/review/next",
        response_model=QuestionsOut,
        summary="The next products to ask a person about",
        operation_id="next_review_items",
        responses=refused(400, 401, 403, 413, 415, 422),
        openapi_extra=described_body(NextIn.model_json_schema()),
        dependencies=writers(catalog),
    )
    def ask(request: Request, asked: Annotated[NextIn, Depends(_posted_next)]) -> Response:
        questions = catalog.review.next(name_of(request, asked.by), asked.most, asked.purposes or PURPOSES)
        return as_json(QuestionsOut(items=[QuestionOut.of(each) for each in questions]))

    @router.post(
        "/api/review/items/{item}/answer",
        response_model=AnsweredOut,
        summary="Record what a person says about an item",
        operation_id="answer_review_item",
        responses=refused(400, 401, 403, 404, 409, 413, 415, 422),
        openapi_extra=described_body(answer_schema(catalog.store.vocabulary)),
        dependencies=writers(catalog),
    )
    def answer(request: Request, item: _ItemNumber, given: Annotated[GivenAnswer, Depends(_posted_answer)]) -> Response:
        if catalog.loop.item(item) is None:
            raise RequestError(404, "not-found", f"there is no item {item}")
        return as_json(
            AnsweredOut(
                answer=_unless_taken(lambda: _record(catalog.review, name_of(request, given.answer.by), item, given))
            )
        )

    @router.post(
        "/api/review/undo",
        response_model=UndoneOut,
        summary="Let a person's last answer no longer count",
        operation_id="undo_review_answer",
        responses=refused(400, 401, 403, 404, 413, 415, 422),
        openapi_extra=described_body(PersonIn.model_json_schema()),
        dependencies=writers(catalog),
    )
    def undo(request: Request, person: Annotated[PersonIn, Depends(_posted_person)]) -> Response:
        by = name_of(request, person.by)
        undone = catalog.review.undo(by)
        if undone is None:
            raise RequestError(404, "not-found", f"{by} has no answer to undo")
        return as_json(UndoneOut.of(undone))

    @router.get(
        "/api/review/stats",
        response_model=ReviewStatsOut,
        summary="Answers, open items, people's agreement and the model's accuracy",
        operation_id="get_review_stats",
        responses=refused(401, 403),
        dependencies=writers(catalog),
    )
    def stats() -> Response:
        return as_json(ReviewStatsOut.of(catalog.review.stats()))


def _record(queue: ReviewQueue, by: str, item: int, given: GivenAnswer) -> int:
    said = given.answer
    if isinstance(said, LabelsIn):
        return queue.answer(by, item, said.labels, said.seconds)
    if isinstance(said, RightIn):
        return queue.confirm(by, item, said.seconds)
    return queue.skip(by, item, said.seconds)


def _unless_taken(work: Callable[[], int]) -> int:
    def checked() -> int:
        try:
            return work()
        except ItemTakenError as error:
            raise RequestError(409, "taken", error.problem) from error

    return rejecting(checked)


async def _posted_next(request: Request) -> NextIn:
    return valid(NextIn, await posted_json(request, "the person's name"))


async def _posted_person(request: Request) -> PersonIn:
    return valid(PersonIn, await posted_json(request, "the person's name"))


async def _posted_answer(request: Request) -> GivenAnswer:
    return valid(GivenAnswer, {"answer": await posted_json(request, "the answer")})
