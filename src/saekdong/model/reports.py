"""The reports: self-contained HTML pages, in English or Korean."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from saekdong.color import Vocabulary
from saekdong.lang import Lang
from saekdong.model import charts
from saekdong.model.classifier import Classifier
from saekdong.model.compiling import TableAgreement
from saekdong.model.description import Description
from saekdong.model.evaluation import Evaluation
from saekdong.model.goals import Outcome
from saekdong.model.rows import Rows
from saekdong.model.rtree import Node, PrunedTree, RTree, nodes_of
from saekdong.model.texts import TEXTS

_TEMPLATES = Path(__file__).parent / "templates"


def rows_report(name: str, rows: Rows, about: Description, lang: Lang) -> str:
    """Return the HTML page that describes the rows of the file called `name`."""
    return render(
        "rows.html.j2",
        lang,
        title=TEXTS["rows_title"][lang].format(file=name),
        about=about,
        names={label.id: label.name(lang) for label in rows.vocabulary},
        bars=safe_svg(charts.label_bars(rows, lang)),
        planes=safe_svg(charts.lab_planes(rows, lang)),
    )


def training_report(
    classifier: Classifier, result: Evaluation, agreement: TableAgreement, outcomes: Sequence[Outcome], lang: Lang
) -> str:
    """Return the HTML page about a newly trained model."""
    return _evaluation_page(
        str(classifier.recipe),
        TEXTS["cross_validated"][lang],
        result,
        outcomes,
        lang,
        agreement=agreement,
        **_tree_parts(classifier, lang),
    )


def evaluation_report(model: str, file: str, result: Evaluation, outcomes: Sequence[Outcome], lang: Lang) -> str:
    """Return the HTML page on a model (its name or recipe) evaluated on the rows of a file."""
    how = TEXTS["evaluated"][lang].format(file=file)
    return _evaluation_page(model, how, result, outcomes, lang, agreement=None, tree=None, tree_text=None, leaves=0)


def tree_text(nodes: Sequence[Node], channels: Sequence[str], vocabulary: Vocabulary, lang: Lang) -> str:
    """Return a tree as indented lines, as R prints it: the condition, the rows, the label and its share."""
    conditions = [""] * len(nodes)
    for node in nodes:
        if node.feature is not None and node.left is not None and node.right is not None:
            name = channels[node.feature]
            conditions[node.left] = f"{name} < {node.threshold:.4g}"
            conditions[node.right] = f"{name} > {node.threshold:.4g}"
    lines = []
    for node, condition in zip(nodes, conditions, strict=True):
        leaf = " *" if node.feature is None else ""
        name = vocabulary[node.code].name(lang)
        lines.append(f"{'  ' * node.depth}{condition or 'root'}  {node.rows:,}  {name} ({node.share:.0%}){leaf}")
    return "\n".join(lines)


def _tree_parts(classifier: Classifier, lang: Lang) -> dict[str, Any]:
    if not isinstance(classifier.estimator, RTree | PrunedTree):
        return {"tree": None, "tree_text": None, "leaves": 0}
    nodes = nodes_of(classifier.estimator)
    drawn = charts.tree_picture(nodes, classifier.channels, classifier.vocabulary, lang)
    return {
        "tree": safe_svg(drawn) if drawn else None,
        "tree_text": tree_text(nodes, classifier.channels, classifier.vocabulary, lang),
        "leaves": sum(node.feature is None for node in nodes),
    }


def _evaluation_page(
    model: str, how: str, result: Evaluation, outcomes: Sequence[Outcome], lang: Lang, **more: Any
) -> str:
    return render(
        "evaluation.html.j2",
        lang,
        title=TEXTS["evaluation_title"][lang],
        model=model,
        how=how,
        result=result,
        outcomes=outcomes,
        by_id={label.id: label for label in result.vocabulary},
        confusion=safe_svg(charts.confusion_picture(result, lang)),
        calibration=safe_svg(charts.calibration_curve(result.bins, lang)),
        **more,
    )


def render(template: str, lang: Lang, **values: Any) -> str:
    """Return the page of a template of this package for the values, with every text escaped."""
    texts: Mapping[str, str] = {key: text[lang] for key, text in TEXTS.items()}
    return _environment().get_template(template).render(lang=lang, t=texts, **values)


def safe_svg(svg: str) -> Markup:
    """Mark a chart of `charts` as markup that needs no escaping."""
    # matplotlib escapes every text in an SVG.
    return Markup(svg)  # noqa: S704


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
