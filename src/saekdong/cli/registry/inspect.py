"""`saekdong registry list` and `show`: the versions, what they were made of, and which of them served when."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.cli.registry.opening import opened_to_read
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.loop import Loop, ModelVersion


@click.command(
    epilog=options.examples("saekdong registry list", "saekdong registry list --format json"),
)
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def list_versions(workspace: Workspace, form: str) -> int:
    """List all versions, the oldest first, with their names: the champion tags, the challenger wants to."""
    with opened_to_read(workspace) as loop:
        products = _products(workspace)
        names = _names(loop)
        rows = [_row(version, names, products) for version in loop.versions()]
    show.records(rows, form)
    return 0


@click.command(epilog=options.examples("saekdong registry show champion", "saekdong registry show shop@7"))
@click.argument("version")
@options.output_format("table", "table", "json")
@options.workspace
def show_version(workspace: Workspace, version: str, form: str) -> int:
    """Show what VERSION was made of, and from when to when it was the champion.

    VERSION is a version such as shop@7, 'champion', 'challenger', or a model's name for its latest version.
    """
    with opened_to_read(workspace) as loop:
        found = loop.version(version)
        about = {**_row(found, _names(loop), _products(workspace)), **_lineage(found), "served": _served(loop, found)}
    if form == "json":
        show.json_result(about, form)
        return 0
    served = about.pop("served")
    show.facts([(name, _text(value)) for name, value in about.items() if value not in ("", None, {}, [])])
    if served:
        show.table("served as", list(served[0]), [list(each.values()) for each in served])
    return 0


def _row(version: "ModelVersion", names: Mapping[str, str], products: Mapping[str, int]) -> dict[str, Any]:
    return {
        "version": str(version),
        "alias": names.get(str(version), ""),
        "model": version.model.short,
        "made": str(version.lineage.recipe.get("kind", "")),
        "parent": version.parent,
        "photos": len(version.lineage.photos),
        "by": version.by,
        "at": version.at,
        "products": products.get(version.model, 0),
    }


def _lineage(version: "ModelVersion") -> dict[str, Any]:
    made = version.lineage
    return {
        "id": version.model,
        "recipe": dict(made.recipe),
        "answers": made.answers,
        "features": made.features,
        "seed": made.seed,
        "saekdong": made.saekdong,
        "figures": dict(made.figures),
    }


def _names(loop: "Loop") -> dict[str, str]:
    """Return the names that each version has now."""
    now = {alias.name: alias.version for alias in loop.aliases()}
    found: dict[str, str] = {}
    for name, version in now.items():
        if version:
            found[version] = f"{found[version]}, {name}" if version in found else name
    return found


def _served(loop: "Loop", version: "ModelVersion") -> list[dict[str, str]]:
    """Return when a version had which name, and why."""
    ends: dict[str, str] = {}
    served = []
    for alias in reversed(loop.aliases()):
        if alias.version == str(version):
            until = ends.get(alias.name, "")
            served.append({"name": alias.name, "since": alias.since, "until": until, "by": alias.by, "why": alias.why})
        ends[alias.name] = alias.since
    return served[::-1]


def _products(workspace: Workspace) -> dict[str, int]:
    """Return how many products have tags of each model, by its id."""
    if not workspace.catalog_file.exists():
        return {}
    with workspace.catalog_to_read() as store:
        return {model.id: count for model, count in store.models()}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)
