"""Saekdong (색동) sorts a shop's products by color.

    >>> import saekdong
    >>> model = saekdong.load("models/rows/model.tar.gz")  # doctest: +SKIP
    >>> model.predict([[73, 84, 116], [142, 117, 63]])  # doctest: +SKIP
    array(['navy', 'brown'], dtype='<U6')
    >>> saekdong.tag("shirt.jpg").tags  # doctest: +SKIP
    [Tag(label='navy', share=0.93, source='photo')]

The names in `__all__` are the public API, described in docs/python.md, together with `saekdong.sklearn` and
`saekdong.mlflow`. Everything else may change with any version. Invalid input raises `SaekdongError`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from saekdong._version import __version__
from saekdong.errors import SaekdongError

if TYPE_CHECKING:
    from saekdong.catalog.query import Query
    from saekdong.model.artifact import Artifact, load
    from saekdong.model.identity import ModelId
    from saekdong.public import Catalog, palette, tag

__all__ = ["Artifact", "Catalog", "ModelId", "Query", "SaekdongError", "__version__", "load", "palette", "tag"]

_HOMES = {
    "Artifact": "saekdong.model.artifact",
    "Catalog": "saekdong.public",
    "ModelId": "saekdong.model.identity",
    "Query": "saekdong.catalog.query",
    "load": "saekdong.model.artifact",
    "palette": "saekdong.public",
    "tag": "saekdong.public",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use, so that `import saekdong` costs next to nothing.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
