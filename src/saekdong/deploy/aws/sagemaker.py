"""Amazon SageMaker as a platform: deploy an artifact as an endpoint, and remove everything again."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from saekdong.captures import CaptureSettings
from saekdong.deploy.aws import invocation, teardown
from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.alarm import ensure_alarm
from saekdong.deploy.aws.autoscaling import ensure_scaling, remove_scaling
from saekdong.deploy.aws.bucket import ensure_bucket, fetch, upload
from saekdong.deploy.aws.capturing import check_capture, data_capture, ensure_captures
from saekdong.deploy.aws.endpoint import (
    CONFIG,
    ENDPOINT,
    MODEL,
    changes_instances,
    check_conversion,
    check_distinct_resource,
    check_name,
    create_endpoint,
    ensure_config,
    ensure_model,
    settled_endpoint,
    update_endpoint,
)
from saekdong.deploy.aws.guardrails import check_volume_key
from saekdong.deploy.aws.hosting import Hosting, Scaling
from saekdong.deploy.aws.images import prune_images
from saekdong.deploy.aws.ledger import LedgerEntry
from saekdong.deploy.aws.logs import endpoint_group, ensure_group, last_lines, lines
from saekdong.deploy.aws.propagation import transient_failure
from saekdong.deploy.aws.refusals import aws_errors
from saekdong.deploy.aws.replacing import ensure_replacement
from saekdong.deploy.aws.repository import Push, architecture_of, ensure_repository, push_to_ecr
from saekdong.deploy.aws.resource import describe_resource
from saekdong.deploy.aws.role import ensure_role
from saekdong.deploy.aws.training import Training, train_on_aws
from saekdong.deploy.platform import Endpoint, Report
from saekdong.errors import ArtifactError, SaekdongError
from saekdong.files import cannot_read, read_regular
from saekdong.model.identity import ARTIFACT_FILE, ModelId

_KEPT = 2


class DeploymentError(SaekdongError):
    """An endpoint did not come into service."""

    exit_code = 1


@dataclass(frozen=True)
class Data:
    """The rows that a model was, or will be, trained from.

    Attributes:
        space: the color space of the rows; names their folder in the bucket.
        train: the file of training rows.
        test: the file of test rows.
        rows: the file of all rows.
    """

    space: str
    train: Path
    test: Path | None = None
    rows: Path | None = None

    @property
    def parts(self) -> dict[str, Path]:
        """The files by training channel."""
        return {"train": self.train, **({"test": self.test} if self.test else {})}


@dataclass
class SageMaker:
    """Hosts artifacts on Amazon SageMaker; a `saekdong.deploy.platform.Platform`.

    Attributes:
        account: the account, with the ledger.
        push: pushes the image for a platform; called once a deployment, or twice if training needs another platform.
        hosting: how the endpoint is hosted.
        role: a role's name or ARN; None for the workspace's own.
        data: rows to upload beside the artifact.
        training: train the model on AWS from `data` first, and deploy the job's artifact.
        keep: keep what a failed deployment made, for inspection.
        capture: which requests are captured; None for none.
    """

    account: Account
    push: Push
    hosting: Hosting = field(default_factory=Hosting)
    role: str | None = None
    data: Data | None = None
    training: Training | None = None
    keep: bool = False
    capture: CaptureSettings | None = None

    def deploy(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` as `name`; return once it is in service and has answered a prediction correctly.

        Resources that an interrupted run made are used, not made twice.

        Raises:
            DeploymentError: it did not come into service. Without `keep`, what was made for it is removed.
            SaekdongError: AWS refused a request, another account has the name, or another process is changing it.
        """
        check_name(name)
        check_distinct_resource(self.account, ENDPOINT, name)
        if self.training and not self.data:
            raise SaekdongError("a training job needs rows", fix="give them with --data")
        self._check_guardrails()
        if self.capture:
            check_capture(self.hosting)
        more = self.hosting.startup_seconds or 0
        self.account.patience = replace(self.account.patience, seconds=self.account.patience.seconds + more)
        with self._changing(name, report):
            check_conversion(self.account, name, self.hosting.mode)
            with self._undone(name, report):
                with self.account.ledger.using_images():
                    config, model = self._prepare(artifact, name, report)
                self._bring_into_service(name, config, report)
                if self.hosting.scaling:
                    ensure_scaling(self.account, name, self.hosting.scaling, is_async=self.hosting.is_async)
                invocation.check_naming(self.account, name, self.hosting.mode)
                self._record(name, config, model, self.hosting.mode, self.hosting.scaling)
                self._forget_old(name, report)
                report(f"console: {self._console(name)}")
                endpoint = self._endpoint(name)
        self._prune(report)
        return endpoint

    def replace(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` on an endpoint, blue/green; instances, image, network, key, capture and scaling stay.

        Raises:
            DeploymentError: it did not come into service, and what was made for it is removed.
            SaekdongError: there is no such endpoint, AWS refused a request, or another process is changing it.
        """
        from saekdong.model.artifact import unpack

        packed = _content(artifact)
        model = unpack(packed)
        with self._changing(name, report):
            now = self._described(name)["EndpointConfigName"]
            served = {one["config"]: one for one in self.account.ledger.served(name)}.get(now, {})
            mode, scaling = str(served.get("mode", "real-time")), _scaling_of(served)
            with self._undone(name, report):
                config = ensure_replacement(self.account, name, now, packed, model)
                if config != now:
                    self._update(name, config, mode, scaling, report)
                if scaling:
                    ensure_scaling(self.account, name, scaling, is_async=mode == "async")
                invocation.check_naming(self.account, name, mode)
                self._record(name, config, model.id, mode, scaling)
                self._forget_old(name, report)
            return self._endpoint(name)

    def _check_guardrails(self) -> None:
        guardrails = self.account.guardrails
        if self.hosting.serverless and guardrails.network:
            raise SaekdongError(
                "AWS does not run serverless endpoints in a VPC",
                fix="leave out --serverless, or --subnet and --security-group (also in saekdong.toml)",
            )
        if self.training:
            check_volume_key(guardrails.key, self.training.instance, "--train-instance")

    def invoke(self, name: str, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Send a request to an endpoint; return the answer and its media type."""
        with aws_errors():
            return invocation.invoke(self.account, name, self._mode(name), body, content_type, accept)

    def status(self) -> list[Endpoint]:
        """Return the endpoints, by name."""
        with aws_errors():
            entries = [entry for entry in teardown.here(self.account) if entry.kind == ENDPOINT.name]
            return [
                self._endpoint(entry.name)
                for entry in sorted(entries, key=lambda entry: entry.name)
                if ENDPOINT.tags(self.account, entry.name) is not None
            ]

    def logs(self, name: str, *, follow: bool) -> Iterator[str]:
        """Yield the lines of an endpoint's log of the last 24 hours; with `follow`, also later lines as they arrive."""
        with aws_errors():
            yield from lines(self.account, endpoint_group(name), follow=follow)

    def rollback(self, name: str, report: Report) -> Endpoint:
        """Move an endpoint back to the version that it served before.

        Raises:
            SaekdongError: there is none, or its model was removed.
        """
        with self._changing(name, report):
            now = self._described(name)["EndpointConfigName"]
            before = [one for one in self.account.ledger.served(name) if one["config"] != now]
            if not before or CONFIG.tags(self.account, before[-1]["config"]) is None:
                raise SaekdongError(f"{name} has served nothing before", fix="deploy the model that it should serve")
            chosen = before[-1]
            check_conversion(self.account, name, chosen["mode"])
            report(f"{name}: returning to version {chosen['version']}")
            self._return_to(name, chosen, report)
            invocation.check_naming(self.account, name, chosen["mode"])
            self._record(name, chosen["config"], self._model_of(chosen), chosen["mode"], _scaling_of(chosen))
            return self._endpoint(name)

    def destroy(self, name: str | None, report: Report, *, dry_run: bool) -> list[str]:
        """Remove an endpoint, or everything of ours for None; return what was removed, or with `dry_run` would be.

        At the end, it verifies that nothing is left, and reports it. The next run completes an interrupted one.

        Raises:
            teardown.LeftoverError: a resource could not be removed.
        """
        with self._changing(name, report):
            found = teardown.removable(self.account, name, report)
            lines = [f"{entry.kind} {entry.name}" for entry in found]
            if dry_run:
                return lines
            teardown.remove(self.account, teardown.here(self.account, name), report)
            teardown.prove_nothing_left(self.account, found, name, report)
            if name and self.account.ledger.standing():
                report("the bucket, the image and the role stay for other deployments; without a NAME all are removed")
            return lines

    def _prepare(self, artifact: Path, name: str, report: Report) -> tuple[str, ModelId | None]:
        """Make all that an endpoint needs; return its configuration's name, and its model."""
        from saekdong.model.artifact import unpack

        account = self.account
        report(f"bucket, image and role in account {account.session.account}, region {account.session.region}")
        bucket = ensure_bucket(account)
        self._upload_data()
        uri = ensure_repository(account)
        report(f"pushing the image to {uri}")
        image = push_to_ecr(account, uri, self.push, self.hosting.instance)
        role = ensure_role(account, self.role)
        if self.training:
            trains = self._training_image(uri, image, self.training.instance)
            model_data = train_on_aws(account, name, trains, role, self._channels(), self.training, report)
            model = _stored_model(account, model_data)
            report(f"model {model.short}" if model else f"{model_data} cannot be read, so the model's id is not known")
            has_photos = False
        else:
            content = _content(artifact)
            unpacked = unpack(content)
            model, has_photos = unpacked.id, unpacked.tagger is not None
            # One copy where the notebooks read it, and one at a place of its own, which an update does not overwrite.
            upload(account, f"model/{ARTIFACT_FILE}", content)
            model_data = upload(account, f"model/{model[:12]}/{ARTIFACT_FILE}", content)
        network, key = account.guardrails.network, account.guardrails.key
        captured = [repr(self.capture)] if self.capture else []
        config = f"{name}-{_mark(image, model_data, role, repr((self.hosting, network, key)), *captured)}"
        ensure_group(account, name)
        capture = None
        if self.capture:
            ensure_captures(account, name, self.capture)
            capture = data_capture(account, self.capture, has_photos=has_photos)
        ensure_model(account, config, name, image, model_data, role, self.hosting)
        ensure_config(account, config, name, self.hosting, f"s3://{bucket}/async/{name}", capture)
        return config, model

    def _training_image(self, uri: str, image: str, instance: str) -> str:
        if architecture_of(instance) == architecture_of(self.hosting.instance):
            return image
        return push_to_ecr(self.account, uri, self.push, instance)

    def _upload_data(self) -> None:
        """Put the rows where the notebooks read them."""
        if not self.data:
            return
        for part, path in self.data.parts.items():
            upload(self.account, f"data/{self.data.space}/{part}/{path.name}", path)
        if self.data.rows:
            upload(self.account, f"data/{self.data.rows.name}", self.data.rows)

    def _channels(self) -> dict[str, str]:
        """Put the rows of a training job under their digest; return the prefixes of its channels.

        So other rows are another job, and no upload changes the rows of a running job. The final slash keeps S3 from
        matching neighbors.
        """
        parts = self.data.parts if self.data else {}
        contents = {part: _content(path) for part, path in parts.items()}
        digest = _mark(*(f"{part} {hashlib.sha256(content).hexdigest()}" for part, content in contents.items()))
        return {
            part: upload(self.account, f"training/{digest}/{part}/{path.name}", contents[part]).removesuffix(path.name)
            for part, path in parts.items()
        }

    def _bring_into_service(self, name: str, config: str, report: Report) -> None:
        found = self._create(name, config, report)
        if found is not None:
            _check_service(found, name, config)
            return
        found = settled_endpoint(self.account, name, report)
        if found and found["EndpointStatus"] == "Failed":
            # An earlier run left it. A failed endpoint cannot be updated.
            ENDPOINT.remove(self.account, name, report)
            self._bring_into_service(name, config, report)
        elif found and found["EndpointConfigName"] != config:
            self._update(name, config, self.hosting.mode, self.hosting.scaling, report)
        else:
            _check_service(found, name, config)

    def _create(self, name: str, config: str, report: Report) -> dict[str, Any] | None:
        """Create the endpoint, again if it failed for a new role; return its state, or None if it existed before."""
        if not create_endpoint(self.account, name, config):
            return None
        report(f"creating the endpoint {name}; this takes some minutes")
        found = settled_endpoint(self.account, name, report)
        if found and (unspread := transient_failure("CreateEndpoint", found.get("FailureReason", ""))):
            report(f"{name} failed because AWS did not know {unspread.subject} everywhere yet; creating it again")
            ENDPOINT.remove(self.account, name, report)
            create_endpoint(self.account, name, config)
            found = settled_endpoint(self.account, name, report)
        return found or {}

    def _update(self, name: str, config: str, mode: str, scaling: Scaling | None, report: Report) -> None:
        """Move an endpoint to another configuration and wait; the caller registers its scaling afterward."""
        if mode != "serverless":
            ensure_alarm(self.account, name)
        # AWS refuses to change the instance type while autoscaling is registered.
        if scaling is None or changes_instances(self.account, name, config):
            remove_scaling(self.account, name)
        report(f"moving {name} to {config}")
        update_endpoint(self.account, name, config, mode, report, scales=scaling is not None)
        _check_service(settled_endpoint(self.account, name, report), name, config)

    def _return_to(self, name: str, served: Mapping[str, Any], report: Report) -> None:
        """Move an endpoint back to what it served before, with the scaling of that time."""
        self._update(name, served["config"], served["mode"], _scaling_of(served), report)
        self._scale_again(name)

    def _scaled_before(self, name: str) -> bool:
        served = self.account.ledger.served(name)
        return bool(served) and _scaling_of(served[-1]) is not None

    def _scale_again(self, name: str) -> None:
        """Register the scaling that belongs to the configuration in service, if an update that failed removed it."""
        found = describe_resource(self.account, "endpoint", EndpointName=name)
        for one in self.account.ledger.served(name)[::-1]:
            if found and one["config"] == found["EndpointConfigName"]:
                if scaling := _scaling_of(one):
                    ensure_scaling(self.account, name, scaling, is_async=one["mode"] == "async")
                return

    @contextmanager
    def _changing(self, name: str | None, report: Report) -> Iterator[None]:
        self.account.session.report = report
        with aws_errors(), self.account.ledger.held(name):
            yield

    @contextmanager
    def _undone(self, name: str, report: Report) -> Iterator[None]:
        """If the block fails, report the container's last lines and, without `keep`, remove what the block made."""
        first = len(self.account.made)
        try:
            yield
        except Exception as error:
            for line in self._said(name):
                report(f"  {line}")
            if self.keep:
                if self._scaled_before(name):
                    self._scale_again(name)
                report(f"kept what was made; 'saekdong destroy {name} --on sagemaker' removes it")
                raise
            self._undo(name, first, report)
            raise error

    def _said(self, name: str) -> list[str]:
        try:
            with aws_errors():
                return last_lines(self.account, endpoint_group(name))
        except SaekdongError as error:
            return [f"the container's log could not be read: {error}"]

    def _undo(self, name: str, first: int, report: Report) -> None:
        """Go back to the former version, and remove what was made since `first`."""
        made = self.account.made[first:]
        in_use = {entry.of for entry in self.account.ledger.standing() if entry.kind == ENDPOINT.name} - {name}
        # Another deployment may already use shared resources that this one made.
        entries = [entry for entry in made if entry.of or not in_use]
        if not entries and not self._scaled_before(name):
            return
        report("removing what was made")
        try:
            with aws_errors():
                if self._return(name, made, report):
                    teardown.remove(self.account, entries, report)
                self._scale_again(name)
        except SaekdongError as error:
            report(f"{error}: saekdong destroy {name} --on sagemaker")

    def _return(self, name: str, made: list[LedgerEntry], report: Report) -> bool:
        """Make sure that an endpoint serves nothing that will be removed; return whether that is so."""
        configs = {entry.name for entry in made if entry.kind == CONFIG.name}
        if any(entry.kind == ENDPOINT.name for entry in made):
            return True
        found = settled_endpoint(self.account, name, report)
        if found is None or found["EndpointConfigName"] not in configs:
            return True
        served = self.account.ledger.served(name)
        if not served:
            report(f"the endpoint {name} stays as it is, because it has served nothing before")
            return False
        self._update(name, served[-1]["config"], served[-1]["mode"], _scaling_of(served[-1]), report)
        return True

    def _record(self, name: str, config: str, model: ModelId | None, mode: str, scaling: Scaling | None) -> None:
        served = self.account.ledger.served(name)
        if served and (served[-1]["config"], _scaling_of(served[-1])) == (config, scaling):
            return
        known = {one["config"]: one["version"] for one in served}
        version = known.get(config, str(len(known) + 1))
        self.account.ledger.serving(
            name, version=version, config=config, model_id=model or "", mode=mode, scaling=str(scaling or "")
        )

    def _forget_old(self, name: str, report: Report) -> None:
        """Remove configurations and models that are neither in service nor needed for a rollback."""
        kept = list(dict.fromkeys(one["config"] for one in reversed(self.account.ledger.served(name))))[:_KEPT]
        old = [
            entry
            for entry in teardown.here(self.account, name)
            if entry.kind in (CONFIG.name, MODEL.name) and entry.name not in kept
        ]
        teardown.remove(self.account, old, report)

    def _prune(self, report: Report) -> None:
        """Remove unused images; if another process is deploying, leave that to it."""
        try:
            with aws_errors(), self.account.ledger.pruning_images() as is_alone:
                if is_alone:
                    prune_images(self.account, report)
        except SaekdongError as error:
            report(f"unused images may be left in ECR: {error}")

    def _mode(self, name: str) -> str:
        served = self.account.ledger.served(name)
        return str(served[-1]["mode"]) if served else "real-time"

    def _described(self, name: str) -> dict[str, Any]:
        found = describe_resource(self.account, "endpoint", EndpointName=name)
        if found is None:
            raise SaekdongError(f"there is no endpoint {name}", fix="'saekdong status --on sagemaker' lists them")
        return found

    def _endpoint(self, name: str) -> Endpoint:
        found = self._described(name)
        served = {one["config"]: one for one in self.account.ledger.served(name)}.get(found["EndpointConfigName"], {})
        runtime = self.account.client("sagemaker-runtime").meta.endpoint_url
        return Endpoint(
            name,
            found["EndpointStatus"],
            f"{runtime}/endpoints/{name}",
            int(served.get("version", 0)),
            self._model_of(served),
            found["CreationTime"].isoformat(timespec="seconds"),
            found.get("FailureReason", ""),
        )

    def _model_of(self, served: Mapping[str, Any]) -> ModelId | None:
        """Return the model of a line of the ledger.

        Saekdong 0.1 recorded the SHA-256 of the packed file, or the address of a training job's; then the artifact
        itself is read. It deployed any file, so None if that is not an artifact.
        """
        if "model_id" in served:
            return ModelId(served["model_id"]) if served["model_id"] else None
        found = describe_resource(self.account, "model", ModelName=served["config"]) if served else None
        with suppress(ArtifactError):
            return _stored_model(self.account, found["PrimaryContainer"]["ModelDataUrl"]) if found else None
        return None

    def _console(self, name: str) -> str:
        region = self.account.session.region
        return f"https://{region}.console.aws.amazon.com/sagemaker/home?region={region}#/endpoints/{name}"


def _stored_model(account: Account, address: str) -> ModelId | None:
    """Return the identity of the artifact at an `s3://` address; None if we may not read it.

    Raises:
        ArtifactError: it is not an artifact.
    """
    from saekdong.model.artifact import unpack

    packed = fetch(account, address)
    return None if packed is None else unpack(packed).id


def _scaling_of(served: Mapping[str, Any]) -> Scaling | None:
    return Scaling.parse(served.get("scaling", ""))


def _mark(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


def _content(artifact: Path) -> bytes:
    try:
        return read_regular(artifact)
    except OSError as error:
        raise cannot_read(artifact, error) from error


def _check_service(found: Mapping[str, Any] | None, name: str, config: str) -> None:
    """Raise unless an endpoint is in service with a configuration.

    Args:
        found: its description; None or empty if there is none.
        name: its name.
        config: the configuration's name.

    Raises:
        DeploymentError: it is not.
    """
    status = found["EndpointStatus"] if found else "gone"
    if found and status == "InService" and found["EndpointConfigName"] == config:
        return
    reason = " ".join((found or {}).get("FailureReason", "no reason given").split())
    what = "was rolled back to what it served before" if status == "InService" else f"is {status}"
    raise DeploymentError(f"the endpoint {name} {what}: {reason}", fix="see the container's last lines above")
