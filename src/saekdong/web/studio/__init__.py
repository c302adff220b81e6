"""What `saekdong studio` serves: the shop, the desk and the catalog's API as one app, or the shop alone."""

from saekdong.web.studio.app import build_studio
from saekdong.web.studio.shop_app import build_shop

__all__ = ["build_shop", "build_studio"]
