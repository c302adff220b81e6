"""The desk's pages in the order of the loop: what the header leads to."""

from typing import NamedTuple

from saekdong.web.access import Least


class Station(NamedTuple):
    """A page that the header leads to: its address, the key of its name among the texts, and the least role."""

    address: str
    name: str
    least: Least = "viewer"


STATIONS = (
    Station("/desk", "dashboard"),
    Station("/desk/review", "review", "editor"),
    Station("/desk/products", "products_at_desk"),
    Station("/desk/data", "data"),
    Station("/desk/training", "training"),
    Station("/desk/models", "models"),
    Station("/desk/inference", "inference"),
    Station("/desk/notebooks", "notebooks"),
    Station("/desk/people", "people", "admin"),
)


def current_station(path: str) -> str:
    """Return the address of the station that a page belongs to; empty if to none."""
    if path == "/desk":
        return path
    below = (each.address for each in STATIONS if each.address != "/desk")
    return next((each for each in below if path.startswith((each, each.removesuffix("s")))), "")
