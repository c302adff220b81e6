"""The models of a shop: what lies in its models' folder, and which of them a command uses."""

from saekdong.registry.folder import STARTER_MODEL, ModelFolder
from saekdong.registry.registry import Registry, Selection

__all__ = ["STARTER_MODEL", "ModelFolder", "Registry", "Selection"]
