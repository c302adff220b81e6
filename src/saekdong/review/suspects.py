"""Suspects: products whose answer, words or tag are probably wrong, the most suspicious kinds first."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from saekdong.catalog.contract import Store
from saekdong.evidence.suspects import MOST_ANSWERS, leave_one_out, suspicion
from saekdong.feature_store import FeatureStore
from saekdong.loop import Answer, Loop
from saekdong.review.agreement import disputed
from saekdong.tagging import Tagger
from saekdong.tagging.photo_model import Nearness, as_centers

_SUSPICIOUS = 0.5
_MOST_CONFLICTS = 100


def find_suspects(loop: Loop, store: Store, features: FeatureStore, tagger: Tagger | None) -> Iterator[str]:
    """Yield the ids of suspicious products in turn: disputed answers, contradicted answers, contradicting words.

    Args:
        loop: what people answered.
        store: the catalog.
        features: its photos' features.
        tagger: of the catalog's model; None to leave contradicted answers out.
    """
    kinds = [
        disputed(loop),
        _contradicted(loop.corrections(), features, tagger) if tagger else [],
        [each.product.product.id for each in store.conflicts(limit=_MOST_CONFLICTS)],
    ]
    for turn in range(max(map(len, kinds))):
        yield from (kind[turn] for kind in kinds if turn < len(kind))


def _contradicted(answers: Iterable[Answer], features: FeatureStore, tagger: Tagger) -> list[str]:
    """Return the products whose answers contradict what the model and all other answers say, the surest first."""
    recent = [each.said for each in answers if each.said.photo][-MOST_ANSWERS:]
    known = features.read(said.photo for said in recent)
    said = [each for each in recent if each.photo in known]
    if tagger.model is None or len(said) < 2:
        return []
    rows = np.stack([known[each.photo] for each in said])
    given = _given((each.given for each in said), tagger.vocabulary.ids)
    prior = tagger.model.scores(rows[:, : len(tagger.model.matrix)]).astype(np.float64)
    nearness = Nearness(as_centers(rows))(rows).astype(np.float64)
    doubt = suspicion(leave_one_out(nearness, given.astype(np.float64), prior), given)
    return [said[place].product for place in np.argsort(-doubt, kind="stable") if doubt[place] > _SUSPICIOUS]


def _given(answers: Iterable[tuple[str, ...]], labels: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([[label in given for label in labels] for given in answers])
