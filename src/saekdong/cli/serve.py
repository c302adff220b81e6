"""`saekdong serve`: a model as an HTTP service on this machine."""

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show


@click.command(
    epilog=options.examples(
        "saekdong serve",
        "saekdong serve models/shop --port 8080",
        """curl -d '{"r": 73, "g": 84, "b": 116}' -H 'Content-Type: application/json' localhost:8080/invocations""",
        "curl --data-binary @shirt.jpg -H 'Content-Type: image/jpeg' localhost:8080/invocations",
    )
)
@click.argument("model", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="The port to listen on.")
@options.workspace
def command(workspace: Workspace, model: str | None, host: str, port: int) -> int:
    """Serve MODEL over HTTP: /ping and /invocations as SageMaker calls them, /v1/images:annotate as Google does.

    MODEL is a model.tar.gz, its folder, its name or 'starter'; by default the newest, else the starter. Stops on
    Ctrl-C or SIGTERM, when requests in flight are finished. /openapi.json describes the routes.
    """
    from saekdong.hosting import Service, serve

    service = Service(workspace.load(model))
    show.message(f"saekdong: serving on http://{host}:{port}")
    serve(service, host, port)
    return 0
