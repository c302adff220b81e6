"""An AWS account on loopback, for tests: moto's server, and answers of AWS that it does not know, recorded by hand."""

import base64
import http.client
import http.server
import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader
from botocore.model import OperationModel
from botocore.validate import validate_parameters
from moto.server import ThreadedMotoServer

from ports import free_port
from saekdong.deploy.aws import Account, Ledger, SageMaker, connect_aws
from saekdong.deploy.aws.waiting import AwsPatience

REGION = "ap-northeast-2"
# Not AWS's example key: recognizable, so that a test finds it wherever it should not be.
SECRET = "sekritKEYsekritKEYsekritKEYsekritKEY0123"  # noqa: S105
ACCOUNT = "123456789012"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 7,
        "digest": "sha256:" + "1" * 64,
    },
    "layers": [],
}
# AWS's descriptions of its services take half a second to read: sessions share what one has read.
LOADER = create_loader()
QUICK = AwsPatience(seconds=5, every=0.01)


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server and yield its address."""
    server = ThreadedMotoServer(port=free_port(), verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server._port}"
    finally:
        server.stop()


def settings(address: str) -> dict[str, str]:
    """The variables of a person who works in the account."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": address,
    }


def post(address: str, path: str, content: Any = None) -> None:
    """Change moto's server by its own API."""
    request = urllib.request.Request(  # noqa: S310
        address + path, data=json.dumps(content or {}).encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()  # noqa: S310


def reset(address: str) -> None:
    """Empty the account, and let endpoints name colors."""
    post(address, "/moto-api/reset")
    answer = {"Body": '{"label": "navy"}', "ContentType": "application/json"}
    post(
        address,
        "/moto-api/static/sagemaker/endpoint-results",
        {"account_id": ACCOUNT, "region": REGION, "results": [answer] * 60},
    )


def platform(root: Path, **options: Any) -> SageMaker:
    """A platform whose workspace is `root`; the image is put into moto's ECR as a push would."""
    session = connect_aws()
    session.boto._session.register_component("data_loader", LOADER)
    account = Account(session, Ledger(root / "ledger.jsonl"), QUICK)
    account.session.patience = QUICK
    record(account, ANSWERS)
    # moto keeps no tags of lifecycle configurations.
    record(account, {"sagemaker.ListTags": lambda asked: _lifecycle_tags(account, asked["ResourceArn"])})
    return SageMaker(account, pushes(account), **options)


def _lifecycle_tags(account: Account, arn: str) -> dict[str, Any] | None:
    return {"Tags": account.tag_list("recorded")} if "lifecycle" in arn else None


def pushes(account: Account, manifest: Mapping[str, Any] = MANIFEST) -> Callable[[str, str, str, str], str]:
    def push(uri: str, user: str, password: str, *_: str) -> str:
        assert user == "AWS"
        assert password
        repository = uri.partition("/")[2]
        ecr = account.client("ecr")
        with suppress(ecr.exceptions.ImageAlreadyExistsException):
            ecr.put_image(repositoryName=repository, imageManifest=json.dumps(manifest), imageTag="latest")
        return f"{uri}:latest"

    return push


@contextmanager
def proxy(moto_address: str) -> Iterator[Any]:
    """Run a proxy in front of moto and yield it.

    It answers in moto's stead what its `faults` yields, a status and a code or None; and what `recorded` yields, a code
    and a message, by operation: as `CreateModel`, or for S3 as `PUT versioning`, the method and the query.
    """

    class Proxy(http.server.BaseHTTPRequestHandler):
        faults: Iterator[tuple[int, str] | None] = iter(())
        recorded: dict[str, Iterator[tuple[str, str]]] = {}  # noqa: RUF012
        given = 0
        address = ""

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if fault := next(Proxy.faults, None):
                Proxy.given += 1
                # Services that do not speak JSON throttle by 503.
                self.fail(*fault, "slower") if "X-Amz-Target" in self.headers else self.answer(503, {}, b"")
            elif refused := next(self.recorded.get(self.operation(body), iter(())), None):
                Proxy.given += 1
                self.fail(400, *refused)
            else:
                self.forward_to_moto(body)

        def forward_to_moto(self, body: bytes) -> None:
            moto_server = http.client.HTTPConnection(moto_address.removeprefix("http://"), timeout=30)
            try:
                moto_server.request(self.command, self.path, body, dict(self.headers))
                reply = moto_server.getresponse()
                self.answer(reply.status, dict(reply.getheaders()), reply.read())
            finally:
                moto_server.close()

        def operation(self, body: bytes) -> str:
            if target := self.headers.get("X-Amz-Target"):
                return target.rpartition(".")[2]
            if action := re.search(rb"(?:^|&)Action=(\w+)", body):
                return action[1].decode()
            return f"{self.command} {self.path.partition('?')[2].partition('=')[0]}".strip()

        def fail(self, status: int, code: str, message: str) -> None:
            if "X-Amz-Target" in self.headers:
                content = json.dumps({"__type": code, "message": message})
                self.answer(status, {"Content-Type": "application/x-amz-json-1.1"}, content.encode())
            else:
                content = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
                whole = f"<ErrorResponse>{content}</ErrorResponse>" if self.command == "POST" else content
                self.answer(status, {"Content-Type": "text/xml"}, whole.encode())

        def answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    Proxy.address = f"http://127.0.0.1:{server.server_port}"
    yield Proxy
    server.shutdown()
    server.server_close()


Answer = Callable[[dict[str, Any]], dict[str, Any] | Exception | None]


def record(account: Account, answers: Mapping[str, Answer]) -> None:
    """Answer some operations by hand, as `sagemaker.UpdateEndpoint`; an answer of None lets moto answer.

    Answers are checked against AWS's own description of the operation, as botocore's Stubber does.
    """
    # A client keeps a copy of its session's events.
    clients = [client.meta for client in account.session._clients.values()]
    for operation, answer in answers.items():
        for one in (account.session.boto, *clients):
            one.events.register(f"before-parameter-build.{operation}", _remember)
            # What is recorded later stands in for what was before.
            one.events.unregister(f"before-call.{operation}", unique_id=operation)
            one.events.register_first(f"before-call.{operation}", _answering(answer), unique_id=operation)


def _remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["asked"] = dict(params)


def _answering(answer: Answer) -> Callable[..., tuple[AWSResponse, dict[str, Any]] | None]:
    def answers(model: OperationModel, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        given = answer(context["asked"])
        if given is None:
            return None
        if isinstance(given, Exception):
            raise given
        if model.output_shape is not None:
            validate_parameters(given, model.output_shape)
        parsed = {**given, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}
        return AWSResponse("", 200, {}, None), parsed

    return answers


CONFIG = base64.b64encode(json.dumps({"os": "linux", "architecture": "amd64"}).encode()).decode()
# Recorded answers for what moto does not know: where an image's configuration is fetched from, and the conditions of a
# bucket's policy (it would deny everything).
ANSWERS: dict[str, Answer] = {
    "ecr.GetDownloadUrlForLayer": lambda _: {"downloadUrl": f"data:application/json;base64,{CONFIG}"},
    "s3.PutBucketPolicy": lambda _: {},
}


def everything(session: Any) -> dict[str, Sequence[str]]:
    """Name all that stands in the account, of the kinds that Saekdong makes."""
    sagemaker, iam, logs = session.client("sagemaker"), session.client("iam"), session.client("logs")
    found = {
        "endpoint": [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]],
        "config": [one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]],
        "model": [one["ModelName"] for one in sagemaker.list_models()["Models"]],
        "notebook": [one["NotebookInstanceName"] for one in sagemaker.list_notebook_instances()["NotebookInstances"]],
        "bucket": [one["Name"] for one in session.client("s3").list_buckets()["Buckets"]],
        "repository": [one["repositoryName"] for one in session.client("ecr").describe_repositories()["repositories"]],
        "role": [one["RoleName"] for one in iam.list_roles()["Roles"]],
        "log group": [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]],
        "alarm": [one["AlarmName"] for one in session.client("cloudwatch").describe_alarms()["MetricAlarms"]],
    }
    return {kind: names for kind, names in found.items() if names}
