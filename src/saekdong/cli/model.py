"""`saekdong model`: export a model for other runtimes."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.workspace import Workspace


@click.group()
def command() -> None:
    """Export a model for other runtimes."""


@command.command(
    epilog=options.examples(
        "saekdong model export models/shop --to onnx --out shop.onnx",
        "saekdong model export starter --to mlflow --out starter-mlflow",
        "mlflow models serve -m starter-mlflow --env-manager local",
    )
)
@click.argument("model")
@click.option("--to", type=click.Choice(["onnx", "mlflow"]), required=True, help="The format.")
@click.option(
    "--out", type=options.FILE, required=True, help="The file to write; with --to mlflow a folder, new or empty."
)
@options.workspace
def export(workspace: Workspace, model: str, to: str, out: Path) -> int:
    """Write MODEL for another runtime: an ONNX file, or a folder for MLflow.

    MODEL is a model.tar.gz, its folder, its name or 'starter'. Both name colors exactly as 'saekdong predict' does;
    Saekdong itself tags photos. ONNX needs the extra 'onnx'; writing for MLflow does not need MLflow.
    """
    from saekdong.files import check_writable, write_whole

    check_writable(out, folder=to == "mlflow")
    artifact = workspace.registry.models.load(model)
    if to == "onnx":
        from saekdong.model.onnx_graph import to_onnx

        write_whole(out, to_onnx(artifact))
    else:
        from saekdong import mlflow

        if out.is_dir() and any(out.iterdir()):
            raise click.UsageError(f"--out {out} is not empty; choose a new folder")
        mlflow.save(artifact, out)
    show.message(f"{to}: {out}")
    return 0
