"""What commands report about endpoints that follow the champion."""

from collections.abc import Mapping, Sequence
from typing import Any

from saekdong.cli import show


def show_followed(endpoints: Sequence[Mapping[str, Any]]) -> int:
    """Print what happened to each endpoint.

    Args:
        endpoints: as `ChampionEndpoints.follow` returns them.

    Returns:
        The exit code: 1 if one should have the champion and has not.
    """
    for each in endpoints:
        suffix = "" if each["on"] == "local" else f" --on {each['on']}"
        update = f"'saekdong deploy champion --name {each['name']}{suffix}' updates it"
        if not each["name"]:
            show.message(f"saekdong: the endpoints on {each['on']} keep their models: {each['reason']}")
        elif each["state"] == "updated":
            show.message(f"saekdong: endpoint {each['name']} has the champion now")
        elif each["state"] == "left":
            show.message(f"saekdong: endpoint {each['name']} keeps its model: {each['reason']}; {update}")
        elif each["state"] == "failed":
            show.message(
                f"saekdong: endpoint {each['name']} keeps its model, but should not: {each['reason']}; {update}"
            )
    return int(any(each["state"] == "failed" for each in endpoints))
