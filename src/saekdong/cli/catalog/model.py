"""`saekdong catalog model`: show or change the model that tags the catalog."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import endpoints, options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.contract import Store
    from saekdong.catalog.ingest.model_change import ModelChange
    from saekdong.loop import ModelVersion
    from saekdong.registry import Selection
    from saekdong.registry.promotion import Promoted

_MOVES = 20
_FEEDS = 3


@click.command(
    epilog=options.examples(
        "saekdong catalog model",
        "saekdong catalog model models/shop",
        "saekdong catalog model shop --all --yes",
        "saekdong catalog model starter",
    )
)
@click.argument("model", required=False)
@click.option("--all", "compare_all", is_flag=True, help="Compare all products, not a sample of 300.")
@click.option("--yes", is_flag=True, help="Change the model without asking.")
@click.option("--jobs", type=click.IntRange(1, 256), help="The number of processes that tag. [default: one per core]")
@options.by
@options.allow_private
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    model: str | None,
    compare_all: bool,
    yes: bool,
    jobs: int | None,
    by: str,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Show the model that tags the catalog, or change it to MODEL: a model.tar.gz, its folder, its name or 'starter'.

    Before a change, a sample of the catalog's photos is tagged again and the differences are shown; nothing is
    written until you agree. Labels that people chose are never changed. MODEL is registered and becomes the champion:
    products whose photos' features are stored are tagged again at once, the others by the next 'catalog add'. To see
    the gate first, and to change only what gets better, use 'saekdong registry promote'.
    """
    with workspace.catalog() if model else workspace.catalog_to_read() as store:
        if model is None:
            _show_model(workspace, store, form)
            return 0
        new = workspace.registry.named(model)
        current = _current(workspace)
        if current and current.model.id == new.model.id and _has(store, new):
            show.message(f"saekdong: the catalog's model is already {current.model}")
            return 0
        change = _compare(store, new, compare_all, jobs, allow_private)
        about = _about(store, current, new, change)
        if form == "json":
            show.json_result(about, form)
        else:
            _show_change(about, _names(current, new, lang))
        if not (yes or _agreed(new)):
            show.message("saekdong: nothing is changed")
            return 1
        promoted = _take(workspace, store, new, by)
        _show_next(store, promoted.version)
    return endpoints.show_followed(promoted.endpoints)


def _unset(models: list[Any]) -> str:
    return "not set; it tagged the products" if models else "not set; the first 'catalog add' takes this model"


def _current(workspace: Workspace) -> "Selection | None":
    """Return the catalog's model; None, with a message, if it cannot be used: that must not prevent a change."""
    try:
        return workspace.registry.for_photos(None)
    except SaekdongError as error:
        show.message(f"saekdong: {error.problem}")
        return None


def _has(store: "Store", new: "Selection") -> bool:
    current = store.model()
    return current is not None and current.id == new.model.id


def _take(workspace: Workspace, store: "Store", new: "Selection", by: str) -> "Promoted":
    """Make a model the champion and the catalog's; a killed process leaves the old one, or a job to continue."""
    from saekdong.feature_store import FeatureStore
    from saekdong.registry.promotion import Promoter
    from saekdong.registry.registering import champion_of, register_artifact

    state = workspace.catalog_model()
    with workspace.loop() as loop, FeatureStore.beside(store.path) as features, show.progress() as bars:
        champion_of(loop, state, by)
        version = register_artifact(loop, by, new.model.name, new.model.packed, new.artifact, "catalog model")
        task = bars.add_task("Tagging", total=sum(store.feed_counts().values()), note="")
        return Promoter(loop, store, features, workspace.champion_endpoints(show.message).follow).replace(
            version, by, "catalog model", lambda done: bars.update(task, completed=done, note=f"{done:,} products")
        )


def _agreed(new: "Selection") -> bool:
    if not sys.stdin.isatty():
        raise SaekdongError("there is no terminal to ask on, so nothing is changed", fix="agree with --yes")
    return click.confirm(f"Use {new.model} for this catalog?", err=True)


def _show_model(workspace: Workspace, store: "Store", form: str) -> None:
    selected = workspace.registry.for_photos(None)
    for warning in selected.warnings:
        show.message(f"saekdong: {warning}")
    models = store.models()
    content: dict[str, Any] = {
        **_identity(selected),
        "taught": selected.artifact.tags_photos,
        "labels": list(selected.artifact.vocabulary.ids),
        "since": selected.model.since if store.model() else None,
        "products": sum(count for model, count in models if model.id == selected.model.id),
        "others": [
            {"name": model.name, "id": model.id.short, "products": count}
            for model, count in models
            if model.id != selected.model.id
        ],
    }
    if form == "json":
        show.json_result(content, form)
        return
    others = ", ".join(f"{each['products']:,} by {each['name']} ({each['id']})" for each in content["others"])
    rows = [
        ("model", f"{selected}"),
        ("kind", "taught from photos" if content["taught"] else "from rows of colors: made for colors, not for photos"),
        ("labels", ", ".join(content["labels"])),
        ("since", content["since"] or _unset(models)),
        ("products tagged by it", f"{content['products']:,}"),
    ]
    show.facts([*rows, ("until their feeds are added again", others)] if others else rows)


def _identity(selected: "Selection") -> dict[str, str]:
    return {"name": selected.model.name, "id": selected.model.id.short}


def _compare(
    store: "Store", new: "Selection", compare_all: bool, jobs: int | None, allow_private: bool
) -> "ModelChange":
    from saekdong.catalog.ingest.model_change import SAMPLE, compare
    from saekdong.catalog.ingest.resources import open_resources

    with (
        open_resources(store, new.model, new.artifact, None, jobs, allow_private) as resources,
        show.progress() as bars,
    ):
        task = bars.add_task("Comparing", total=None, note="")
        return compare(
            resources,
            None if compare_all else SAMPLE,
            lambda done, total: bars.update(task, completed=done, total=total, note=f"{done:,} of {total:,} products"),
        )


def _about(store: "Store", current: "Selection | None", new: "Selection", change: "ModelChange") -> dict[str, Any]:
    from saekdong.color import OTHER

    now = store.label_counts()
    before = {*now, *(current.artifact.vocabulary.ids if current else ())} - {OTHER}
    after = new.artifact.vocabulary.ids
    low, high = change.interval()
    return {
        "current": _identity(current) if current else None,
        "new": _identity(new),
        "taught": new.artifact.tags_photos,
        "missed_goal": new.artifact.missed_goal,
        "products": change.products,
        "compared": change.compared,
        "unread": change.unread,
        "corrected": change.corrected,
        "fixed": change.fixed,
        "first_changed": change.moved,
        "share": round(change.share, 4),
        "interval": [round(low, 4), round(high, 4)],
        "tags_changed": change.relabeled,
        "moves": [
            {"from": before, "to": after, "products": count} for (before, after), count in change.moves.most_common()
        ],
        "appear": [label for label in after if label not in before],
        "vanish": {label: now.get(label, 0) for label in sorted(before.difference(after))},
    }


def _names(current: "Selection | None", new: "Selection", lang: Lang) -> dict[str, str]:
    labels = [*(current.artifact.vocabulary if current else ()), *new.artifact.vocabulary]
    return {label.id: label.name(lang) for label in labels}


def _show_change(about: Mapping[str, Any], names: Mapping[str, str]) -> None:
    def name(label: str) -> str:
        return names.get(label, label) or "no label"

    old, new = about["current"], about["new"]
    click.echo(f"now: {old['name']} ({old['id']})" if old else "now: unknown")
    click.echo(f"new: {new['name']} ({new['id']})")
    rows = [(name(move["from"]), name(move["to"]), move["products"]) for move in about["moves"][:_MOVES]]
    if rows:
        show.table("first label", ["now", "then", "products"], rows)
    if (more := len(about["moves"]) - _MOVES) > 0:
        click.echo(f"and {counted(more, 'more pair', 'more pairs')} of labels")
    low, high = about["interval"]
    bounds = f" (95%: {low:.1%} to {high:.1%} of all {about['products']:,})" if low != high else ""
    compared = f"{counted(about['compared'], 'product')} compared"
    click.echo(f"{compared}; with another first label: {about['first_changed']:,}, {about['share']:.1%}{bounds}")
    click.echo(f"with other labels or another order of them: {about['tags_changed']:,}")
    for line in _notes(about, name):
        click.echo(line)


def _notes(about: Mapping[str, Any], name: Any) -> list[str]:
    """Return further facts for the user's decision."""
    notes = []
    if about["appear"]:
        notes.append(f"labels that appear: {', '.join(map(name, about['appear']))}")
    if about["vanish"]:
        lost = ", ".join(f"{name(label)} ({counted(count, 'product')} now)" for label, count in about["vanish"].items())
        notes.append(f"labels that vanish: {lost}")
    if about["corrected"]:
        notes.append(f"labels are kept of {counted(about['corrected'], 'product')} that people corrected")
    if about["fixed"]:
        notes.append(f"tags are kept of {counted(about['fixed'], 'posted product')}, whose photos are not stored")
    if about["unread"]:
        notes.append(f"{counted(about['unread'], 'product')} left out: no photo could be read")
    if not about["taught"]:
        notes.append("this model learned from rows of colors: it was made for colors, not for photos")
    if about["missed_goal"]:
        notes.append("this model missed its goal, or did worse than the starter")
    return notes


def _show_next(store: "Store", version: "ModelVersion") -> None:
    from saekdong.catalog.products import API_FEED

    others = sum(count for model, count in store.models() if model.id != version.model)
    if not others:
        show.message(f"saekdong: the catalog's model is now {version}, and all tags are by it")
        return
    feeds = [feed for feed in store.feed_counts() if feed != API_FEED]
    rest = counted(others, "product")
    show.message(f"saekdong: the catalog's model is now {version}; the next 'catalog add' tags {rest} again")
    for feed in feeds[:_FEEDS]:
        show.message(f"next: saekdong catalog add {feed}")
    if len(feeds) > _FEEDS:
        show.message(f"      and {counted(len(feeds) - _FEEDS, 'more feed')}: see 'saekdong catalog stats'")
