"""`saekdong review`: ask people about products, one after another, and record what they say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saekdong.cli import options, show
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.color import Vocabulary
    from saekdong.evidence.audit import Estimate
    from saekdong.loop import Purpose
    from saekdong.loop.draws import ItemState
    from saekdong.review.queue import Question, ReviewQueue, ReviewStats
    from saekdong.tagging import Tagger

_F = TypeVar("_F", bound=Callable[..., Any])

NOTHING_TO_ASK = "saekdong: nothing to ask; fill the queue with 'saekdong review draw'"


def _count(purpose: str, default: int, what: str) -> Callable[[_F], _F]:
    """Add the option of how many products of a purpose are asked about in a week."""
    return click.option(
        f"--{purpose}", type=click.IntRange(0, 1000), default=default, show_default=True, metavar="N", help=what
    )


@click.group()
def command() -> None:
    """Ask people about products: to measure the accuracy, to teach, and to find wrong labels."""


@command.command(epilog=options.examples("saekdong review draw", "saekdong review draw --audit 50 --teach 0"))
@_count("audit", 25, "Products drawn at random: their answers prove the accuracy.")
@_count("teach", 20, "Products whose answers teach the next model most.")
@_count("suspect", 10, "Products whose answer, words or tag are probably wrong.")
@_count("rare", 5, "Products of labels that have few answers.")
@options.seed
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def draw(workspace: Workspace, audit: int, teach: int, suspect: int, rare: int, seed: int, form: str) -> int:
    """Fill the queue with this week's products.

    What was drawn in this week before counts, so the command may run every day. A product is not drawn for the audit
    while it waits for an answer to an earlier audit.
    """
    counts: dict[Purpose, int] = {"audit": audit, "teach": teach, "suspect": suspect, "rare": rare}
    with _queue(workspace, _tagger(workspace)) as (queue, _):
        added = queue.draw(counts, seed)
    show.records([{"purpose": purpose, "added": count} for purpose, count in added.items()], form)
    return 0


@command.command(
    "next", epilog=options.examples("saekdong review next", "saekdong review next --by mina --format json")
)
@options.by
@options.output_format("table", "table", "json", "jsonl")
@options.lang
@options.workspace
def next_item(workspace: Workspace, by: str, form: str, lang: Lang) -> int:
    """Show the next product to answer about; for two minutes no other person gets it.

    The model's labels are shown, except for products that measure the accuracy: an answer must not follow the model's.
    """
    with _queue(workspace) as (queue, vocabulary):
        question = next(iter(queue.next(by)), None)
    if question is None:
        show.message(NOTHING_TO_ASK)
    elif form != "table":
        show.json_result(_record(question), form)
    else:
        _show(question, vocabulary, lang)
    return 0


@command.command(
    epilog=options.examples(
        "saekdong review answer 12 navy white",
        "saekdong review answer 12 8",
        "saekdong review answer 12 --right",
        "saekdong review answer 12 --skip --by mina",
    )
)
@click.argument("item", type=click.IntRange(1))
@click.argument("labels", nargs=-1)
@click.option("--right", is_flag=True, help="The labels shown are right.")
@click.option("--other", is_flag=True, help="No label fits.")
@click.option("--skip", is_flag=True, help="You cannot say; the item is not asked again.")
@options.by
@options.output_format("table", "table", "json", "jsonl")
@options.workspace
def answer(
    workspace: Workspace,
    item: int,
    labels: tuple[str, ...],
    right: bool,
    other: bool,
    skip: bool,
    by: str,
    form: str,
) -> int:
    """Record that the product of ITEM has these LABELS, the main one first: ids, names, or the numbers of 'next'."""
    if sum((bool(labels), right, other, skip)) != 1:
        raise click.UsageError("give either LABELS, --right, --other or --skip")
    with _queue(workspace) as (queue, vocabulary):
        if skip:
            number = queue.skip(by, item)
        elif right:
            number = queue.confirm(by, item)
        else:
            number = queue.answer(by, item, ["other"] if other else [_label(text, vocabulary) for text in labels])
    if form == "table":
        show.message(f"saekdong: answer {number} to item {item} is recorded")
    else:
        show.json_result({"answer": number, "item": item}, form)
    return 0


@command.command(epilog=options.examples("saekdong review undo", "saekdong review undo --by mina"))
@options.by
@options.output_format("table", "table", "json", "jsonl")
@options.workspace
def undo(workspace: Workspace, by: str, form: str) -> int:
    """Let your last answer no longer count; repeat it to go further back.

    The product gets the labels that it had before, and its item is asked again.
    """
    with _queue(workspace) as (queue, _):
        undone = queue.undo(by)
    if undone is None:
        show.message(f"saekdong: {by} has no answer to undo")
    elif form == "table":
        show.message(f"saekdong: answer {undone.number} about product {undone.said.product} no longer counts")
    else:
        show.json_result({"answer": undone.number, "product": undone.said.product, "item": undone.said.item}, form)
    return 0


@command.command(epilog=options.examples("saekdong review stats", "saekdong review stats --format json"))
@options.output_format("table", "table", "json", "jsonl")
@options.workspace
def stats(workspace: Workspace, form: str) -> int:
    """Show answers a week, open items, how often two people agree, and the accuracy that the audit proves."""
    with _queue(workspace) as (queue, _):
        figures = queue.stats()
    if form != "table":
        from dataclasses import asdict

        show.json_result(asdict(figures), form)
        return 0
    _show_stats(figures)
    return 0


@contextmanager
def _queue(workspace: Workspace, tagger: "Tagger | None" = None) -> "Iterator[tuple[ReviewQueue, Vocabulary]]":
    """Open the workspace's queue; the catalog has what people answered before."""
    from saekdong.feature_store import FeatureStore
    from saekdong.loop import Loop
    from saekdong.review.corrections import reconcile
    from saekdong.review.queue import ReviewQueue

    with (
        workspace.catalog(make=False) as store,
        Loop.beside(store.path) as loop,
        FeatureStore.beside(store.path) as features,
    ):
        reconcile(loop, store)
        yield ReviewQueue(loop, store, features, tagger), store.vocabulary


def _tagger(workspace: Workspace) -> "Tagger | None":
    from saekdong.errors import SaekdongError
    from saekdong.tagging import Tagger

    try:
        return Tagger(workspace.registry.for_photos(None).artifact)
    except SaekdongError as error:
        show.message(f"saekdong: {error}")
        return None


def _label(text: str, vocabulary: "Vocabulary") -> str:
    """Return the id of the label that a text means: a number counts from 1; another text is returned as it is."""
    if text.isdecimal() and 1 <= int(text) <= len(vocabulary):
        return vocabulary[int(text) - 1].id
    found = vocabulary.find(text)
    return found.id if found else "other" if vocabulary.means_other(text) else text


def _record(question: "Question") -> dict[str, Any]:
    product = question.product.product
    return {
        "item": question.item,
        "purpose": question.purpose,
        "product": product.id,
        "title": product.title,
        "category": product.category,
        "photos": list(product.photos),
        "labels": question.labels,
    }


def _show(question: "Question", vocabulary: "Vocabulary", lang: Lang) -> None:
    record = _record(question)
    find = show.label_finder([vocabulary])
    labels = record.pop("labels")
    shown = "hidden" if labels is None else ", ".join(f"{find(each).name(lang)} {labels[each]:.0%}" for each in labels)
    photos: Sequence[str] = record.pop("photos")
    show.facts([*record.items(), ("photo", photos[0] if photos else ""), ("labels", shown)])
    rows = [[n, show.swatch_cells(each.swatch), each.id, each.name(lang)] for n, each in enumerate(vocabulary, start=1)]
    show.table("", ["number", "", "id", "label"], rows)


def _show_stats(figures: "ReviewStats") -> None:
    states: tuple[ItemState, ...] = ("open", "answered", "skipped", "gone")
    show.table(
        "",
        ["purpose", *states],
        [[purpose, *(items.get(state, 0) for state in states)] for purpose, items in figures.items.items()],
    )
    show.facts(
        [
            *_counts("answers in", figures.weeks),
            *_counts("answers by", figures.people),
            ("two people agree", _estimate(figures.agreement)),
            ("accuracy, by the audit", _estimate(figures.accuracy)),
        ]
    )


def _counts(what: str, counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(f"{what} {name}", f"{count:,}") for name, count in counts.items()]


def _estimate(estimate: "Estimate | None") -> str:
    if estimate is None:
        return "too few answers"
    return f"{estimate.value:.0%} ({estimate.low:.0%}-{estimate.high:.0%}, {counted(estimate.answers, 'answer')})"
