"""Photos: read safely and small, weigh their pixels, find their dominant colors. Knows only color."""

from saekdong.photo.palette import (
    Clusters,
    DominantColor,
    Palette,
    cluster_colors,
    find_palette,
    palette_from_json,
    palette_to_json,
)
from saekdong.photo.reading import Photo, PhotoError, read_photo
from saekdong.photo.sources import Source, find_photos, photo_at
from saekdong.photo.webp import to_webp
from saekdong.photo.weights import product_weights

__all__ = [
    "Clusters",
    "DominantColor",
    "Palette",
    "Photo",
    "PhotoError",
    "Source",
    "cluster_colors",
    "find_palette",
    "find_photos",
    "palette_from_json",
    "palette_to_json",
    "photo_at",
    "product_weights",
    "read_photo",
    "to_webp",
]
