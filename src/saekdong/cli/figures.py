"""Print a model's figures on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import show
from saekdong.lang import Lang, counted

if TYPE_CHECKING:
    from saekdong.color import Vocabulary
    from saekdong.model.evaluation import Evaluation
    from saekdong.model.goals import Outcome
    from saekdong.model.intervals import Interval
    from saekdong.model.measured import Unmeasured
    from saekdong.tagging.photo_evaluation import PhotoEvaluation
    from saekdong.tagging.scoring import LabelTags
    from saekdong.tagging.verdict import TagComparison


def show_evaluation(result: "Evaluation", lang: Lang) -> None:
    """Print accuracy with its interval, and precision and recall by label."""
    for name, figure in (
        ("accuracy", result.accuracy),
        ("balanced accuracy", result.balanced_accuracy),
        ("macro F1", result.macro_f1),
    ):
        _show_interval(name, figure)
    click.echo(f"{'log loss':<18} {result.log_loss:.3f}")
    click.echo(f"{'calibration error':<18} {result.calibration_error:.3f}")
    rows = [
        (
            show.swatch_cells(label.swatch),
            label.name(lang),
            score.rows,
            _percent(score.precision),
            _percent(score.recall),
        )
        for label, score in zip(result.vocabulary, result.labels, strict=True)
    ]
    show.table("", ["", "label", "rows", "precision", "recall"], rows)


def show_confusion(result: "Evaluation", lang: Lang) -> None:
    """Print the confusion matrix: given labels down, predicted ones across."""
    names = [label.name(lang) for label in result.vocabulary]
    rows = [(name, *(f"{value:g}" for value in line)) for name, line in zip(names, result.confusion, strict=True)]
    show.table("given (down), predicted (across)", ["", *names], rows)


def show_photo_evaluation(result: "PhotoEvaluation", lang: Lang) -> None:
    """Print top1, precision, recall and f1 with their intervals, each label's, and the most frequent confusions."""
    from saekdong.color import OTHER_LABEL
    from saekdong.tagging.scoring import FIGURES

    for name in FIGURES:
        _show_interval(name, getattr(result, name))
    click.echo(f"{'calibration error':<18} {result.calibration_error:.3f}")
    rows = [
        (
            show.swatch_cells(label.swatch),
            label.name(lang),
            score.photos,
            _percent(score.precision.value),
            _percent(score.recall.value),
        )
        for label, score in zip(result.vocabulary, result.labels, strict=True)
        if score.photos or score.given
    ]
    show.table("", ["", "label", "photos", "precision", "recall"], rows)
    if result.worst:
        by_id = {label.id: label.name(lang) for label in (*result.vocabulary, OTHER_LABEL)}
        pairs = [(by_id[pair.given], by_id[pair.predicted], f"{pair.photos:.1f}") for pair in result.worst]
        show.table("most frequent confusions", ["color of the product", "first tag", "photos"], pairs)


def show_unmeasured(labels: "Unmeasured", cases: str) -> None:
    """Warn on stderr about labels that the model never finds, and about those with too few cases to measure."""
    if labels.never:
        show.message(f"saekdong: never found (recall 0): {_counted(labels.never)}; check or add their {cases}")
    if labels.few:
        show.message(f"saekdong: too few {cases} to measure well: {_counted(labels.few)}; add more")


def _counted(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{label} ({count})" for label, count in labels.items())


def show_goals(outcomes: Sequence["Outcome"]) -> bool:
    """Print each goal and whether it is met; return whether all are."""
    for outcome in outcomes:
        verdict = "met" if outcome.met else "MISSED"
        show.message(f"goal {outcome.goal}: {outcome.value:.4f}, {verdict}")
    return all(outcome.met for outcome in outcomes)


def _show_interval(name: str, figure: "Interval") -> None:
    click.echo(f"{name:<18} {figure.value:.3f}  (95%: {figure.low:.3f} to {figure.high:.3f})")


def _percent(share: float) -> str:
    return "-" if share != share else f"{share:.1%}"


def show_tag_comparison(comparison: "TagComparison", photos: int, vocabulary: "Vocabulary", lang: Lang) -> None:
    """Print the figures before and after, the verdict, and each label's recall and precision."""
    from saekdong.tagging.verdict import DECIDING

    before, after = (score.figures() for score in comparison.scores)
    click.echo(f"{counted(photos, 'photo')}, each tagged by a model that was not taught with it")
    rows = []
    for figure in DECIDING:
        rise = comparison.differences[figure]
        interval = f"{rise.low:+.3f} to {rise.high:+.3f}"
        rows.append((figure, f"{before[figure]:.3f}", f"{after[figure]:.3f}", f"{rise.value:+.3f}", interval))
    show.table("", ["", "before", "after", "difference", "95% interval"], rows)
    click.echo(f"verdict: {comparison.verdict}")
    lines = [(vocabulary[old.code].name(lang), new.photos, *_percents(old, new)) for old, new in _labels(comparison)]
    show.table("", ["label", "photos", "recall before", "after", "precision before", "after"], lines)
    right, wrong = comparison.count_changes()
    click.echo(f"{counted(len(comparison.changes), 'changed first tag')}: {right:,} now right, {wrong:,} now wrong")


def _percents(old: "LabelTags", new: "LabelTags") -> Iterator[str]:
    for label in (old, new):
        yield f"{label.recall:.0%}" if label.photos else "-"
    for label in (old, new):
        yield f"{label.precision:.0%}" if label.given else "-"


def _labels(comparison: "TagComparison") -> "Iterator[tuple[LabelTags, LabelTags]]":
    """Yield each label's figures before and after; a label that only one of them has gets zeros in the other."""
    from saekdong.tagging.scoring import LabelTags

    before, after = ({label.code: label for label in score.labels} for score in comparison.scores)
    for code in sorted(before | after):
        missing = LabelTags(code, 0, 0, 0, 0)
        yield before.get(code, missing), after.get(code, missing)


def _figures(label: "LabelTags") -> dict[str, float]:
    return {"precision": label.precision, "recall": label.recall}


def tag_comparison(comparison: "TagComparison", vocabulary: "Vocabulary") -> dict[str, Any]:
    """Return the figures before and after as plain data."""
    before, after = comparison.scores
    right, wrong = comparison.count_changes()
    ids = vocabulary.ids
    return {
        "before": before.figures(),
        "after": after.figures(),
        "differences": {name: vars(rise) for name, rise in comparison.differences.items()},
        "verdict": comparison.verdict,
        "labels": {
            ids[new.code]: {"photos": new.photos, "before": _figures(old), "after": _figures(new)}
            for old, new in _labels(comparison)
        },
        "changes": {"photos": len(comparison.changes), "wrong_to_right": right, "right_to_wrong": wrong},
    }
