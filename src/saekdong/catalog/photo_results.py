"""From a photo's content to what the catalog keeps of it."""

import hashlib

import numpy as np

from saekdong.catalog.products import PhotoResult
from saekdong.feature_store import PhotoFeatures
from saekdong.fetch import Mark
from saekdong.photo import PhotoError, read_photo
from saekdong.photo.features import SIDE, as_stored
from saekdong.photo.kernel import describe_photo
from saekdong.photo.statistics import photo_statistics
from saekdong.tagging import Tagger


def photo_result(tagger: Tagger, model: str, place: str, mark: Mark, content: bytes) -> PhotoResult:
    """Return the result of tagging a photo, or of failing at it.

    Args:
        tagger: gives the labels.
        model: the id of its model.
        place: the photo's path or address.
        mark: what is known of the file; its digest need not be set.
        content: the photo.
    """
    digest = hashlib.sha256(content).hexdigest()
    mark = mark._replace(digest=digest)
    try:
        photo = read_photo(content, SIDE)
    except PhotoError as error:
        return PhotoResult(place, mark, model, error=(error.code, str(error)))
    description = describe_photo(photo.pixels, photo.alpha)
    shares = tagger.shares(photo.pixels, photo.alpha, description)
    features = b"" if photo.alpha is not None and not photo.alpha.any() else as_stored(description.features).tobytes()
    statistics = photo_statistics(photo.pixels, photo.alpha, description.weights).astype(np.float16).tobytes()
    return PhotoResult(
        place,
        mark,
        model,
        dict(zip(tagger.vocabulary.ids, shares.tolist(), strict=True)),
        description.palette,
        features=PhotoFeatures(digest, features, statistics),
    )
