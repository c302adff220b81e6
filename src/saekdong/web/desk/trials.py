"""A color or a photo, as the champion and the challenger name it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saekdong.lang import Lang
from saekdong.loop import Loop, ModelVersion
from saekdong.loop.versions import CHALLENGER, CHAMPION
from saekdong.model.artifact import Artifact, unpack
from saekdong.photo import read_photo
from saekdong.photo.features import SIDE
from saekdong.photo.kernel import describe_photo
from saekdong.tagging import Tagger, starter
from saekdong.web.site.views import Bar, swatch_of

_MOST_LABELS = 4
_LEAST_SHARE = 0.01
_STARTER = "starter"


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """What a model says.

    Attributes:
        role: `champion`, `challenger`, or `starter` if no model is registered.
        version: the model's version.
        bars: labels with their shares or probabilities, the highest first.
    """

    role: str
    version: str
    bars: tuple[Bar, ...]


@dataclass(eq=False)
class Trials:
    """Tries colors and photos with the models in use; keeps the models that it unpacked last.

    Attributes:
        loop: the record of versions.
    """

    loop: Loop
    _taggers: dict[str, tuple[Artifact, Tagger]] = field(default_factory=dict)

    def name_color(self, rgb: tuple[int, int, int], lang: Lang) -> list[TrialAnswer]:
        """Return how each model names a color."""
        colors = np.array([rgb], dtype=np.uint8)
        answers = []
        for role, version, artifact, _ in self._models():
            chances = artifact.table.probabilities(colors)[0]
            shares = dict(zip(artifact.vocabulary.ids, chances.tolist(), strict=True))
            answers.append(_answer(role, version, artifact, shares, lang))
        return answers

    def tag_photo(self, content: bytes, lang: Lang) -> list[TrialAnswer]:
        """Return how each model tags a photo.

        Raises:
            PhotoError: it cannot be read.
        """
        photo = read_photo(content, SIDE)
        description = describe_photo(photo.pixels, photo.alpha)
        answers = []
        for role, version, artifact, tagger in self._models():
            shares = tagger.shares(photo.pixels, photo.alpha, description)
            shown = {tag.label: tag.share for tag in tagger.shown(shares)}
            answers.append(_answer(role, version, artifact, shown, lang))
        return answers

    def _models(self) -> list[tuple[str, str, Artifact, Tagger]]:
        found = [(role, version) for role in (CHAMPION, CHALLENGER) if (version := self.loop.find_version(role))]
        self._taggers = {key: each for key, each in self._taggers.items() if key in {v.model for _, v in found}}
        models = [(role, str(version), *self._unpacked(version)) for role, version in found]
        return models or [(_STARTER, _STARTER, starter(), Tagger(starter()))]

    def _unpacked(self, version: ModelVersion) -> tuple[Artifact, Tagger]:
        if version.model not in self._taggers:
            artifact = unpack(self.loop.packed(version))
            self._taggers[version.model] = artifact, Tagger(artifact)
        return self._taggers[version.model]


def _answer(role: str, version: str, artifact: Artifact, shares: Mapping[str, Any], lang: Lang) -> TrialAnswer:
    best = sorted(shares.items(), key=lambda each: -each[1])[:_MOST_LABELS]
    kept = [(label, share) for label, share in best if share >= _LEAST_SHARE] or best[:1]
    bars = (Bar(swatch_of(label, artifact.vocabulary, lang), round(100 * share)) for label, share in kept)
    return TrialAnswer(role, version, tuple(bars))
