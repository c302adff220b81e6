"""`saekdong serve`: a model as an HTTP service on this machine."""

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options


@click.command(
    epilog=options.examples(
        "saekdong serve",
        "saekdong serve models/shop --port 8080 --workers 4",
        """curl -d '{"r": 73, "g": 84, "b": 116}' -H 'Content-Type: application/json' localhost:8080/invocations""",
        "curl --data-binary @shirt.jpg -H 'Content-Type: image/jpeg' localhost:8080/invocations",
    )
)
@click.argument("model", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="The port to listen on.")
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that answer requests."
)
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    show_default=True,
    help="What is logged: a line for every request from info on, for those that went wrong above.",
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
    help="With --multi-model: what the loaded models may take together.",
)
@options.workspace
def command(
    workspace: Workspace,
    model: str | None,
    host: str,
    port: int,
    workers: int,
    log_level: str,
    multi_model: bool,
    memory: int,
) -> int:
    """Serve MODEL over HTTP: /ping and /invocations as SageMaker calls them, /v1/images:annotate as Google does.

    MODEL is a model.tar.gz, its folder, its name or 'starter'; by default the newest, else the starter. Stops on
    Ctrl-C or SIGTERM, when requests in flight are finished. Logs go to stderr, a JSON object a line. /openapi.json
    describes the routes, /metrics counts for Prometheus.
    """
    if multi_model and (model or workers > 1):
        raise click.UsageError("--multi-model takes no MODEL, and one worker: its models are loaded by POST /models")
    from saekdong.hosting import Models, Service, serve

    service = Models(memory << 20) if multi_model else Service(workspace.load(model))
    serve(service, host, port, workers, log_level)
    return 0
