"""The notebooks: what each teaches, how to open one here, and the notebook instance on SageMaker."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.deploy.aws.ledger import LEDGER_FILE, Ledger
from saekdong.extras import missing_module
from saekdong.web.desk.work import Work


class Notebook(NamedTuple):
    """A notebook of the project: its file, the key of its texts, and the extras that it needs."""

    file: str
    key: str
    extras: str


NOTEBOOKS = (
    Notebook("01-build-the-model.ipynb", "build", "train"),
    Notebook("02-deploy.ipynb", "deploy", "train,serve"),
    Notebook("03-keep-it-right.ipynb", "keep", "train,serve"),
)


def notebook_routes(work: Work) -> list[Route]:
    """Return the route of notebooks."""

    def show(request: Request) -> Response:
        entries = Ledger(work.root / LEDGER_FILE).standing()
        return work.page(
            request,
            "notebooks.html.j2",
            notebooks=NOTEBOOKS,
            instances=[entry.name for entry in entries if entry.kind == "notebook"],
            missing_aws=missing_module("aws"),
        )

    return [Route("/desk/notebooks", show)]
