"""Make tests/unit/data/kernel-VERSION.npz: ten drawn photos, and what the kernel makes of them.

    python scripts/make_golden.py               writes the file of a new version
    python scripts/make_golden.py --palettes    writes the palettes again, after scripts/fit_palette.py

tests/unit/test_kernel.py holds `saekdong.photo.kernel.describe_photo` to these arrays. Features and weights in a
file that exists are never written again: if features change, count `saekdong.photo.features.VERSION` up first.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np

from saekdong.files import write_whole
from saekdong.photo import read_photo
from saekdong.photo.features import SIDE, VERSION
from saekdong.photo.kernel import PhotoDescription, describe_photo
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
    """Write the file, unless it exists, or its palettes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--palettes", action="store_true")
    if parser.parse_args().palettes:
        write_palettes()
        return
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
        arrays[f"palette{number}"] = colors_of(description)
    write(arrays)


def write_palettes() -> None:
    """Write the palettes of the stored pixels again, unless their features or weights changed."""
    with np.load(TARGET) as stored:
        arrays = dict(stored)
    for number in range(len(photos())):
        description = describe_photo(arrays[f"pixels{number}"], arrays.get(f"alpha{number}"))
        for name in ("features", "weights"):
            if not np.array_equal(getattr(description, name), arrays[f"{name}{number}"]):
                sys.exit(f"{name} of photo {number} changed; count VERSION up")
        arrays[f"palette{number}"] = colors_of(description)
    write(arrays)


def colors_of(description: PhotoDescription) -> np.ndarray:
    """Return a palette as rows: red, green, blue, score, pixel fraction."""
    return np.array([tuple(vars(color).values()) for color in description.palette])


def write(arrays: dict[str, np.ndarray]) -> None:
    """Write the file."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    write_whole(TARGET, stream.getvalue())


if __name__ == "__main__":
    main()
