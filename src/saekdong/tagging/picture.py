"""A picture that explains tags: the photo, how its pixels were weighed, its palette and its tags."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary, to_hex
from saekdong.photo import Palette, Photo, read_photo
from saekdong.photo.features import SIDE
from saekdong.photo.kernel import describe_photo
from saekdong.tagging.feed_words import Named, fuse
from saekdong.tagging.tagger import Tag, Tagger

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PHOTOS = 20
_SHOWN_SIDE = 400
_ACROSS = ("axes fraction", "data")
_BOX = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "linewidth": 0}


@dataclass(frozen=True, eq=False)
class Explained:
    """A photo and what its tags were made of.

    Attributes:
        name: what people call the photo.
        photo: its pixels, to look at.
        weights: how much each pixel of the shrunken photo is the product, 0 to 1, (H, W).
        palette: its dominant colors.
        tags: in falling order of share.
    """

    name: str
    photo: Photo
    weights: NDArray[np.float32]
    palette: Palette
    tags: list[Tag]


def explain(tagger: Tagger, name: str, content: bytes, named: Named | None = None) -> Explained:
    """Tag a photo and keep what the tags were made of.

    Args:
        tagger: gives the labels.
        name: what people call the photo.
        content: the photo.
        named: the labels that the feed names; see `tag_photo`.

    Raises:
        PhotoError: it cannot be read.
    """
    small = read_photo(content, SIDE)
    description = describe_photo(small.pixels, small.alpha)
    shares = tagger.shares(small.pixels, small.alpha, description)
    tags = fuse(shares, named).tags(tagger) if named else tagger.shown(shares)
    return Explained(name, read_photo(content, _SHOWN_SIDE), description.weights, description.palette, tags)


def draw_explained(photos: Sequence[Explained], vocabulary: Vocabulary) -> bytes:
    """Draw photos, one a row, as a PNG: photo, weights, palette (by score), tags (by share)."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(11, 2.9 * len(photos)), layout="constrained")
        FigureCanvasAgg(figure)
        rows = figure.subplots(len(photos), 4, squeeze=False, width_ratios=(1, 1, 1.1, 1.1))
        for place, (row, photo) in enumerate(zip(rows, photos, strict=True)):
            _draw_photo(row[0], row[1], photo)
            _draw_palette(row[2], photo.palette)
            _draw_tags(row[3], photo.tags, vocabulary)
            if not place:
                for axes, title in zip(row, ("photo", "weights: white is product", "palette", "tags"), strict=True):
                    axes.set_title(title, loc="left", fontweight="bold")
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110)
    return stream.getvalue()


def _draw_photo(left: "Axes", right: "Axes", photo: Explained) -> None:
    alpha = photo.photo.alpha
    shown = photo.photo.pixels if alpha is None else np.dstack([photo.photo.pixels, alpha])
    left.imshow(shown)
    right.imshow(photo.weights, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    left.set_xlabel(photo.name if len(photo.name) <= 34 else f"...{photo.name[-31:]}")
    for axes in (left, right):
        axes.set_xticks([])
        axes.set_yticks([])


def _draw_palette(axes: "Axes", palette: Palette) -> None:
    texts = [f"{color.score:.2f} of score, {color.pixel_fraction:.0%} of pixels" for color in palette]
    colors = [to_hex((color.red, color.green, color.blue)) for color in palette]
    _bars(axes, colors, [color.score for color in palette], texts)


def _draw_tags(axes: "Axes", tags: Sequence[Tag], vocabulary: Vocabulary) -> None:
    labels = [vocabulary.label(tag.label) for tag in tags]
    texts = [f"{label.en} {tag.share:.0%}" for label, tag in zip(labels, tags, strict=True)]
    _bars(axes, [label.swatch for label in labels], [tag.share for tag in tags], texts)


def _bars(axes: "Axes", colors: Sequence[str], lengths: Sequence[float], texts: Sequence[str]) -> None:
    places: Any = np.arange(len(colors))
    axes.barh(places, lengths, height=0.8, color=colors, edgecolor="#999999", linewidth=0.6)
    for place, text in zip(places, texts, strict=True):
        axes.annotate(text, (0.02, place), xycoords=_ACROSS, va="center", fontsize=7.5, bbox=_BOX)
    axes.set_xlim(0, max(1e-6, *lengths))
    axes.set_ylim(9.6, -0.6)
    axes.axis("off")
