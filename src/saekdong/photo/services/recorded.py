"""Palettes that were recorded earlier: a file beside each photo, or one JSON Lines file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, read_regular
from saekdong.photo.palette import COLORS, Palette
from saekdong.photo.reading import PhotoError
from saekdong.photo.services.base import PaletteAnswer
from saekdong.photo.services.vision_answers import palette_of_answer
from saekdong.photo.sources import Source

_ENDINGS = (".vision.json", ".json")


@dataclass(frozen=True)
class Recorded:
    """Gives answers that Cloud Vision, or `saekdong palette`, gave earlier. No photo is read.

    Attributes:
        answers: palettes by the photo's path as it was written, and by its file name where only one photo has it;
            None where answers lie beside the photos, as `chair.vision.json`, `chair.png.json` or `chair.json`.
        colors: at most so many a photo, the highest scores.
    """

    answers: Mapping[str, Palette] | None
    colors: int = COLORS

    @classmethod
    def read(cls, path: Path, colors: int = COLORS) -> "Recorded":
        """Read a JSON Lines file with a line for each photo: image, and colors or Cloud Vision's own answer.

        Raises:
            SaekdongError: it cannot be read, or a line is of another form.
        """
        try:
            lines = read_regular(path).decode("utf-8-sig").split("\n")
        except OSError as error:
            raise cannot_read(path, error) from error
        except UnicodeDecodeError as error:
            raise SaekdongError(f"{path} is not UTF-8 text", fix="give JSON Lines, one answer a line") from error
        full: dict[str, Palette] = {}
        short: dict[str, Palette | None] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip():
                name, palette = _line(line, f"{path}, line {number}")
                if palette is None:
                    continue
                full[name] = palette
                base = _base(name)
                short[base] = None if base in short and short[base] != palette else palette
        unique = {base: palette for base, palette in short.items() if palette is not None}
        return cls({**unique, **full}, colors)

    def palettes(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield each photo's recorded palette."""
        for source in photos:
            try:
                palette = self._beside(source.name) if self.answers is None else self._listed(source.name)
            except PhotoError as error:
                yield source.name, error
            else:
                yield source.name, tuple(sorted(palette, key=lambda color: -color.score)[: self.colors])

    def _listed(self, name: str) -> Palette:
        assert self.answers is not None  # noqa: S101
        palette = self.answers.get(name, self.answers.get(_base(name)))
        if palette is None:
            raise PhotoError("not-recorded", "the answers have none for it", fix="record it, or use another source")
        return palette

    def _beside(self, name: str) -> Palette:
        photo = Path(name)
        names = [f"{photo.stem}{ending}" for ending in _ENDINGS] + [f"{photo.name}.json"]
        for beside in names:
            path = photo.parent / beside
            if _is_file(path):
                return _read_answer(path)
        raise PhotoError(
            "not-recorded", f"there is no {names[0]} beside it", fix="record it, or name a file by --answers"
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Too long a name, or a folder that may not be entered.
        return False


def _read_answer(path: Path) -> Palette:
    try:
        return palette_of_answer(json.loads(read_regular(path).decode("utf-8-sig")))
    except (OSError, ValueError, RecursionError) as error:
        raise PhotoError("unreadable", f"{path} is not a recorded answer: {error}") from error


def _line(line: str, where: str) -> tuple[str, Palette | None]:
    """Return a line's photo and palette; None for a line with an error."""
    try:
        record = json.loads(line)
        name = record["image"]
        if not isinstance(name, str):
            raise TypeError
        return name, None if "error" in record else palette_of_answer(record)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SaekdongError(
            f"{where} is not a recorded answer",
            fix='write {"image": PATH, "colors": [{"color": {"red", "green", "blue"}, "score", "pixelFraction"}, ...]}',
        ) from error


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
