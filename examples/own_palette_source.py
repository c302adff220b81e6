"""Bring palettes of your own to Saekdong: `python examples/own_palette_source.py PHOTO... > palettes.jsonl`.

    $ python examples/own_palette_source.py photos/*.jpg > palettes.jsonl
    $ saekdong palette photos/ --source recorded --answers palettes.jsonl --format table

Whatever finds the colors (here Pillow's median cut; it could be another vision service), Saekdong asks for one JSON
object a line in Cloud Vision's terms: `image`, and `colors` with `color`, `score` and `pixelFraction`.
"""

import json
import sys

from PIL import Image

COLORS = 5


def dominant_colors(path: str) -> list[dict[str, object]]:
    """Return up to five colors of a photo by median cut, the most frequent first."""
    with Image.open(path) as photo:
        small = photo.convert("RGB").resize((96, 96))
    reduced = small.quantize(COLORS, Image.Quantize.MEDIANCUT)
    palette = reduced.getpalette() or []
    counts = sorted(reduced.getcolors() or [], reverse=True)
    pixels = sum(count for count, _ in counts)
    return [
        {
            "color": dict(zip(("red", "green", "blue"), palette[3 * index : 3 * index + 3], strict=True)),
            "score": count / pixels,
            "pixelFraction": count / pixels,
        }
        for count, index in counts
    ]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for photo in sys.argv[1:]:
        print(json.dumps({"image": photo, "colors": dominant_colors(photo)}))
