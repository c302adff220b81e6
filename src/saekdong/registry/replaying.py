"""Captured requests answered again by another version, offline: what its clients would have got instead."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saekdong.captures import CapturedPayload, CapturedRequest
from saekdong.entrance.errors import RequestError
from saekdong.feature_store import FeatureStore
from saekdong.model.artifact import Artifact
from saekdong.serving.media_types import CSV, JSON, LINES_NAMES, media_type
from saekdong.serving.service import Service
from saekdong.tagging import Tagger

EXAMPLES = 24
"""How many requests stand for each pair of labels."""


@dataclass
class Replay:
    """What other answers captured requests would get.

    Attributes:
        requests: how many were captured.
        replayed: those answered again.
        not_captured: those whose body was not captured, and whose photo's features are not stored.
        refused: those that the version refuses, and those whose answer has no labels to compare, such as an array.
        answers: colors and photos compared.
        flows: those that would get another first label, by the captured label and the new one.
        examples: ids of requests of each flow.
        endpoints: answers that would change, by endpoint.
        models: requests replayed, by the id of the model that answered them; empty if it is not known.
    """

    requests: int = 0
    replayed: int = 0
    not_captured: int = 0
    refused: int = 0
    answers: int = 0
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    endpoints: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        changed = self.flows.total()
        return {
            "requests": self.requests,
            "replayed": self.replayed,
            "not_captured": self.not_captured,
            "refused": self.refused,
            "answers": self.answers,
            "changed": changed,
            "share": round(changed / self.answers, 4) if self.answers else 0.0,
            "flows": [
                {"from": before, "to": after, "answers": n, "examples": self.examples[before, after]}
                for (before, after), n in self.flows.most_common()
            ],
            "endpoints": dict(self.endpoints.most_common()),
            "models": dict(self.models.most_common()),
        }


def replay(requests: Iterable[CapturedRequest], artifact: Artifact, features: FeatureStore | None) -> Replay:
    """Answer captured requests with a model, and count what would change.

    A photo that was not captured is tagged from its features, if they are stored; its words are not known.

    Args:
        requests: the captured ones.
        artifact: the model.
        features: of photos; None for none.
    """
    service, found = Service(artifact), Replay()
    tagger = Tagger(artifact)
    for request in requests:
        found.requests += 1
        before = list(_first_labels(request.output))
        after = (
            _answered(service, request.input, request.output)
            if request.input
            else _from_features(tagger, features, request.photo)
        )
        if after is None:
            found.not_captured += 1
        elif not before or len(before) != len(after):
            found.refused += 1
        else:
            found.replayed += 1
            found.models[request.model or ""] += 1
            _count(found, request, before, after)
    return found


def _count(found: Replay, request: CapturedRequest, before: list[str], after: list[str]) -> None:
    found.answers += len(before)
    for flow in zip(before, after, strict=True):
        if flow[0] != flow[1]:
            found.flows[flow] += 1
            found.endpoints[request.endpoint] += 1
            examples = found.examples.setdefault(flow, [])
            if len(examples) < EXAMPLES and request.event not in examples:
                examples.append(request.event)


def _answered(service: Service, asked: CapturedPayload, answer: CapturedPayload | None) -> list[str]:
    """Return the first labels of a service's answer; none if it refuses the request."""
    accept = answer.media_type if answer else ""
    try:
        reply = service.answer(asked.content, asked.media_type, accept)
    except RequestError:
        return []
    return list(_first_labels(CapturedPayload(reply.media_type, reply.body)))


def _from_features(tagger: Tagger, features: FeatureStore | None, photo: str) -> list[str] | None:
    """Return the first label of a photo by its features, or None if they are not stored."""
    rows = features.read([photo]) if features and photo and tagger.model is not None else {}
    if photo not in rows:
        return None
    return [tagger.shown(tagger.shares_of(np.stack([rows[photo]]))[0])[0].label]


def _first_labels(answer: CapturedPayload | None) -> Iterator[str]:
    """Yield the first label of each prediction in an answer; nothing if it has none that can be read."""
    kind = media_type(answer.media_type) if answer else ""
    try:
        if answer and kind == CSV:
            yield from answer.content.decode().split()
        elif answer and kind in LINES_NAMES:
            for line in answer.content.splitlines():
                yield json.loads(line)["label"]
        elif answer and kind == JSON:
            content = json.loads(answer.content)
            if "tags" in content:
                yield content["tags"][0]["label"] if content["tags"] else ""
            else:
                yield from (each["label"] for each in content.get("predictions", [content]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return
