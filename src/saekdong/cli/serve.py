"""`saekdong serve`: serve a model over HTTP on this machine."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.extras import check_extra
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.captures import CaptureSettings
    from saekdong.registry import Selection
    from saekdong.web.api import CatalogApi


@click.command(
    epilog=options.examples(
        "saekdong serve",
        "saekdong serve models/shop --port 8080 --workers 4",
        "saekdong serve --catalog",
        "saekdong serve --grpc-port 8081",
        "saekdong serve --capture 10 --keep 14d",
        """curl -d '{"r": 73, "g": 84, "b": 116}' -H 'Content-Type: application/json' localhost:8080/invocations""",
        "curl --data-binary @shirt.jpg -H 'Content-Type: image/jpeg' localhost:8080/invocations",
    )
)
@click.argument("model", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="The port to listen on.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name by which browsers reach the service through a proxy, such as color.shop.example; repeat for more.",
)
@click.option(
    "--grpc-port",
    type=click.IntRange(1, 65535),
    help="Also serve Google Cloud Vision's gRPC API, on this port (needs saekdong[google]); off by default.",
)
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="The number of worker processes."
)
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    show_default=True,
    help="The log level: info and below log every request, higher levels only failed ones.",
)
@click.option(
    "--multi-model",
    is_flag=True,
    envvar="SAGEMAKER_MULTI_MODEL",
    help="Hold the models that POST /models loads, as SageMaker's multi-model endpoints do.",
)
@click.option(
    "--memory",
    type=click.IntRange(16),
    default=1024,
    show_default=True,
    metavar="MB",
    help="With --multi-model: the memory that the loaded models may use together.",
)
@click.option(
    "--models",
    "models",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="With --multi-model: models below this folder may be loaded. [default: the workspace's]",
)
@click.option(
    "--catalog",
    is_flag=True,
    help="Also answer from the workspace's catalog: /api and POST /products.",
)
@options.capture
@click.option(
    "--capture-to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="With --capture: the folder of captured requests. [default: the workspace's captures/serve]",
)
@options.workspace
def command(
    workspace: Workspace,
    model: str | None,
    host: str,
    port: int,
    names: tuple[str, ...],
    grpc_port: int | None,
    workers: int,
    log_level: str,
    multi_model: bool,
    memory: int,
    models: Path | None,
    catalog: bool,
    capture: "CaptureSettings | None",
    capture_to: Path | None,
) -> int:
    """Serve MODEL over HTTP: /ping and /invocations as SageMaker calls them, /v1/images:annotate as Google does.

    MODEL is a model.tar.gz, its folder, its name, a version such as shop@7, or 'starter'; by default the champion,
    otherwise the catalog's, otherwise the starter. With --catalog it must be the catalog's. Stops on Ctrl-C or SIGTERM
    after the requests in flight. Logs go to stderr, one JSON object per line. /openapi.json describes the routes,
    /metrics has counters for Prometheus.
    """
    options.check_needed({"memory": "multi_model", "models": "multi_model", "capture_to": "capture"})
    if multi_model and catalog:
        raise click.UsageError("--catalog tags with one model; leave out --multi-model")
    if multi_model and (model or workers > 1):
        raise click.UsageError("--multi-model takes no MODEL, and one worker: its models are loaded by POST /models")
    check_extra("serve", "saekdong serve")
    from saekdong.serving import Models, Service, serve

    into = ((capture_to or workspace.captures / "serve").absolute(), capture) if capture else None
    if multi_model:
        loadable = Models(memory << 20, models or workspace.models)
        serve(loadable, host, port, workers, log_level, grpc_port=grpc_port, names=names, capture=into)
    else:
        selected = workspace.registry.for_catalog(model) if catalog else workspace.registry.for_photos(model)
        for warning in selected.warnings:
            show.message(f"saekdong: {warning}")
        open_catalog = partial(_open_catalog, workspace, selected) if catalog else None
        served = Service(selected.artifact)
        serve(served, host, port, workers, log_level, open_catalog, grpc_port, str(selected), names, into)
    return 0


def _open_catalog(workspace: Workspace, selected: "Selection") -> "CatalogApi":
    from saekdong.web.api import CatalogApi

    api = CatalogApi.of_environment(workspace.catalog(), selected.artifact, selected.model)
    api.follow_answers()
    return api
