"""An artifact that answers requests: SageMaker's `/invocations`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saekdong.entrance.errors import RequestError
from saekdong.model.artifact import Artifact
from saekdong.photo import PhotoError
from saekdong.photo.kinds import MEDIA_TYPES
from saekdong.serving.bodies import instance_colors, json_colors, lines_of, parse_json, single_color, to_json
from saekdong.serving.csv_bodies import csv_colors
from saekdong.serving.model_header import model_header
from saekdong.serving.npy_bodies import npy_colors, to_npy
from saekdong.serving.predictions import Predictions
from saekdong.tagging import Tagger, tag_photo

JSON, LINES, CSV, NPY = "application/json", "application/jsonlines", "text/csv", "application/x-npy"
_LINES = (LINES, "application/x-jsonlines", "application/x-ndjson")
MOST_PREDICTIONS = 1 << 18
PHOTOS = (*MEDIA_TYPES, "application/x-image")
"""Media types of photos; the last is what SageMaker's own image models call any of them."""


class Answer(NamedTuple):
    """A response body, its media type, and how many colors it names."""

    body: bytes
    media_type: str
    colors: int = 0


@dataclass(frozen=True, eq=False)
class Service:
    """Names colors and tags photos by an artifact."""

    artifact: Artifact
    tagger: Tagger = field(init=False)
    predictions: Predictions = field(init=False)
    model_header: tuple[bytes, bytes] = field(init=False)
    _answers: dict[str, Callable[[bytes, str], Answer]] = field(init=False)

    def __post_init__(self) -> None:
        lines = dict.fromkeys(_LINES, self._lines)
        answers = {JSON: self._json, CSV: self._csv, NPY: self._npy, **lines}
        object.__setattr__(self, "_answers", answers)
        object.__setattr__(self, "tagger", Tagger(self.artifact))
        object.__setattr__(self, "predictions", Predictions(self.artifact))
        object.__setattr__(self, "model_header", model_header(self.artifact.id))

    def __reduce__(self) -> tuple[type["Service"], tuple[Artifact]]:
        """Go to workers as the artifact alone."""
        return type(self), (self.artifact,)

    def is_photo(self, content_type: str) -> bool:
        """Return whether a body of this media type is a photo, whose answer takes a while."""
        return content_type not in self._answers and media_type(content_type) in PHOTOS

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Answer a request to `/invocations`.

        Args:
            body: the request's.
            content_type: what it is; parameters such as a charset are ignored, an empty one means JSON.
            accept: what the answer may be; nothing means anything.

        Raises:
            RequestError: 400, 406, 415 or 422.
        """
        kind = content_type if content_type in self._answers else media_type(content_type) or JSON
        if kind in PHOTOS:
            _check_accept(accept, JSON)
            return Answer(to_json(self._photo(body)), JSON)
        if kind not in self._answers:
            known = ", ".join((JSON, LINES, CSV, NPY, *PHOTOS))
            raise RequestError(415, "unsupported-type", f"Content-Type {kind} is not known; send one of {known}")
        return self._answers[kind](body, accept)

    def _photo(self, body: bytes) -> dict[str, Any]:
        try:
            record = tag_photo(self.tagger, "", body).to_json()
        except PhotoError as error:
            raise RequestError(422, error.code, str(error)) from error
        return {"tags": record["tags"], "palette": record["palette"]}

    def _json(self, body: bytes, accept: str) -> Answer:
        kind = _check_accept(accept, JSON, LINES, CSV, NPY)
        content = parse_json(body)
        color = single_color(content)
        if color is not None and kind == JSON:
            return Answer(self.predictions.one(*color).encode(), JSON, 1)
        return self._named(json_colors(content), kind)

    def _lines(self, body: bytes, accept: str) -> Answer:
        kind = _check_accept(accept, LINES, JSON, CSV, NPY)
        return self._named(instance_colors(lines_of(body), "instance {}"), kind)

    def _csv(self, body: bytes, accept: str) -> Answer:
        kind = _check_accept(accept, CSV, JSON, LINES, NPY)
        return self._named(csv_colors(body), kind)

    def _npy(self, body: bytes, accept: str) -> Answer:
        kind = _check_accept(accept, JSON, LINES, CSV, NPY)
        return self._named(npy_colors(body), kind)

    def _named(self, colors: NDArray[np.uint8], kind: str) -> Answer:
        """Return labels and probabilities as JSON or JSON Lines, labels alone as CSV or an array."""
        rows = colors.reshape(-1, 3)
        if kind == CSV:
            names = [f"{label}\n".encode() for label in self.artifact.vocabulary.ids]
            codes = self.artifact.table.codes(rows).tolist()
            return Answer(b"".join(map(names.__getitem__, codes)), CSV, len(codes))
        if kind == NPY:
            _check_count(len(rows), "labels")
            return Answer(to_npy(self.artifact.predict(colors)), NPY, len(rows))
        _check_count(len(rows), "probabilities")
        # Piece by piece: other threads can run between two calls, not during one.
        texts = [text.encode() for text in self.predictions.many(rows)]
        if kind == LINES:
            return Answer(b"".join(text + b"\n" for text in texts), LINES, len(texts))
        if colors.ndim == 1:
            return Answer(texts[0], JSON, 1)
        return Answer(b'{"predictions": [%b]}' % b", ".join(texts), JSON, len(texts))


def _check_count(count: int, answer: str) -> None:
    if count > MOST_PREDICTIONS:
        problem = f"{count:,} colors, and an answer has {answer} of {MOST_PREDICTIONS:,} at most"
        raise RequestError(413, "too-many", f"{problem}; send fewer, or use Accept {CSV} for labels alone")


def media_type(header: str) -> str:
    """Return a Content-Type's media type, without its parameters."""
    return header.partition(";")[0].strip().lower()


def _check_accept(accept: str, *offered: str) -> str:
    """Return the first offered media type that the Accept header takes.

    Raises:
        RequestError: 406, it takes none.
    """
    if not accept or accept == offered[0]:
        return offered[0]
    wanted = [media_type(part) for part in accept.split(",") if part.strip()] or ["*/*"]
    for each in wanted:
        for kind in offered:
            if each in (kind, "*/*", f"{kind.partition('/')[0]}/*"):
                return kind
    raise RequestError(406, "not-acceptable", f"the answer is {' or '.join(offered)}, not {accept.strip()[:80]}")
