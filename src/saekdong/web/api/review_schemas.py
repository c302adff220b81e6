"""What the review queue's routes take and give, as `/openapi.json` describes it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from saekdong.color import Vocabulary
from saekdong.loop import Answer, Purpose
from saekdong.review.queue import MOST_AT_ONCE, Question, ReviewStats
from saekdong.web.api.request_bodies import labels_schema
from saekdong.web.api.schemas import Person, ShareOut

_Seconds = Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)]


class PersonIn(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="forbid")

    by: Person


class NextIn(PersonIn):
    """How many items a person takes at once: the one to look at, and those whose photos are loaded meanwhile."""

    most: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1
    purposes: Annotated[list[Purpose] | None, Field(min_length=1, max_length=7)] = None


class LabelsIn(PersonIn):
    """The labels that a product has, the main one first, or `other` alone."""

    kind: Literal["labels"]
    labels: Annotated[list[str], Field(min_length=1, max_length=20)]
    seconds: _Seconds = None


class RightIn(PersonIn):
    """The labels shown are right."""

    kind: Literal["right"]
    seconds: _Seconds = None


class SkipIn(PersonIn):
    """The person cannot say."""

    kind: Literal["skip"]
    seconds: _Seconds = None


class GivenAnswer(BaseModel):
    """What a person says about an item; its parts are those of the `kind`."""

    answer: Annotated[LabelsIn | RightIn | SkipIn, Field(discriminator="kind")]


def answer_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of an answer's body."""
    kinds = (labels_schema(LabelsIn, vocabulary), RightIn.model_json_schema(), SkipIn.model_json_schema())
    return {"oneOf": list(kinds)}


class AskedProductOut(BaseModel):
    """A product as it is asked about: without its tags, which would show what the model says."""

    id: str
    title: str
    category: str
    link: str
    photos: list[str]


class QuestionOut(BaseModel):
    """An item of the queue; `labels` are the model's, null if the person must not see them."""

    item: int
    purpose: Purpose
    product: AskedProductOut
    labels: list[ShareOut] | None

    @classmethod
    def of(cls, question: Question) -> "QuestionOut":
        """Take over a question."""
        product = question.product.product
        labels = question.labels
        return cls(
            item=question.item,
            purpose=question.purpose,
            product=AskedProductOut(
                id=product.id,
                title=product.title,
                category=product.category,
                link=product.link,
                photos=list(product.photos),
            ),
            labels=None if labels is None else [ShareOut(label=label, share=share) for label, share in labels.items()],
        )


class QuestionsOut(BaseModel):
    """The items that a person has now, reserved for two minutes; empty if there is nothing to ask."""

    items: list[QuestionOut]


class AnsweredOut(BaseModel):
    """An answer that was recorded."""

    answer: int


class UndoneOut(BaseModel):
    """The answer that no longer counts; its item, if it had one, is open again and reserved for the person."""

    answer: int
    product: str
    item: int | None

    @classmethod
    def of(cls, answer: Answer) -> "UndoneOut":
        """Take over an answer."""
        return cls(answer=answer.number, product=answer.said.product, item=answer.said.item)


class EstimateOut(BaseModel):
    """A share with its 95% interval, 0 to 1, and the number of answers that it is based on."""

    value: float
    low: float
    high: float
    answers: int


class ReviewStatsOut(BaseModel):
    """The queue in figures; `agreement` and `accuracy` are null if there are too few answers."""

    weeks: dict[str, int]
    people: dict[str, int]
    items: dict[str, dict[str, int]]
    agreement: EstimateOut | None
    accuracy: EstimateOut | None

    @classmethod
    def of(cls, stats: ReviewStats) -> "ReviewStatsOut":
        """Take over figures."""
        fields: Mapping[str, Any] = asdict(stats)
        return cls(**fields)
