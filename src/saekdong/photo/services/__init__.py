"""Where palettes come from: this machine, Google Cloud Vision, Amazon Rekognition, or answers recorded earlier.

Each is a `PaletteSource`; all answer in Cloud Vision's terms.
"""

from saekdong.photo.services.base import PaletteAnswer, PaletteSource
from saekdong.photo.services.google_vision import GoogleVision
from saekdong.photo.services.local import LocalPalettes
from saekdong.photo.services.recorded import Recorded
from saekdong.photo.services.rekognition import Rekognition

__all__ = ["GoogleVision", "LocalPalettes", "PaletteAnswer", "PaletteSource", "Recorded", "Rekognition"]
