"""What `saekdong studio` serves: the shop, the desk and the catalog's API as one app."""

from saekdong.web.studio.app import build_studio

__all__ = ["build_studio"]
