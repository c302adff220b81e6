"""Run by photos.py: `race_photos.py TOOL FOLDER COUNT` prints how many photos a second one tool does, on one core."""

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


def tool(name: str) -> Callable[[bytes], object]:
    """Return what a tool does with a photo's bytes."""
    return {
        "saekdong tag": _tag,
        "bare decode": _decode,
        "fast-colorthief": _fast_colorthief,
        "Pylette": _pylette,
        "OpenCV k-means": _opencv,
    }[name]()


def _tag() -> Callable[[bytes], object]:
    from saekdong.tagging import Tagger, starter, tag_photo

    tagger = Tagger(starter())
    return lambda content: tag_photo(tagger, "", content).to_json()


def _decode() -> Callable[[bytes], object]:
    from PIL import Image

    def decode(content: bytes) -> object:
        image = Image.open(io.BytesIO(content))
        image.draft("RGB", (image.width // 8, image.height // 8))
        return image.load()

    return decode


def _fast_colorthief() -> Callable[[bytes], object]:
    import fast_colorthief

    return lambda content: fast_colorthief.get_palette(io.BytesIO(content), color_count=5, quality=10)


def _pylette() -> Callable[[bytes], object]:
    from pylette import extract_colors

    return lambda content: extract_colors(content, palette_size=5)


def _opencv() -> Callable[[bytes], object]:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)

    def cluster(content: bytes) -> object:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        scale = 150 / max(image.shape)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = small.reshape(-1, 3).astype(np.float32)
        return cv2.kmeans(pixels, 5, None, stop, 1, cv2.KMEANS_PP_CENTERS)

    return cluster


def main(name: str, folder: str, count: str) -> None:
    """Do the photos once to warm up on ten, then all against the clock."""
    photos = [path.read_bytes() for path in sorted(Path(folder).iterdir())[: int(count)]]
    work = tool(name)
    for content in photos[:10]:
        work(content)
    begun = time.perf_counter()
    for content in photos:
        work(content)
    print(len(photos) / (time.perf_counter() - begun))


if __name__ == "__main__":
    main(*sys.argv[1:])
