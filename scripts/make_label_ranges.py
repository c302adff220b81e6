"""Make docs/images/labels.png and print docs/vocabulary.md's table: the colors that the starter gives each label.

python scripts/make_label_ranges.py
"""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from saekdong.color import to_hex, to_space
from saekdong.files import write_whole
from saekdong.tagging import starter

TARGET = Path(__file__).parents[1] / "docs/images/labels.png"
SHOWN = 48
ROWS = 4


def main() -> None:
    """Draw each label's colors from dark to light, and print the middle nine tenths of their L*, C* and h."""
    model = starter()
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    codes, lab = model.table.codes(colors), to_space(colors, "lab")
    figure = Figure(figsize=(10, 8.4), layout="constrained")
    random = np.random.default_rng(0)
    print("| label | lightness L* | chroma C* | hue h | from dark to light |\n|---|---|---|---|---|")
    for code, (label, axes) in enumerate(zip(model.vocabulary, figure.subplots(14, 1), strict=True)):
        own = np.flatnonzero(codes == code)
        drawn = random.choice(own, SHOWN * ROWS)
        order = drawn[np.argsort(lab[drawn, 0])]
        axes.imshow(colors[order].reshape(SHOWN, ROWS, 3).swapaxes(0, 1), aspect="auto", interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.set_ylabel(label.en, rotation=0, ha="right", va="center")
        print(row(label.id, colors[own], lab[own]))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=90, metadata={"Software": None})
    write_whole(TARGET, stream.getvalue())


def row(name: str, colors: np.ndarray, lab: np.ndarray) -> str:
    """Return a label's line of the table."""
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    spans = [
        f"{low:.0f} to {high:.0f}" for low, high in (np.quantile(each, (0.05, 0.95)) for each in (lab[:, 0], chroma))
    ]
    examples = [colors[np.argsort(lab[:, 0])[int(part * (len(lab) - 1))]] for part in (0.05, 0.35, 0.65, 0.95)]
    hexes = " ".join(f"`{to_hex(color)}`" for color in examples)
    return f"| `{name}` | {spans[0]} | {spans[1]} | {hue_span(hue, chroma)} | {hexes} |"


def hue_span(hue: np.ndarray, chroma: np.ndarray) -> str:
    """Return the middle nine tenths of hues around their mean, weighted by chroma; `any` if they go all around."""
    middle = np.angle(np.sum(chroma * np.exp(1j * np.radians(hue))), deg=True)
    low, high = np.quantile((hue - middle + 180) % 360 - 180, (0.05, 0.95)) + middle
    return "any" if high - low > 200 else f"{low % 360:.0f}° to {high % 360:.0f}°"


if __name__ == "__main__":
    main()
