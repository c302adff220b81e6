"""Asking a paid service: what is known is not asked again, the rest in batches, all answers in order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from saekdong.photo.palette import Palette
from saekdong.photo.reading import PhotoError
from saekdong.photo.services.base import PaletteAnswer
from saekdong.photo.services.cache import AnswerCache, answer_key
from saekdong.photo.sources import Source

ServiceOutcome = Any | PhotoError
"""What a service says to a photo: its answer as JSON, or why there is none."""

_MOST_SILENCES = 2


@dataclass(frozen=True)
class Asking:
    """How a service is asked for palettes.

    No photo is asked for twice: not when its answer is in the cache, nor when it comes again in the same run. After an
    outcome `quota`, or two batches that were all `unavailable`, the service is left alone for the rest of the run.

    Attributes:
        cache: the answers it gave.
        prepare: makes a photo's bytes what the service takes; raises `PhotoError`.
        ask: sends a batch and returns an outcome for each photo of it.
        colors: at most so many a photo, the highest scores.
        most_photos, most_bytes: of a batch.
    """

    cache: AnswerCache
    prepare: Callable[[bytes], bytes]
    ask: Callable[[Sequence[bytes]], Sequence[ServiceOutcome]]
    colors: int
    most_photos: int
    most_bytes: int

    def answers(self, photos: Iterable[Source]) -> Iterator[PaletteAnswer]:
        """Yield one answer a photo, in the photos' order, as soon as their batch is answered."""
        run = _Run(self)
        for source in photos:
            yield from run.take(source)
        yield from run.flush()


@dataclass(eq=False)
class _Run:
    """What one run knows.

    Attributes:
        waiting: the answers not given yet, in order; a key stands for one that the batch will bring.
        batch: the photos to ask for next.
        failed: the photos that the service refused in this run.
        stopped: the reason why the service is no longer asked.
        silences: how many batches in a row were all unavailable.
    """

    asking: Asking
    waiting: list[tuple[str, Palette | PhotoError | str]] = field(default_factory=list)
    batch: dict[str, bytes] = field(default_factory=dict)
    failed: dict[str, PhotoError] = field(default_factory=dict)
    stopped: PhotoError | None = None
    silences: int = 0
    is_open: bool = False

    def take(self, source: Source) -> Iterator[PaletteAnswer]:
        try:
            content = source.read()
            key = answer_key(content)
            answer = self._known(key)
            prepared = self.asking.prepare(content) if answer is None else b""
        except PhotoError as error:
            answer = error
        if answer is None and not self._has_room(prepared):
            yield from self.flush()
            answer = self.stopped
        if answer is None:
            self.batch[key] = prepared
            answer = key
        self.waiting.append((source.name, answer))
        if not self.batch or len(self.batch) == self.asking.most_photos:
            yield from self.flush()

    def flush(self) -> Iterator[PaletteAnswer]:
        """Ask for the batch, and give all answers that waited for it."""
        answered = self._answered() if self.batch else {}
        waiting, self.waiting, self.batch = self.waiting, [], {}
        for name, answer in waiting:
            found = answered[answer] if isinstance(answer, str) else answer
            yield name, found if isinstance(found, PhotoError) else self._best(found)

    def _known(self, key: str) -> Palette | PhotoError | str | None:
        """Return a photo's answer; its key if it is already in the batch; None if the service must be asked."""
        if key in self.batch:
            return key
        return self.failed.get(key) or self.asking.cache.get(key) or self.stopped

    def _has_room(self, prepared: bytes) -> bool:
        size = sum(map(len, self.batch.values()))
        return not self.batch or size + len(prepared) <= self.asking.most_bytes

    def _answered(self) -> dict[str, Palette | PhotoError]:
        if not self.is_open:
            self.asking.cache.open()
            self.is_open = True
        outcomes = self.asking.ask(list(self.batch.values()))
        found = {key: self._kept(key, outcome) for key, outcome in zip(self.batch, outcomes, strict=True)}
        errors = {key: answer for key, answer in found.items() if isinstance(answer, PhotoError)}
        self.failed.update(errors)
        is_silent = len(errors) == len(found) and all(error.code == "unavailable" for error in errors.values())
        self.silences = self.silences + 1 if is_silent else 0
        for error in errors.values():
            if error.code == "quota" or self.silences == _MOST_SILENCES:
                self.stopped = error
        return found

    def _kept(self, key: str, outcome: ServiceOutcome) -> Palette | PhotoError:
        if isinstance(outcome, PhotoError):
            return outcome
        try:
            palette = self.asking.cache.read(outcome)
        except ValueError as error:
            return PhotoError("unavailable", f"the service's answer is of another form: {error}", fix="run it again")
        self.asking.cache.put(key, outcome)
        return palette

    def _best(self, palette: Palette) -> Palette:
        return tuple(sorted(palette, key=lambda color: -color.score)[: self.asking.colors])
