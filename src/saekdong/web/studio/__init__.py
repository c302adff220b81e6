"""The shop's listing in a browser: a color filter, products with their colors, and a person's corrections."""

from saekdong.web.studio.app import build_studio

__all__ = ["build_studio"]
