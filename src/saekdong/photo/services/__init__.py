"""Where palettes come from: this machine, Google Cloud Vision, Amazon Rekognition, or answers recorded earlier.

Each is a `PaletteSource`; all answer in Cloud Vision's terms.
"""

from saekdong.photo.services.base import Answer, PaletteSource
from saekdong.photo.services.local import Local
from saekdong.photo.services.recorded import Recorded

__all__ = ["Answer", "Local", "PaletteSource", "Recorded"]
