"""`saekdong compare`: whether one model is better than another."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show
from saekdong.errors import SaekdongError

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.model.comparison import Comparison


@click.command(
    epilog=options.examples(
        "saekdong compare models/spring models/summer test.csv",
        "saekdong compare a/model.tar.gz b/model.tar.gz test.csv --format json",
    )
)
@click.argument("a")
@click.argument("b")
@click.argument("rows", type=options.FILE)
@options.output_format("table", "table", "json")
@options.workspace
def command(workspace: Workspace, a: str, b: str, rows: Path, form: str) -> int:
    """Say whether model A or model B names the colors in ROWS better (McNemar's test on the same rows).

    Use rows that neither model learned from.
    """
    import numpy as np

    from saekdong.model import artifact
    from saekdong.model.comparison import compare
    from saekdong.model.reading import read_rows

    models = [artifact.load(workspace.model(name)) for name in (a, b)]
    _check_same_labels(*models)
    reading = read_rows(rows, models[0].vocabulary, least_labels=1)
    truth = np.array(reading.rows.labels())
    right = [model.predict(reading.rows.rgb) == truth for model in models]
    result = compare(*right)
    if form == "json":
        show.document({**asdict(result), "better": result.better, "rejected": len(reading.rejected)}, form)
    else:
        _show(result, a, b)
    if reading.rejected:
        show.message(f"{len(reading.rejected):,} rows rejected; see 'saekdong data check {rows}'")
    return 1 if reading.rejected else 0


def _check_same_labels(a: "Artifact", b: "Artifact") -> None:
    differing = set(a.vocabulary.ids) ^ set(b.vocabulary.ids)
    if differing:
        raise SaekdongError(
            f"the models know different labels ({', '.join(sorted(differing))})",
            fix="compare models of one vocabulary, or evaluate each on its own",
        )


def _show(result: "Comparison", a: str, b: str) -> None:
    shown = [
        ("A", a, f"{result.accuracy_a:.4f}", result.only_a),
        ("B", b, f"{result.accuracy_b:.4f}", result.only_b),
    ]
    show.table(f"{result.rows:,} rows", ["", "model", "accuracy", "right where the other is wrong"], shown)
    chance = f"p = {result.p_value:.3g}"
    if result.better:
        click.echo(f"{result.better} is better ({chance}).")
    else:
        click.echo(f"No difference can be told ({chance}); more rows may show one.")
