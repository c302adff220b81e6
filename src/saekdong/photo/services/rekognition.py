"""Palettes from Amazon Rekognition, in Cloud Vision's terms."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from saekdong.color import ciede2000, to_space
from saekdong.errors import SaekdongError
from saekdong.extras import missing_extra
from saekdong.photo.palette import COLORS, Array, Palette, palette_from_json
from saekdong.photo.reading import PhotoError
from saekdong.photo.services.asking import Asking, ServiceOutcome
from saekdong.photo.services.base import PaletteAnswer
from saekdong.photo.services.cache import AnswerCache
from saekdong.photo.services.sending import sendable
from saekdong.photo.sources import Source

# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
_KINDS = frozenset({"JPEG", "PNG"})
_MOST_BYTES = 5_000_000
_COLORS = 12
_ATTEMPTS = 8
_ENTRY = (
    "sign in with 'aws configure' (keys and region) and allow "
    '{"Effect": "Allow", "Action": "rekognition:DetectLabels", "Resource": "*"}'
)
_NOT_ALLOWED = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "SubscriptionRequiredException",
    "UnrecognizedClientException",
}
_QUOTA = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_REFUSED = {"ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException", "ValidationException"}


def connect_rekognition() -> Any:
    """Return the service's client with the credentials and the region of the place.

    Raises:
        SaekdongError: the library, the credentials or the region is missing.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise missing_extra("aws", "the source rekognition needs boto3") from error
    patience = Config(
        retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS}, connect_timeout=10, read_timeout=60
    )
    try:
        return boto3.client("rekognition", config=patience)
    except (BotoCoreError, ValueError) as error:
        # ValueError: a region that is set to nothing, or to no region's name.
        raise _no_entry(error) from error


@dataclass(frozen=True)
class Rekognition:
    """Asks Amazon Rekognition for the dominant colors (DetectLabels, IMAGE_PROPERTIES), one photo a request.

    The service returns the share of pixels of each color in the whole photo and in its foreground. The latter, each
    given to the color of the whole photo that is nearest to it, makes the score.

    Attributes:
        cache: the folder of the answers; what is there costs nothing, and needs neither credentials nor the library.
        colors: at most so many a photo, the highest scores; the service gives up to 12.
        client: returns boto3's client of the service; called once a run, when a photo has to be asked for.
    """

    cache: Path
    colors: int = COLORS
    client: Callable[[], Any] = connect_rekognition

    def palettes(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield each photo's palette as soon as it is answered.

        Raises:
            SaekdongError: the library or credentials are missing, or the account may not use the service.
        """
        prepare = partial(sendable, kinds=_KINDS, most_bytes=_MOST_BYTES)
        answers = AnswerCache(self.cache, _palette)
        ask = partial(_ask, cache(self.client))
        return Asking(answers, prepare, ask, self.colors, 1, _MOST_BYTES).answers(photos)


def _ask(client: Callable[[], Any], photos: Sequence[bytes]) -> list[ServiceOutcome]:
    made = client()
    return [_asked(made, photo) for photo in photos]


def _asked(client: Any, photo: bytes) -> ServiceOutcome:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        answer = client.detect_labels(
            Image={"Bytes": photo},
            Features=["IMAGE_PROPERTIES"],
            Settings={"ImageProperties": {"MaxDominantColors": _COLORS}},
        )
    except ClientError as error:
        return _failure(error)
    except (ResponseParserError, AttributeError, TypeError, ValueError) as error:
        # botocore stumbles like that over answers that are JSON of another form.
        return _unreadable(_text(error))
    except BotoCoreError as error:
        return _unsent(error)
    if not isinstance(answer.get("ImageProperties"), dict):
        return _unreadable("it has no ImageProperties")
    properties = answer["ImageProperties"]
    return properties if properties.get("DominantColors") else _refused("no colors found")


def _failure(error: Any) -> PhotoError:
    """Return what an error that the service sent means for the photo.

    Raises:
        SaekdongError: it means the same for all that would follow.
    """
    code = error.response.get("Error", {}).get("Code", "")
    if code in _QUOTA:
        return PhotoError(
            "quota",
            f"Amazon Rekognition's quota is used up: {_text(error)}",
            fix="run it again later (what is answered is kept), or raise the quota in the Service Quotas console",
        )
    if code in _REFUSED:
        return _refused(_text(error))
    if code in _NOT_ALLOWED:
        raise _no_entry(error) from error
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
        return _unavailable(error)
    raise SaekdongError(f"Amazon Rekognition cannot be asked: {_text(error)}") from error


def _unsent(error: Exception) -> PhotoError:
    """Return what an error of boto3's own means for the photo.

    Raises:
        SaekdongError: it means the same for all that would follow.
    """
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    if isinstance(error, (NoConnection, HTTPClientError)):
        return _unavailable(error)
    # Credentials, tokens, profiles, regions: there is an exception for each.
    raise _no_entry(error) from error


def _refused(problem: str) -> PhotoError:
    return PhotoError("refused", f"Amazon Rekognition refused it: {problem}", fix="give the photo as another JPEG")


def _unavailable(error: Exception) -> PhotoError:
    return PhotoError("unavailable", f"Amazon Rekognition does not answer: {_text(error)}", fix="run it again")


def _unreadable(problem: str) -> PhotoError:
    return PhotoError(
        "unavailable", f"Amazon Rekognition's answer cannot be read: {problem}", fix="check the proxy, run it again"
    )


def _no_entry(error: Exception) -> SaekdongError:
    return SaekdongError(f"Amazon Rekognition may not be used: {_text(error)}", fix=_ENTRY)


def _text(error: Exception) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


def _palette(properties: Any) -> Palette:
    """Make a palette of the service's ImageProperties.

    Raises:
        ValueError: they are of another form.
    """
    try:
        whole = _shares(properties["DominantColors"])
        front = _shares((properties.get("Foreground") or {}).get("DominantColors") or [])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("DominantColors need Red, Green, Blue and PixelPercent, all numbers") from error
    scores = _scores(whole, front).tolist()
    scored = [replace(color, score=round(score, 6)) for color, score in zip(whole, scores, strict=True)]
    return tuple(sorted(scored, key=lambda color: -color.score))


def _shares(colors: Any) -> Palette:
    return palette_from_json(
        [
            {
                "color": {"red": color["Red"], "green": color["Green"], "blue": color["Blue"]},
                "pixelFraction": color["PixelPercent"] / 100,
            }
            for color in colors
        ]
    )


def _scores(whole: Palette, front: Palette) -> Array:
    """Return each color's part in the foreground, or in the whole where that is not known; they sum to 1."""
    shares = np.array([color.pixel_fraction for color in front])
    scores = np.array([color.pixel_fraction for color in whole])
    if shares.sum() > 0 and len(scores):
        apart = ciede2000(_lab(front)[:, None], _lab(whole)[None])
        scores = np.bincount(apart.argmin(axis=1), shares, minlength=len(whole))
    if not scores.sum() > 0:
        raise ValueError("its colors have no pixels")
    even: Array = scores / scores.sum()
    return even


def _lab(palette: Palette) -> Array:
    return to_space(np.array([(color.red, color.green, color.blue) for color in palette], dtype=np.uint8), "lab")
