"""Categories: paths from the broadest level down, such as `Apparel > Shoes`, by one rule wherever they come from."""

from itertools import islice

SEPARATOR = " > "
"""Stands between the levels of a path."""

MOST_LEVELS = 20
"""Most levels of a category; each is a row of the filter's counts for every label."""


def category_path(text: str) -> str:
    """Return a category's path with one blank around each `>`, no empty level, and at most `MOST_LEVELS` levels.

    Example:
        >>> category_path("Apparel>Shoes > ")
        'Apparel > Shoes'
    """
    levels = (" ".join(each.split()) for each in text.split(">"))
    return SEPARATOR.join(islice(filter(None, levels), MOST_LEVELS))


def paths_down_to(path: str) -> list[str]:
    """Return the paths of all categories that a category belongs to, from the broadest to itself.

    Example:
        >>> paths_down_to("Home > Kitchen"), paths_down_to("")
        (['Home', 'Home > Kitchen'], [])
    """
    levels = path.split(SEPARATOR) if path else []
    return [SEPARATOR.join(levels[: depth + 1]) for depth in range(len(levels))]
