"""`saekdong registry replay`: what captured requests would get from another version."""

from itertools import chain
from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.registry.opening import opened_to_read
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.registry.replaying import Replay

_FLOWS = 20
_NAMED = 3


@click.command(
    epilog=options.examples(
        "saekdong registry replay challenger",
        "saekdong registry replay shop@7 --captured endpoints/shop --format json",
        "saekdong registry replay challenger --captured s3://BUCKET/captures",
    )
)
@click.argument("version")
@click.option(
    "--captured",
    "places",
    multiple=True,
    metavar="PLACE",
    help="A folder or s3:// address of captured requests. [default: those of the workspace]",
)
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, version: str, places: tuple[str, ...], form: str, lang: Lang) -> int:
    """Answer captured requests with VERSION, and show which answers would have another first label.

    Nothing is sent to an endpoint and nothing is written. A photo that was not captured is tagged from its features in
    the catalog, if they are stored.
    """
    from saekdong.captures import read_captures
    from saekdong.feature_store import FeatureStore
    from saekdong.model.artifact import unpack
    from saekdong.registry.replaying import replay

    with opened_to_read(workspace) as loop:
        new = loop.version(version)
        artifact = unpack(loop.packed(new))
    chosen = places or (str(workspace.root / "endpoints"), str(workspace.captures))
    requests = chain.from_iterable(read_captures(place, on_problem=_report) for place in chosen)
    if workspace.catalog_file.exists():
        with FeatureStore.beside(workspace.catalog_file) as features:
            found = replay(requests, artifact, features)
    else:
        found = replay(requests, artifact, None)
    if form == "json":
        show.json_result({"version": str(new), **found.to_json()}, form)
    else:
        _show(found, workspace, lang)
    return 0


def _report(problem: str) -> None:
    show.message(f"saekdong: {problem}")


def _show(found: "Replay", workspace: Workspace, lang: Lang) -> None:
    from saekdong.color import STARTER

    find = show.label_finder([workspace.vocabulary(None) or STARTER])

    def name(label: str) -> str:
        return find(label).name(lang) if label else "no label"

    flows = [
        (name(before), name(after), count, ", ".join(found.examples[before, after][:_NAMED]))
        for (before, after), count in found.flows.most_common(_FLOWS)
    ]
    if flows:
        show.table("first label", ["captured", "now", "answers", "requests such as"], flows)
    if len(found.endpoints) > 1:
        show.table("", ["endpoint", "answers that change"], list(found.endpoints.most_common()))
    changed, share = found.flows.total(), found.flows.total() / max(found.answers, 1)
    click.echo(
        f"{counted(found.replayed, 'request')} of {found.requests:,} answered again; with another first label: "
        f"{changed:,} of {counted(found.answers, 'answer')}, {share:.1%}"
    )
    if found.not_captured:
        click.echo(f"not captured, and without stored features: {counted(found.not_captured, 'request')}")
    if found.refused:
        click.echo(f"refused, or without labels to compare: {counted(found.refused, 'request')}")
