"""An artifact that answers requests: SageMaker's `/invocations`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saekdong.hosting.bodies import color_of, colors_of, csv_colors, instances_of, lines_of, parse_json, to_json
from saekdong.hosting.errors import RequestError
from saekdong.hosting.predictions import Predictions
from saekdong.model.artifact import Artifact
from saekdong.photo import PhotoError
from saekdong.tagging import Tagger, tag_photo

JSON, LINES, CSV = "application/json", "application/jsonlines", "text/csv"
_LINES = (LINES, "application/x-jsonlines", "application/x-ndjson")
MOST_PREDICTIONS = 1 << 18
PHOTOS = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/avif",
    "image/gif",
    "image/tiff",
    "image/bmp",
    "image/heic",
    "application/x-image",  # as SageMaker's own image models call any of them
)


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
    _answers: dict[str, Callable[[bytes, str], Answer]] = field(init=False)

    def __post_init__(self) -> None:
        answers = {JSON: self._json, CSV: self._csv, **dict.fromkeys(_LINES, self._lines)}
        object.__setattr__(self, "_answers", answers)
        object.__setattr__(self, "tagger", Tagger(self.artifact))
        object.__setattr__(self, "predictions", Predictions(self.artifact))

    def __reduce__(self) -> tuple[type["Service"], tuple[Artifact]]:
        """Go to workers as the artifact alone."""
        return type(self), (self.artifact,)

    def is_photo(self, content_type: str) -> bool:
        """Tell whether a body of this media type is a photo, whose answer takes a while."""
        return content_type not in self._answers and media_type(content_type) in PHOTOS

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Answer a request to `/invocations`.

        Args:
            body: the request's.
            content_type: what it is; parameters such as a charset are passed over, nothing means JSON.
            accept: what the answer may be; nothing means anything.

        Raises:
            RequestError: 400, 406, 415 or 422.
        """
        kind = content_type if content_type in self._answers else media_type(content_type) or JSON
        if kind in PHOTOS:
            _check_accept(accept, JSON)
            return Answer(to_json(self._photo(body)), JSON)
        if kind not in self._answers:
            known = ", ".join((JSON, LINES, CSV, *PHOTOS))
            raise RequestError(415, "unsupported-type", f"Content-Type {kind} is not known; send one of {known}")
        return self._answers[kind](body, accept)

    def _photo(self, body: bytes) -> dict[str, Any]:
        try:
            record = tag_photo(self.tagger, "", body).to_json()
        except PhotoError as error:
            raise RequestError(422, error.code, str(error)) from error
        return {"tags": record["tags"], "palette": record["palette"]}

    def _json(self, body: bytes, accept: str) -> Answer:
        _check_accept(accept, JSON)
        content = parse_json(body)
        if isinstance(content, dict) and "instances" not in content:
            return Answer(self.predictions.one(*color_of(content)).encode(), JSON, 1)
        return self._all(colors_of(instances_of(content)))

    def _lines(self, body: bytes, accept: str) -> Answer:
        _check_accept(accept, LINES)
        texts = self._texts(colors_of(lines_of(body), "instance {}"))
        return Answer("".join(f"{text}\n" for text in texts).encode(), LINES, len(texts))

    def _csv(self, body: bytes, accept: str) -> Answer:
        kind = _check_accept(accept, CSV, JSON)
        colors = csv_colors(body) if body.strip() else np.zeros((0, 3), dtype=np.uint8)
        if kind == JSON:
            return self._all(colors)
        names = [f"{label}\n".encode() for label in self.artifact.vocabulary.ids]
        codes = self.artifact.table.codes(colors).tolist()
        return Answer(b"".join(map(names.__getitem__, codes)), CSV, len(codes))

    def _all(self, colors: NDArray[np.uint8]) -> Answer:
        texts = self._texts(colors)
        return Answer(f'{{"predictions": [{", ".join(texts)}]}}'.encode(), JSON, len(texts))

    def _texts(self, colors: NDArray[np.uint8]) -> list[str]:
        if len(colors) > MOST_PREDICTIONS:
            told = f"{len(colors):,} colors, and probabilities are told of {MOST_PREDICTIONS:,} at once"
            raise RequestError(413, "too-many", f"{told}; send fewer, or {CSV} with Accept {CSV} for labels alone")
        return self.predictions.many(colors)


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
