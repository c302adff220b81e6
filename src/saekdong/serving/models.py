"""Several models in one service: SageMaker's multi-model contract.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from saekdong.entrance.errors import RequestError
from saekdong.errors import SaekdongError
from saekdong.files import is_below
from saekdong.model import artifact
from saekdong.serving import metrics
from saekdong.serving.logs import logger
from saekdong.serving.service import Service

PAGE = 100
LEAST = 1 << 24
"""Bytes that every model takes: a label for each of 2**24 colors."""


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded model: where it came from, what answers, and the bytes of memory that it keeps."""

    name: str
    url: str
    service: Service
    memory: int

    def to_json(self) -> dict[str, str]:
        """Return the model as SageMaker reads it."""
        return {"modelName": self.name, "modelUrl": self.url}


class Models:
    """Models by name, as many as fit into a bound of memory.

    A model that does not fit is refused with 507, upon which SageMaker unloads others as it sees fit. Nothing is
    unloaded here of our own accord.

    Args:
        memory: the bytes that loaded models may keep together.
        folder: models below it may be loaded, no others.
    """

    def __init__(self, memory: int, folder: Path = Path("/")) -> None:
        self._memory, self._folder = memory, folder.resolve()
        self._models: dict[str, Model] = {}
        self._loading = threading.Lock()

    def __getitem__(self, name: str) -> Model:
        """Return a loaded model.

        Raises:
            RequestError: 404, it is not loaded.
        """
        if name not in self._models:
            raise RequestError(404, "not-loaded", f"the model {name[:80]} is not loaded; load it with POST /models")
        return self._models[name]

    def load(self, name: str, url: str) -> None:
        """Load the artifact at a path of this machine: a model.tar.gz, or the folder that holds or was one.

        Raises:
            RequestError: 400, there is no artifact; 403, it is not below the models' folder; 409, a model of this name
                is loaded; 507, it does not fit.
        """
        if not is_below(os.path.realpath(url), os.path.realpath(self._folder)):
            raise RequestError(403, "not-a-model", f"url: models are loaded from below {self._folder} only")
        with self._loading:
            if name in self._models:
                raise RequestError(409, "loaded", f"the model {name[:80]} is loaded already; DELETE it first")
            self._check_room(LEAST)
            try:
                service = Service(artifact.load(url))
            except SaekdongError as error:
                raise RequestError(400, "no-model", str(error)) from error
            memory = memory_of(service.artifact)
            self._check_room(memory)
            self._models[name] = Model(name, url, service, memory)
            metrics.MODELS.set(len(self._models))
        logger.info("model loaded", extra={"fields": {"model": name, "model_id": service.artifact.id}})

    def unload(self, name: str) -> None:
        """Forget a model; requests that it is answering are finished.

        Raises:
            RequestError: 404, it is not loaded.
        """
        with self._loading:
            self._models.pop(self[name].name)
            metrics.MODELS.set(len(self._models))

    def page(self, token: str) -> dict[str, Any]:
        """Return a page of models in SageMaker's form, and the token of the next page if there is one.

        Args:
            token: the last page's `nextPageToken`; empty for the first page.
        """
        names = sorted(name for name in self._models if name > token)
        shown = [model.to_json() for name in islice(names, PAGE) if (model := self._models.get(name))]
        return {"models": shown, **({"nextPageToken": names[PAGE - 1]} if len(names) > PAGE else {})}

    def _check_room(self, memory: int) -> None:
        used = sum(model.memory for model in self._models.values())
        if used + memory > self._memory:
            usage = f"{used >> 20} of {self._memory >> 20} MB are used by {len(self._models)} models"
            raise RequestError(507, "no-memory", f"{usage}, and this one takes {memory >> 20} MB")


def memory_of(model: artifact.Artifact) -> int:
    """Return the bytes that a loaded artifact keeps: its arrays, and a tenth, as a process was seen to grow."""
    kept = model.table.labels.nbytes + model.table.grid.nbytes
    if model.tagger is not None:
        kept += model.tagger.nbytes
    if model.kernel is not None:
        kept += model.kernel.weights.nbytes + 5 * model.kernel.centers.nbytes  # the tagger has them as float32 too
    return kept * 11 // 10


def asked_of(content: Any) -> tuple[str, str]:
    """Return the name and the place in a request to load a model.

    Raises:
        RequestError: 422, a field is missing or wrong.
    """
    fields = content if isinstance(content, Mapping) else {}
    name, url = fields.get("model_name"), fields.get("url")
    if not isinstance(name, str) or not 0 < len(name) <= 256 or "/" in name:
        raise RequestError(422, "bad-name", "model_name: expected a text of 1 to 256 characters without a slash")
    if not isinstance(url, str) or not url.startswith("/") or "\0" in url:
        raise RequestError(422, "bad-url", "url: expected the path of a model's folder on this machine, from / on")
    return name, url
