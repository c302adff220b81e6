"""Make tests/unit/data/kernel-VERSION.npz: ten drawn photos, and what the kernel makes of them.

    python scripts/make_golden.py

tests/unit/test_kernel.py holds `saekdong.photo.kernel.describe_photo` to these arrays. A file that exists is never
written again: if features change, count `saekdong.photo.features.VERSION` up first.
"""

import io
import sys
from pathlib import Path

import numpy as np

from saekdong.files import write_whole
from saekdong.photo import read_photo
from saekdong.photo.features import SIDE, VERSION
from saekdong.photo.kernel import describe_photo
from saekdong.samples.drawings import COLORS, SKINS, confetti, cut_out, draw, halves, jpeg, plain, png, stripes

TARGET = Path(__file__).parents[1] / f"tests/unit/data/kernel-{VERSION}.npz"


def photos() -> list[bytes]:
    """Return ten photos: plain and patterned products, a transparent ground, a person, a sliver, a single pixel."""
    first = {label: colors[0] for label, colors in COLORS.items()}
    navy, white, red = (plain(first[label]) for label in ("navy", "white", "red"))
    return [
        jpeg(draw(navy, "shirt worn", "gradient", skin=SKINS[2])),
        jpeg(draw(white, "mug", "white", seed=1)),
        jpeg(draw(red, "shoe", "light gray", highlight=True, seed=2)),
        jpeg(draw(halves(first["mint"], first["black"]), "bag", seed=3)),
        jpeg(draw(stripes(first["yellow"], first["blue"]), "shirt", seed=4)),
        jpeg(draw(confetti(list(first.values())), "bag", seed=5)),
        png(cut_out(navy, "shoe", (255, 0, 255))),
        png(draw(red, "dress", seed=6).crop((0, 40, 150, 70))),
        png(draw(white, "mug").crop((50, 50, 51, 51))),
        png(draw(stripes(first["orange"], first["violet"]), "dress", "wood", seed=7).resize((40, 200))),
    ]


def main() -> None:
    """Write the file, unless it exists."""
    if TARGET.exists():
        sys.exit(f"{TARGET} exists; if features changed, count VERSION up")
    arrays: dict[str, np.ndarray] = {}
    for number, content in enumerate(photos()):
        photo = read_photo(content, SIDE)
        description = describe_photo(photo.pixels, photo.alpha)
        arrays[f"pixels{number}"] = photo.pixels
        if photo.alpha is not None:
            arrays[f"alpha{number}"] = photo.alpha
        arrays[f"features{number}"], arrays[f"weights{number}"] = description.features, description.weights
        arrays[f"palette{number}"] = np.array([tuple(vars(color).values()) for color in description.palette])
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    write_whole(TARGET, stream.getvalue())


if __name__ == "__main__":
    main()
