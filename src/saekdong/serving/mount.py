"""What is served beside the model, such as a catalog's API."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prometheus_client import Metric


class Mount(Protocol):
    """Routes and figures of another package, and the pages that may use them."""

    @property
    def origins(self) -> Sequence[str]:
        """Origins of pages elsewhere that may send requests, such as `https://shop.example`; `*` for all."""
        ...

    def add_to(self, app: "FastAPI") -> None:
        """Add the routes to an app that answers `RequestError`."""
        ...

    def figures(self) -> "Iterable[Metric]":
        """Return what `/metrics` also has; called in a thread."""
        ...
