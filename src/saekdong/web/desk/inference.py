"""Endpoints here and on SageMaker, a color or a photo to try, deploying and stopping, captures and cost."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import anyio.to_thread
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.color import parse_color, to_hex
from saekdong.deploy.aws.ledger import LEDGER_FILE, Ledger
from saekdong.deploy.local import LocalPlatform
from saekdong.deploy.local.folder import endpoint_folder
from saekdong.deploy.platform import Endpoint
from saekdong.entrance.errors import RequestError
from saekdong.errors import SaekdongError
from saekdong.extras import missing_module
from saekdong.jobs import BackgroundJob, JobOrder
from saekdong.loop.versions import CHAMPION
from saekdong.photo import PhotoError
from saekdong.web.api.request_bodies import MOST_BODY, body_of
from saekdong.web.desk.console import PAGES
from saekdong.web.desk.trials import TrialAnswer, Trials
from saekdong.web.desk.work import Fields, Work, started_by
from saekdong.web.site.rendering import lang_of

CAPTURES = ("0", "1", "10", "100")
"""Which percentages of requests a deployment may capture."""

_NAME = "saekdong"
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class ShownEndpoint:
    """An endpoint on this machine: what it is, its version's name, and which percentage of requests is captured."""

    endpoint: Endpoint
    version: str
    percent: float | None


@dataclass(frozen=True)
class CloudFacts:
    """What is known of SageMaker without asking it.

    Attributes:
        names: endpoints that the ledger records.
        job: the last job that asked; None if none did.
        endpoints: what it found, by name.
        costs: what it found to cost something.
    """

    names: tuple[str, ...]
    job: BackgroundJob | None = None
    endpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    costs: tuple[Mapping[str, Any], ...] = ()


def inference_routes(work: Work) -> list[Route]:
    """Return the routes of inference."""
    pages = _Inference(work)
    return [
        Route("/desk/inference", pages.inference),
        Route("/desk/inference/try", pages.try_photo, methods=["POST"]),
        Route("/desk/inference/deploy", pages.confirm_deploy),
        Route("/desk/inference/deploy/start", work.starting(pages.deploy), methods=["POST"]),
        Route("/desk/inference/stop", pages.confirm_stop),
        Route("/desk/inference/stop/start", work.starting(pages.stop), methods=["POST"]),
        Route("/desk/inference/refresh", work.starting(pages.refresh), methods=["POST"]),
    ]


@dataclass(eq=False)
class _Inference:
    work: Work

    @cached_property
    def trials(self) -> Trials:
        """Tries colors and photos."""
        return Trials(self.work.console.api.loop)

    def inference(self, request: Request) -> Response:
        """Answer `/desk/inference?color=`."""
        color = request.query_params.get("color", "").strip()
        if not color:
            return self._show(request)
        try:
            rgb = parse_color(color)
        except ValueError:
            return self._show(request, problem=PAGES.texts(request)["try_bad_color"], status=422)
        return self._show(request, self.trials.name_color(rgb, lang_of(request)), color=to_hex(rgb))

    async def try_photo(self, request: Request) -> Response:
        """Answer a photo with what the models say; it is not kept."""
        texts = PAGES.texts(request)
        try:
            form = await MultiPartParser(request.headers, body_of(request), max_files=1, max_fields=5).parse()
        except (MultiPartException, HTTPException, KeyError):
            return await anyio.to_thread.run_sync(self._refuse_photo, request, texts["try_no_photo"], 400)
        except RequestError as error:
            problem = texts["try_too_large"].format(mb=MOST_BODY >> 20)
            return await anyio.to_thread.run_sync(self._refuse_photo, request, problem, error.status)
        try:
            photo = form.get("photo")
            content = await photo.read() if isinstance(photo, UploadFile) else b""
        finally:
            await form.close()
        return await anyio.to_thread.run_sync(self._tag, request, content)

    def _tag(self, request: Request, content: bytes) -> Response:
        texts = PAGES.texts(request)
        if not content:
            return self._refuse_photo(request, texts["try_no_photo"], 422)
        try:
            return self._show(request, self.trials.tag_photo(content, lang_of(request)), is_photo=True)
        except PhotoError as error:
            return self._refuse_photo(request, texts.get(f"photo_{error.code}", str(error)), 422)

    def _refuse_photo(self, request: Request, problem: str, status: int) -> Response:
        return self._show(request, problem=problem, status=status)

    def _show(
        self,
        request: Request,
        answers: list[TrialAnswer] | None = None,
        color: str = "",
        problem: str = "",
        status: int = 200,
        *,
        is_photo: bool = False,
    ) -> Response:
        loop = self.work.console.api.loop
        champion = loop.find_version(CHAMPION)
        return self.work.page(
            request,
            "inference.html.j2",
            status,
            endpoints=self._local(),
            cloud=self._cloud(),
            versions=[str(each) for each in reversed(loop.versions())],
            champion=str(champion) if champion else "starter",
            captures=CAPTURES,
            name=_NAME,
            missing=missing_module("serve"),
            missing_aws=missing_module("aws"),
            answers=answers or [],
            color=color,
            is_photo=is_photo,
            problem=problem,
        )

    def confirm_deploy(self, request: Request) -> Response:
        """Answer `/desk/inference/deploy?name=&version=&capture=`: what deploying does, before it is done."""
        fields = request.query_params
        command, problem = self._deploy_command(fields, PAGES.texts(request))
        return self._confirm(request, "deploy", fields, command, problem)

    def confirm_stop(self, request: Request) -> Response:
        """Answer `/desk/inference/stop?name=`: what stopping does, before it is done."""
        self._need_endpoint(request.query_params)
        return self._confirm(request, "stop", request.query_params, self._stop_command(request.query_params), "")

    def _confirm(
        self, request: Request, what: str, fields: Mapping[str, str], command: list[str], problem: str
    ) -> Response:
        given = {"name": "", **{key: fields[key] for key in ("name", "version", "capture") if key in fields}}
        return self.work.page(
            request,
            "endpoint_change.html.j2",
            422 if problem else 200,
            what=what,
            given=given,
            command=shlex.join(("saekdong", *command)) if command else "",
            problem=problem,
        )

    def deploy(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that deploys a version on this machine."""
        command, problem = self._deploy_command(fields, PAGES.texts(request))
        if problem:
            return self._confirm(request, "deploy", fields, [], problem)
        return JobOrder("deploy", [command], started_by(request), {"name": fields["name"]})

    def stop(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that stops an endpoint on this machine."""
        self._need_endpoint(fields)
        return JobOrder("stop", [self._stop_command(fields)], started_by(request), {"name": fields["name"]})

    def refresh(self, request: Request, _: Fields) -> JobOrder | Response:
        """Return the job that asks SageMaker for its endpoints and what they cost."""
        commands = [["status", "--on", "sagemaker", "--format", "json"], ["cost", "--format", "json"]]
        return JobOrder("refresh", commands, started_by(request))

    def _deploy_command(self, fields: Mapping[str, str], texts: Mapping[str, str]) -> tuple[list[str], str]:
        """Return the command that deploys, or what is wrong with the fields."""
        name, capture = fields.get("name", ""), fields.get("capture", "0")
        version = self.work.console.api.loop.find_version(fields.get("version", ""))
        if version is None and fields.get("version") != "starter":
            return [], texts["deploy_no_version"]
        try:
            endpoint_folder(self.work.root / "endpoints", name)
        except SaekdongError:
            return [], texts["deploy_bad_name"]
        if capture not in CAPTURES:
            return [], texts["deploy_no_version"]
        options = [f"--name={name}", *([f"--capture={capture}"] if capture != "0" else [])]
        return ["deploy", *options, "--", str(version or "starter")], ""

    @staticmethod
    def _stop_command(fields: Mapping[str, str]) -> list[str]:
        return ["destroy", "--", fields["name"]]

    def _need_endpoint(self, fields: Mapping[str, str]) -> None:
        if fields.get("name", "") not in {each.endpoint.name for each in self._local()}:
            raise HTTPException(404)

    def _local(self) -> list[ShownEndpoint]:
        """Return the endpoints on this machine, from their folders: no request is made."""
        root, loop = self.work.root / "endpoints", self.work.console.api.loop
        shown = []
        for endpoint in LocalPlatform(root).status():
            deployed = endpoint_folder(root, endpoint.name).version(endpoint.version) if endpoint.version else None
            registered = loop.version_of(endpoint.model) if endpoint.model else None
            version = str(registered) if registered else endpoint.model.short if endpoint.model else ""
            percent = deployed.capture.percent if deployed and deployed.capture else None
            shown.append(ShownEndpoint(endpoint, version, percent))
        return shown

    def _cloud(self) -> CloudFacts:
        entries = Ledger(self.work.root / LEDGER_FILE).standing()
        names = tuple(entry.name for entry in entries if entry.kind == "endpoint")
        job = next((each for each in self.work.jobs.last(_LOOKED_AT, "refresh") if each.state == "done"), None)
        if job is None:
            return CloudFacts(names)
        found, costs = job.output(0), job.output(1)
        rows = found if isinstance(found, list) else []
        return CloudFacts(
            names, job, {row["name"]: row for row in rows}, tuple(costs) if isinstance(costs, list) else ()
        )
