"""`saekdong registry diff`: what another version would change in the catalog."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.registry.opening import opened_promoter
from saekdong.errors import SaekdongError
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.contract import Store
    from saekdong.registry.difference import Difference

_FLOWS = 20
_GROUPS = 8
_NAMED = 3
LEAST = 0.05


def least(function: Callable[..., int]) -> Callable[..., int]:
    """Add --least."""
    return click.option(
        "--least",
        type=click.FloatRange(-1, 1),
        default=LEAST,
        show_default=True,
        help="Change a first label only if the new model is surer of it by this much; -1 changes all.",
    )(function)


@click.command(
    epilog=options.examples(
        "saekdong registry diff champion challenger",
        "saekdong registry diff champion shop@7 --least -1",
        "saekdong registry diff champion challenger --format json",
    )
)
@click.argument("a")
@click.argument("b")
@least
@options.by
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, a: str, b: str, least: float, by: str, form: str, lang: Lang) -> int:
    """Show what would change in the catalog if version B replaced version A, which is the champion.

    The tags of B come from the photos' stored features: no photo is decoded, nothing is written. Labels that people
    chose are never changed. JSON has up to 24 example products for each pair of labels.
    """
    with opened_promoter(workspace, by) as promoter:
        new, old = promoter.loop.version(b), promoter.loop.version(a)
        champion = promoter.loop.find_version("champion")
        if champion is None or old.model != champion.model:
            raise SaekdongError(
                f"{old} is not the champion, so the catalog does not have its tags", fix=f"compare champion with {new}"
            )
        with comparing(promoter.store) as on_progress:
            difference = promoter.diff(new, least, on_progress)
    if form == "json":
        show.json_result({"from": str(old), "to": str(new), "least": least, **difference.to_json()}, form)
        return 0
    click.echo(f"{old} -> {new}")
    show_difference(difference, workspace, lang)
    return 0


@contextmanager
def comparing(store: "Store", title: str = "Comparing") -> "Iterator[Callable[[int], None]]":
    """Show a bar over the catalog's products; yield what takes how many are done."""
    with show.progress() as bars:
        task = bars.add_task(title, total=sum(store.feed_counts().values()), note="")
        yield lambda done: bars.update(task, completed=done, note=f"{done:,} products")


def show_difference(difference: "Difference", workspace: Workspace, lang: Lang) -> None:
    """Print a difference: flows from label to label, by category and feed, and what is left as it is."""
    from saekdong.color import STARTER

    find = show.label_finder([workspace.vocabulary(None) or STARTER])

    def name(label: str) -> str:
        return find(label).name(lang) if label else "no label"

    flows = [
        (name(before), name(after), count, ", ".join(difference.examples[before, after][:_NAMED]))
        for (before, after), count in difference.flows.most_common(_FLOWS)
    ]
    if flows:
        show.table("first label", ["now", "then", "products", "such as"], flows)
    for title, counts in (("category", difference.categories), ("feed", difference.feeds)):
        if len(counts) > 1:
            show.table("", [title, "products"], [(key or "none", n) for key, n in counts.most_common(_GROUPS)])
    click.echo(
        f"{counted(difference.compared, 'product')} compared; with another first label: "
        f"{difference.flows.total():,}, {difference.churn:.1%}; with other labels: {difference.changed:,}"
    )
    for line in _notes(difference, name):
        click.echo(line)


def _notes(difference: "Difference", name: Callable[[str], str]) -> Iterator[str]:
    if difference.kept:
        yield f"first labels kept, since the new model is not surer enough: {counted(difference.kept, 'product')}"
    if difference.corrected:
        yield f"labels are kept of {counted(difference.corrected, 'product')} that people corrected"
    if difference.emptied:
        yield f"products that would lose all labels: {difference.emptied:,}"
    for title, labels in (("appear", difference.appear), ("vanish", difference.vanish)):
        if labels:
            yield f"labels that {title}: {', '.join(map(name, labels))}"
    if difference.without_photo:
        yield f"{counted(difference.without_photo, 'product')} without a photo that was read"
    if difference.missing:
        yield (
            f"{counted(difference.missing, 'product')} left out, since features of their photos are not stored; "
            "fill them in with 'saekdong catalog features'"
        )
