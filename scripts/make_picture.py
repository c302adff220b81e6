"""Make the README's picture, docs/images/names.png: colors, and the labels that a model gives them.

python scripts/make_picture.py MODEL          MODEL as the README's tour trains it (models/first)
"""

import io
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import saekdong
from saekdong.color import from_lab, parse_color, to_space
from saekdong.files import write_whole

TARGET = Path(__file__).parents[1] / "docs/images/names.png"
CHROMA = (12, 38, 64)
LIGHTNESS = np.linspace(98, 6, 240)
HUE = np.linspace(0, 360, 480)


def main() -> None:
    """Draw three planes of hue by lightness, dull to vivid; above the colors, below their names."""
    model = saekdong.load(sys.argv[1])
    figure = Figure(figsize=(12, 5.4), layout="constrained")
    for column, chroma in zip(figure.subplots(2, 3, sharex=True, sharey=True).T, CHROMA, strict=True):
        colors, inside = plane(chroma)
        codes = model.table.codes(colors.reshape(-1, 3)).reshape(inside.shape)
        swatches = np.array([parse_color(label.swatch) for label in model.vocabulary], dtype=np.uint8)
        for axes, picture in zip(column, (colors, swatches[codes]), strict=True):
            axes.imshow(np.where(inside[..., None], picture, 255), extent=(0, 360, 6, 98), aspect="auto")
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        write_names(column[1], model, np.where(inside, codes, -1))
        column[0].set_title(f"chroma {chroma}", fontsize=10)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100, metadata={"Software": None})
    write_whole(TARGET, stream.getvalue())


def plane(chroma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the colors of one chroma by lightness and hue, and which of them sRGB has."""
    lightness, hue = np.meshgrid(LIGHTNESS, np.radians(HUE), indexing="ij")
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    colors = np.rint(from_lab(lab)).astype(np.uint8)
    return colors, np.abs(to_space(colors, "lab") - lab).max(axis=-1) < 2


def write_names(axes, model, codes) -> None:
    """Write each label's name into the middle of its largest area."""
    for code, label in enumerate(model.vocabulary):
        rows, columns = np.nonzero(codes == code)
        if len(rows) > 900:
            middle = np.median(rows)
            near = columns[np.abs(rows - middle) < 8]
            x, y = HUE[int(np.median(near))], LIGHTNESS[int(middle)]
            dark = to_space(parse_color(label.swatch), "lab")[0] < 55
            axes.text(x, y, label.en, ha="center", va="center", fontsize=9, color="white" if dark else "black")


if __name__ == "__main__":
    main()
