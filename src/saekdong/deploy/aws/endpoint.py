"""Models, endpoint configurations and endpoints."""

import re
from typing import Any

from saekdong.deploy.aws import resource
from saekdong.deploy.aws.account import Account, Kind
from saekdong.deploy.aws.alarm import alarm_name
from saekdong.deploy.aws.hosting import Hosting
from saekdong.deploy.aws.resource import describe, remover, tags_of
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

_NAME = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,49}")
_BAKING = 120
_MOST_UPDATE = 1800
_UPDATES = 5
_UNSETTLED = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def check_name(name: str) -> None:
    """Raise unless SageMaker takes the name.

    Raises:
        SaekdongError: it does not.

    Example:
        >>> check_name("shop-2")
    """
    if not _NAME.fullmatch(name):
        raise SaekdongError(
            f"{name!r} cannot be an endpoint's name", fix="use up to 50 letters and digits, with single hyphens between"
        )


def check_distinct(account: Account, kind: Kind, name: str) -> None:
    """Raise if the workspace has a thing of this kind whose name differs in capitals only.

    SageMaker takes the two names for one when it creates, and keeps them apart when it is asked.

    Raises:
        SaekdongError: it has.
    """
    for entry in account.ledger.standing():
        is_other = entry.name != name and entry.name.lower() == name.lower()
        if is_other and entry.kind == kind.name and account.is_here(entry):
            raise SaekdongError(
                f"{name} differs from the {kind.name} {entry.name} in capitals only",
                fix=f"use the name {entry.name}, or one that differs in more",
            )


def ensure_model(account: Account, model: str, of: str, image: str, data: str, role: str, hosting: Hosting) -> None:
    """Make a model of an image and an artifact unless it is there."""
    sagemaker = account.client("sagemaker")
    # What our container needs it is given; it may not reach the network. Serverless endpoints do not know isolation.
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


def ensure_config(account: Account, config: str, of: str, hosting: Hosting, answers: str) -> None:
    """Make an endpoint configuration, which serves the model of its name, unless it is there.

    Args:
        account: where.
        config: its name and the model's.
        of: the deployment.
        hosting: how.
        answers: the `s3://` prefix of asynchronous answers.
    """
    key = account.guardrails.key
    more: dict[str, Any] = {}
    if hosting.is_async:
        places = {"S3OutputPath": f"{answers}/out", "S3FailurePath": f"{answers}/failed"}
        more["AsyncInferenceConfig"] = {"OutputConfig": {**places, **({"KmsKeyId": key} if key else {})}}
    if key and not hosting.serverless:
        more["KmsKeyId"] = key
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
    """Make an endpoint unless it is there; return whether it was made.

    Raises:
        SaekdongError: it is there, and is not ours.
    """
    sagemaker = account.client("sagemaker")
    return account.ensure(
        ENDPOINT,
        name,
        name,
        lambda: sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=account.tag_list(name)),
    )


def check_conversion(account: Account, name: str, mode: str) -> None:
    """Raise if an endpoint on instances is to become serverless, which AWS does not do.

    Raises:
        SaekdongError: it is.
    """
    now = describe(account, "endpoint", EndpointName=name) if mode == "serverless" else None
    if now and now["EndpointStatus"] != "Failed" and "InstanceType" in _variant(account, now["EndpointConfigName"]):
        raise SaekdongError(
            f"the endpoint {name} has instances, and AWS cannot make it serverless",
            fix=f"choose another --name, or run 'saekdong destroy {name} --on sagemaker' first",
        )


def changes_instances(account: Account, name: str, config: str) -> bool:
    """Return whether a configuration has another type of instance than the one that an endpoint has now."""
    now = describe(account, "endpoint", EndpointName=name) or {}
    before = _variant(account, now.get("EndpointConfigName", config))
    return before.get("InstanceType") != _variant(account, config).get("InstanceType")


def update_endpoint(account: Account, name: str, config: str, mode: str, report: Report, *, scales: bool) -> None:
    """Start to move an endpoint to another configuration; AWS moves it back if the alarm goes off.

    An endpoint that scales may start to change just before: then wait until it has.

    Args:
        account: where.
        name: the endpoint.
        config: the configuration to move to.
        mode: as `Hosting.mode` has it.
        report: takes what happens.
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
            settled(account, name, report)
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


def settled(account: Account, name: str, report: Report) -> dict[str, Any] | None:
    """Wait until nothing changes at an endpoint, tell what happens, and return it; None where there is none."""
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
    found = describe(account, "endpoint_config", EndpointConfigName=config)
    variant: dict[str, Any] = found["ProductionVariants"][0] if found else {}
    return variant


def _instances(account: Account, name: str) -> int:
    """Return how many instances an endpoint is to have now."""
    found = describe(account, "endpoint", EndpointName=name) or {}
    return max((one.get("DesiredInstanceCount", 0) for one in found.get("ProductionVariants", [])), default=0)


def _blue_green(account: Account, name: str, count: int, most_seconds: int) -> dict[str, Any]:
    canary = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    # A canary may be half of the instances at most.
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
    # An endpoint that is being made or changed cannot be removed.
    if settled(account, name, report) is None:
        return
    resource.delete_and_wait(account, "endpoint", name)


MODEL = Kind("model", tags_of("model", "ModelName", "ModelArn"), remover("model", "ModelName"))
CONFIG = Kind(
    "endpoint configuration",
    tags_of("endpoint_config", "EndpointConfigName", "EndpointConfigArn"),
    remover("endpoint_config", "EndpointConfigName"),
)
ENDPOINT = Kind("endpoint", tags_of("endpoint", "EndpointName", "EndpointArn"), _remove_endpoint)
