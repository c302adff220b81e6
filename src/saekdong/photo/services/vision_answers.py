"""Answers in Google Cloud Vision's JSON, as the service gives them and as files keep them."""

from typing import Any

from saekdong.photo.palette import Palette, palette_from_json


def palette_of_answer(record: Any) -> Palette:
    """Return the colors of an answer: Cloud Vision's, with or without `responses` around it, or a list of colors.

    Raises:
        ValueError: it has none.
    """
    if isinstance(record, dict) and isinstance(record.get("responses"), list) and len(record["responses"]) == 1:
        record = record["responses"][0]
    if isinstance(record, dict) and "imagePropertiesAnnotation" in record:
        try:
            record = {"colors": record["imagePropertiesAnnotation"]["dominantColors"]["colors"]}
        except (KeyError, TypeError) as error:
            raise ValueError("imagePropertiesAnnotation has no dominantColors.colors") from error
    if not isinstance(record, dict) or not isinstance(record.get("colors"), list):
        raise ValueError("it has no colors")
    return palette_from_json(record["colors"])
