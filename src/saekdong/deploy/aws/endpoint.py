"""SageMaker models, endpoint configurations and endpoints."""

import re
from collections.abc import Mapping
from typing import Any

from saekdong.deploy.aws import resource
from saekdong.deploy.aws.account import Account, ResourceKind
from saekdong.deploy.aws.alarm import alarm_name
from saekdong.deploy.aws.hosting import Hosting
from saekdong.deploy.aws.resource import describe_resource, remover, tags_of
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

_NAME = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,49}")
_BAKING = 120
_MOST_UPDATE = 1800
_UPDATES = 5
_UNSETTLED = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def check_name(name: str) -> None:
    """Raise unless SageMaker accepts the name.

    Raises:
        SaekdongError: the name is invalid.

    Example:
        >>> check_name("shop-2")
    """
    if not _NAME.fullmatch(name):
        raise SaekdongError(
            f"{name!r} cannot be an endpoint's name", fix="use up to 50 letters and digits, with single hyphens between"
        )


def check_distinct_resource(account: Account, kind: ResourceKind, name: str) -> None:
    """Raise if the workspace has a resource of this kind whose name differs only in capitals.

    SageMaker treats the two names as one when it creates, but as two when it looks up.

    Raises:
        SaekdongError: there is such a resource.
    """
    for entry in account.ledger.standing():
        is_other = entry.name != name and entry.name.lower() == name.lower()
        if is_other and entry.kind == kind.name and account.is_here(entry):
            raise SaekdongError(
                f"{name} differs from the {kind.name} {entry.name} in capitals only",
                fix=f"use the name {entry.name}, or one that differs in more",
            )


def ensure_model(account: Account, model: str, of: str, image: str, data: str, role: str, hosting: Hosting) -> None:
    """Make a model of an image and an artifact unless it exists."""
    sagemaker = account.client("sagemaker")
    # The container needs no network, so it is isolated from it. Serverless endpoints do not support isolation.
    more: dict[str, Any] = {} if hosting.serverless else {"EnableNetworkIsolation": True}
    if network := account.guardrails.network:
        more["VpcConfig"] = network.vpc_config
    account.ensure(
        MODEL,
        model,
        of,
        lambda: sagemaker.create_model(
            ModelName=model,
            PrimaryContainer={"Image": image, "ModelDataUrl": data},
            ExecutionRoleArn=role,
            Tags=account.tag_list(of),
            **more,
        ),
    )


def ensure_config(
    account: Account,
    config: str,
    of: str,
    hosting: Hosting,
    answers: str,
    capture: Mapping[str, Any] | None = None,
) -> None:
    """Make an endpoint configuration, which serves the model of its name, unless it exists.

    Args:
        account: the account to make it in.
        config: its name, and the model's.
        of: the deployment's name.
        hosting: instances, serverless or asynchronous.
        answers: the `s3://` prefix of asynchronous responses.
        capture: SageMaker's DataCaptureConfig; None for none.
    """
    key = account.guardrails.key
    more: dict[str, Any] = {}
    if hosting.is_async:
        places = {"S3OutputPath": f"{answers}/out", "S3FailurePath": f"{answers}/failed"}
        more["AsyncInferenceConfig"] = {"OutputConfig": {**places, **({"KmsKeyId": key} if key else {})}}
    if key and not hosting.serverless:
        more["KmsKeyId"] = key
    if capture:
        more["DataCaptureConfig"] = capture
    account.ensure(
        CONFIG,
        config,
        of,
        lambda: account.client("sagemaker").create_endpoint_config(
            EndpointConfigName=config,
            ProductionVariants=[hosting.variant(config)],
            Tags=account.tag_list(of),
            **more,
        ),
    )


def create_endpoint(account: Account, name: str, config: str) -> bool:
    """Make an endpoint unless it exists; return whether it was made.

    Raises:
        SaekdongError: it exists and is not this workspace's.
    """
    sagemaker = account.client("sagemaker")
    return account.ensure(
        ENDPOINT,
        name,
        name,
        lambda: sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=account.tag_list(name)),
    )


def check_conversion(account: Account, name: str, mode: str) -> None:
    """Raise if an endpoint on instances should become serverless, which AWS does not support.

    Raises:
        SaekdongError: the endpoint has instances, and the new configuration is serverless.
    """
    now = describe_resource(account, "endpoint", EndpointName=name) if mode == "serverless" else None
    if now and now["EndpointStatus"] != "Failed" and "InstanceType" in _variant(account, now["EndpointConfigName"]):
        raise SaekdongError(
            f"the endpoint {name} has instances, and AWS cannot make it serverless",
            fix=f"choose another --name, or run 'saekdong destroy {name} --on sagemaker' first",
        )


def changes_instances(account: Account, name: str, config: str) -> bool:
    """Return whether a configuration has another instance type than the endpoint has now."""
    now = describe_resource(account, "endpoint", EndpointName=name) or {}
    before = _variant(account, now.get("EndpointConfigName", config))
    return before.get("InstanceType") != _variant(account, config).get("InstanceType")


def update_endpoint(account: Account, name: str, config: str, mode: str, report: Report, *, scales: bool) -> None:
    """Start moving an endpoint to another configuration; AWS rolls it back if the alarm fires.

    Autoscaling may start a change just before; then wait until that is done.

    Args:
        account: the account of the endpoint.
        name: the endpoint.
        config: the configuration to move to.
        mode: the value of `Hosting.mode`.
        report: takes progress lines.
        scales: whether the endpoint scales in the new configuration. If it now has more instances than that
            configuration starts with, the new fleet gets as many: AWS would otherwise go back to the configured number
            in the middle of the load.
    """
    from botocore.exceptions import ClientError

    for left in reversed(range(_UPDATES)):
        try:
            account.client("sagemaker").update_endpoint(**_update_request(account, name, config, mode, scales))
        except ClientError as error:
            if not left or "in-progress" not in str(error):
                raise
            settled_endpoint(account, name, report)
        else:
            return


def _update_request(account: Account, name: str, config: str, mode: str, scales: bool) -> dict[str, Any]:
    request: dict[str, Any] = {"EndpointName": name, "EndpointConfigName": config}
    if mode != "serverless":
        configured = _variant(account, config).get("InitialInstanceCount", 1)
        running = _instances(account, name) if scales else 0
        if running > configured:
            request["RetainAllVariantProperties"] = True
        most = _MOST_UPDATE + _variant(account, config).get("ContainerStartupHealthCheckTimeoutInSeconds", 0)
        request["DeploymentConfig"] = _blue_green(account, name, max(configured, running), most)
    return request


def settled_endpoint(account: Account, name: str, report: Report) -> dict[str, Any] | None:
    """Wait until an endpoint no longer changes, reporting its states; return it, or None if there is none."""
    return resource.settled(account, "endpoint", name, _UNSETTLED, report, _progress)


def _progress(found: dict[str, Any]) -> str:
    variants = found.get("PendingDeploymentSummary", {}).get("ProductionVariants") or found.get(
        "ProductionVariants", []
    )
    steps = [
        f"{state['Status']} {state.get('StatusMessage', '')}".strip()
        for variant in variants
        for state in variant.get("VariantStatus", [])
    ]
    return ", ".join([found["EndpointStatus"], *steps])


def _variant(account: Account, config: str) -> dict[str, Any]:
    found = describe_resource(account, "endpoint_config", EndpointConfigName=config)
    variant: dict[str, Any] = found["ProductionVariants"][0] if found else {}
    return variant


def _instances(account: Account, name: str) -> int:
    """Return the desired number of instances of an endpoint."""
    found = describe_resource(account, "endpoint", EndpointName=name) or {}
    return max((one.get("DesiredInstanceCount", 0) for one in found.get("ProductionVariants", [])), default=0)


def _blue_green(account: Account, name: str, count: int, most_seconds: int) -> dict[str, Any]:
    canary = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    # A canary may have at most half of the instances.
    routing = canary if count > 1 else {"Type": "ALL_AT_ONCE"}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {**routing, "WaitIntervalInSeconds": _BAKING},
            "TerminationWaitInSeconds": _BAKING,
            "MaximumExecutionTimeoutInSeconds": most_seconds,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm_name(account, name)}]},
    }


def _remove_endpoint(account: Account, name: str, report: Report) -> None:
    # SageMaker cannot remove an endpoint while it is created or updated.
    if settled_endpoint(account, name, report) is None:
        return
    resource.delete_and_wait(account, "endpoint", name)


MODEL = ResourceKind("model", tags_of("model", "ModelName", "ModelArn"), remover("model", "ModelName"))
CONFIG = ResourceKind(
    "endpoint configuration",
    tags_of("endpoint_config", "EndpointConfigName", "EndpointConfigArn"),
    remover("endpoint_config", "EndpointConfigName"),
)
ENDPOINT = ResourceKind("endpoint", tags_of("endpoint", "EndpointName", "EndpointArn"), _remove_endpoint)
