"""An artifact that answers requests: SageMaker's `/invocations`."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from saekdong.entrance.errors import RequestError
from saekdong.model.artifact import Artifact
from saekdong.model.identity import ModelId
from saekdong.photo import PhotoError
from saekdong.photo.kinds import MEDIA_TYPES
from saekdong.serving.bodies import instance_colors, json_colors, lines_of, parse_json, single_color
from saekdong.serving.csv_bodies import csv_colors, single_csv_color
from saekdong.serving.encoding import Encoder
from saekdong.serving.media_types import CSV, JSON, LINES, LINES_NAMES, NPY, accepted, media_type
from saekdong.serving.model_header import model_header
from saekdong.serving.npy_bodies import npy_colors
from saekdong.serving.photo_bodies import worded_photo
from saekdong.serving.prediction import ColorPrediction, ColorPredictor, Prediction
from saekdong.serving.tally import Tally
from saekdong.tagging import TaggedPhoto, Tagger, tag_photo
from saekdong.tagging.feed_words import Named, named_labels
from saekdong.words import ColorWords

MOST_PREDICTIONS = 1 << 18
PHOTOS = (*MEDIA_TYPES, "application/x-image")
"""Media types of photos; the last is what SageMaker's own image models call any of them."""

_ANY_ORDER = (JSON, LINES, CSV, NPY)
_OFFERS = {
    JSON: _ANY_ORDER,
    CSV: (CSV, JSON, LINES, NPY),
    NPY: _ANY_ORDER,
    **dict.fromkeys(LINES_NAMES, (LINES, JSON, CSV, NPY)),
    **dict.fromkeys(PHOTOS, (JSON,)),
}
"""What the answer to a body of each media type may be, the usual one first."""


class Reply(NamedTuple):
    """A prediction, and its answer.

    Attributes:
        service: what predicted.
        asked: the media type of the request's body.
        prediction: the prediction.
        body: the answer's body.
        media_type: the answer's media type.
    """

    service: "Service"
    asked: str
    prediction: Prediction
    body: bytes
    media_type: str

    @property
    def model(self) -> ModelId:
        """The model that predicted."""
        return self.service.artifact.id


class Sink(Protocol):
    """What receives each request with its reply after the answer was sent."""

    def take(self, request_id: bytes, body: bytes, reply: Reply) -> None:
        """Take a request; called on the event loop, so it returns at once.

        Args:
            request_id: the id of the request.
            body: its body.
            reply: the prediction and its answer.
        """
        ...


class Service:
    """Names colors and tags photos by an artifact: decodes a body, predicts, and encodes the prediction."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.model_header = model_header(artifact.id)
        name, value = self.model_header
        self.heads = {kind: b"content-type: %b\r\n%b: %b\r\n" % (kind.encode(), name, value) for kind in _ANY_ORDER}
        """The lines of an answer's own headers, but for its length, by its media type."""
        self._tagger = Tagger(artifact)
        self._predictor = ColorPredictor(artifact)
        self._encoder = Encoder(artifact.vocabulary)
        self.tally = Tally(artifact.id, artifact.vocabulary.ids)

    def __reduce__(self) -> tuple[type["Service"], tuple[Artifact]]:
        """Go to workers as the artifact alone."""
        return type(self), (self.artifact,)

    @cached_property
    def _words(self) -> ColorWords:
        return ColorWords(self.artifact.vocabulary)

    def is_photo(self, content_type: str, body: bytes) -> bool:
        """Return whether a body is a photo, or may hold one, and its answer takes a while."""
        return (content_type not in _COLORS and media_type(content_type) in PHOTOS) or b'"photo"' in body

    def answer(self, body: bytes, content_type: str, accept: str) -> Reply:
        """Answer a request to `/invocations`.

        Args:
            body: the request's.
            content_type: what it is; parameters such as a charset are ignored, nothing means JSON.
            accept: what the answer may be; nothing means anything.

        Raises:
            RequestError: 400, 406, 413, 415 or 422.
        """
        kind = content_type if content_type in _OFFERS else media_type(content_type) or JSON
        if kind not in _OFFERS:
            known = ", ".join((*_ANY_ORDER, *PHOTOS))
            raise RequestError(415, "unsupported-type", f"Content-Type {kind} is not known; send one of {known}")
        answer_kind = accepted(accept, _OFFERS[kind])
        prediction = self.predict(body, kind, answer_kind)
        return Reply(self, kind, prediction, self._encoder.encode(prediction, answer_kind), answer_kind)

    def predict(self, body: bytes, kind: str, answer_kind: str = JSON) -> Prediction:
        """Predict what a body asks for.

        Args:
            body: colors or a photo.
            kind: its media type.
            answer_kind: the media type of the answer; CSV and arrays have labels alone.

        Raises:
            RequestError: 400, 413 or 422.
        """
        if kind == JSON:
            return self._json(parse_json(body), answer_kind)
        if kind == CSV == answer_kind and (color := single_csv_color(body)):
            return self._predictor.label(*color)
        if kind in _COLORS:
            return self._colors(_COLORS[kind](body), answer_kind)
        return self._photo(body)

    def _json(self, content: Any, answer_kind: str) -> Prediction:
        if color := single_color(content):
            return self._predictor.single(*color)
        photo = worded_photo(content)
        if photo is None:
            return self._colors(json_colors(content), answer_kind)
        if answer_kind != JSON:
            raise RequestError(406, "not-acceptable", f"the answer to a photo is {JSON}, not {answer_kind}")
        return self._photo(photo.content, named_labels(self._words, photo.text))

    def _colors(self, colors: NDArray[np.uint8], answer_kind: str) -> ColorPrediction:
        with_chances = answer_kind in (JSON, LINES)
        count = colors.size // 3
        if answer_kind != CSV and count > MOST_PREDICTIONS:
            content = "probabilities" if with_chances else "labels"
            problem = f"{count:,} colors, and an answer has {content} of {MOST_PREDICTIONS:,} at most"
            raise RequestError(413, "too-many", f"{problem}; send fewer, or use Accept {CSV} for labels alone")
        return self._predictor.many(colors, with_chances=with_chances)

    def _photo(self, body: bytes, named: Named | None = None) -> TaggedPhoto:
        try:
            return tag_photo(self._tagger, "", body, named)
        except PhotoError as error:
            raise RequestError(422, error.code, str(error)) from error


def _line_colors(body: bytes) -> NDArray[np.uint8]:
    return instance_colors(lines_of(body), "instance {}")


_COLORS: dict[str, Callable[[bytes], NDArray[np.uint8]]] = {
    JSON: lambda body: json_colors(parse_json(body)),
    CSV: csv_colors,
    NPY: npy_colors,
    **dict.fromkeys(LINES_NAMES, _line_colors),
}
"""How a body of each media type becomes colors, uint8 (N, 3), or (3,) for a single one."""
