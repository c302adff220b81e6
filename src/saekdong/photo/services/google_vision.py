"""Palettes from Google Cloud Vision."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saekdong.errors import SaekdongError
from saekdong.extras import missing_extra
from saekdong.photo.palette import COLORS
from saekdong.photo.reading import PhotoError
from saekdong.photo.services.asking import Asking, ServiceOutcome
from saekdong.photo.services.base import PaletteAnswer
from saekdong.photo.services.cache import AnswerCache
from saekdong.photo.services.sending import sendable
from saekdong.photo.services.vision_answers import palette_of_answer
from saekdong.photo.sources import Source

if TYPE_CHECKING:
    from google.cloud.vision import ImageAnnotatorClient

# https://cloud.google.com/vision/docs/supported-files and /quotas: 16 photos and 10 MB of JSON a request.
_KINDS = frozenset({"JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"})
_MOST_PHOTOS = 16
_MOST_PHOTO_BYTES = 4_000_000
_MOST_BYTES = 6_000_000  # 8 MB in base64
_ENTRY = (
    "enable the API (https://console.cloud.google.com/apis/library/vision.googleapis.com) and sign in with "
    "'gcloud auth application-default login', or name a service account's key in GOOGLE_APPLICATION_CREDENTIALS"
)
# google.rpc.Code of one photo's answer
_BUSY = {4, 13, 14}
_EXHAUSTED = 8


@dataclass(frozen=True)
class VisionPatience:
    """How long to go on with requests that fail for a passing reason, in seconds.

    Attributes:
        first, longest: the wait before the second request, and the longest; each is about twice the one before.
        whole: after which no further request is sent.
        answer: how long one request may take.
    """

    first: float = 1.0
    longest: float = 32.0
    whole: float = 120.0
    answer: float = 60.0


def connect_google_vision() -> "ImageAnnotatorClient":
    """Return the service's client with the credentials of the place.

    Raises:
        SaekdongError: the library or the credentials are missing.
    """
    try:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.vision import ImageAnnotatorClient
    except ImportError as error:
        raise missing_extra("google", "the source google-vision needs google-cloud-vision") from error
    try:
        return ImageAnnotatorClient(transport="rest")
    except GoogleAuthError as error:
        raise _no_entry(error) from error


@dataclass(frozen=True)
class GoogleVision:
    """Asks Google Cloud Vision for the dominant colors (IMAGE_PROPERTIES), up to 16 photos a request.

    Attributes:
        cache: the folder of the answers; what is there costs nothing, and needs neither credentials nor the library.
        colors: at most so many a photo, the highest scores; the service gives 10.
        client: returns the service's client; called once a run, when a photo has to be asked for.
        patience: with requests that fail for a passing reason.
    """

    cache: Path
    colors: int = COLORS
    client: "Callable[[], ImageAnnotatorClient]" = connect_google_vision
    patience: VisionPatience = VisionPatience()

    def palettes(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield each photo's palette as soon as its batch is answered.

        Raises:
            SaekdongError: the library or credentials are missing, or the project may not use the service.
        """
        prepare = partial(sendable, kinds=_KINDS, most_bytes=_MOST_PHOTO_BYTES)
        client = cache(self.client)
        answers = AnswerCache(self.cache, palette_of_answer)
        ask = partial(self._ask, client)
        return Asking(answers, prepare, ask, self.colors, _MOST_PHOTOS, _MOST_BYTES).answers(photos)

    def _ask(self, client: "Callable[[], ImageAnnotatorClient]", photos: Sequence[bytes]) -> list[ServiceOutcome]:
        requests: list[Any] = [
            {"image": {"content": photo}, "features": [{"type_": "IMAGE_PROPERTIES"}]} for photo in photos
        ]
        made = client()
        try:
            answer = made.batch_annotate_images(
                requests=requests, retry=_retry(self.patience), timeout=self.patience.answer
            )
        except Exception as error:
            failure = _failure(error)
            if failure.code == "refused" and len(photos) > 1:
                return self._halved(client, photos)
            return [failure] * len(photos)
        if len(answer.responses) != len(photos):
            return [_unreadable("it is not one for each photo")] * len(photos)
        return [_outcome(response) for response in answer.responses]

    def _halved(self, client: "Callable[[], ImageAnnotatorClient]", photos: Sequence[bytes]) -> list[ServiceOutcome]:
        """Ask for each half by itself, so that only the photo at fault is refused."""
        middle = len(photos) // 2
        first = self._ask(client, photos[:middle])
        if isinstance(first[-1], PhotoError) and first[-1].code == "quota":
            return first + [first[-1]] * (len(photos) - middle)
        return first + self._ask(client, photos[middle:])


def _retry(patience: VisionPatience) -> Any:
    from google.api_core import retry

    return retry.Retry(
        predicate=_is_passing, initial=patience.first, maximum=patience.longest, multiplier=2, timeout=patience.whole
    )


def _is_passing(error: BaseException) -> bool:
    import google.auth.exceptions
    import requests
    from google.api_core import exceptions

    return isinstance(
        error,
        (
            exceptions.TooManyRequests,
            exceptions.InternalServerError,
            exceptions.BadGateway,
            exceptions.ServiceUnavailable,
            exceptions.GatewayTimeout,
            google.auth.exceptions.TransportError,
            requests.exceptions.ConnectionError,
            requests.exceptions.Timeout,
        ),
    )


def _failure(error: Exception) -> PhotoError:
    """Return what a failed request means for its photos.

    Raises:
        SaekdongError: it means the same for all that would follow.
    """
    import google.auth.exceptions
    import google.protobuf.json_format
    from google.api_core import exceptions

    if isinstance(error, exceptions.RetryError):
        error = error.cause
    if isinstance(error, exceptions.TooManyRequests):
        return _quota(_text(error))
    if _is_passing(error) or isinstance(error, exceptions.ServerError):
        return PhotoError("unavailable", f"Google Cloud Vision does not answer: {_text(error)}", fix="run it again")
    if isinstance(error, exceptions.BadRequest) or getattr(error, "code", 0) == 413:
        return _refused(_text(error))
    if isinstance(error, (exceptions.Forbidden, exceptions.Unauthorized, google.auth.exceptions.GoogleAuthError)):
        raise _no_entry(error) from error
    if isinstance(error, exceptions.GoogleAPIError):
        raise SaekdongError(f"Google Cloud Vision cannot be asked: {_text(error)}") from error
    if isinstance(error, (google.protobuf.json_format.ParseError, UnicodeDecodeError)):
        return _unreadable(_text(error))
    raise error


def _outcome(response: Any) -> ServiceOutcome:
    """Return one photo's answer in Cloud Vision's JSON."""
    problem = response.error
    if problem.code in _BUSY:
        return PhotoError("unavailable", f"Google Cloud Vision has no answer: {problem.message}", fix="run it again")
    if problem.code == _EXHAUSTED:
        return _quota(problem.message)
    if problem.code:
        return _refused(problem.message)
    colors = [
        {
            "color": {"red": found.color.red, "green": found.color.green, "blue": found.color.blue},
            "score": found.score,
            "pixelFraction": found.pixel_fraction,
        }
        for found in response.image_properties_annotation.dominant_colors.colors
    ]
    if not colors:
        return _refused("no colors found")
    return {"imagePropertiesAnnotation": {"dominantColors": {"colors": colors}}}


def _quota(problem: str) -> PhotoError:
    return PhotoError(
        "quota",
        f"Google Cloud Vision's quota is used up: {problem}",
        fix="run it again later (what is answered is kept), or raise the quota in the Cloud console",
    )


def _refused(problem: str) -> PhotoError:
    return PhotoError("refused", f"Google Cloud Vision refused it: {problem}", fix="give the photo as another JPEG")


def _unreadable(problem: str) -> PhotoError:
    return PhotoError(
        "unavailable", f"Google Cloud Vision's answer cannot be read: {problem}", fix="check the proxy, run it again"
    )


def _no_entry(error: Exception) -> SaekdongError:
    return SaekdongError(f"Google Cloud Vision may not be used: {_text(error)}", fix=_ENTRY)


def _text(error: BaseException) -> str:
    problem = str(getattr(error, "message", "") or error)
    return " ".join(problem.split())[:400] or type(error).__name__
