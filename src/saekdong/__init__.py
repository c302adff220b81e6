"""Saekdong (색동) sorts a shop's products by color.

    >>> import saekdong
    >>> model = saekdong.load("models/rows/model.tar.gz")  # doctest: +SKIP
    >>> model.predict([[73, 84, 116], [142, 117, 63]])  # doctest: +SKIP
    array(['navy', 'brown'], dtype='<U6')

`load` reads an artifact; `Artifact` names colors with it. Both need only NumPy. Invalid input raises
`SaekdongError`.
"""

from typing import TYPE_CHECKING, Any

from saekdong._version import __version__
from saekdong.errors import SaekdongError

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact, load

__all__ = ["Artifact", "SaekdongError", "__version__", "load"]


def __getattr__(name: str) -> Any:
    # NumPy is loaded on first use, so that `import saekdong` costs next to nothing.
    if name in ("Artifact", "load"):
        from saekdong.model import artifact

        return getattr(artifact, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
