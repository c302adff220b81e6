"""An endpoint's instances, as many as its requests need."""

from typing import Any

from saekdong.aws.account import Account, Kind, Tags
from saekdong.aws.hosting import VARIANT, Scaling
from saekdong.aws.refusals import is_missing
from saekdong.platforms import Report

_SPACE = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
_COOL_DOWN = 300


def ensure_scaling(account: Account, name: str, scaling: Scaling) -> None:
    """Let an endpoint have as many instances as its requests need, within bounds."""
    target = _target(name)
    client = account.client("application-autoscaling")
    bounds = {"MinCapacity": scaling.least, "MaxCapacity": scaling.most}
    made = account.ensure(
        SCALING,
        target,
        name,
        lambda: client.register_scalable_target(**_SPACE, ResourceId=target, **bounds, Tags=account.tags(name)),
    )
    if not made:
        client.register_scalable_target(**_SPACE, ResourceId=target, **bounds)
    client.put_scaling_policy(
        **_SPACE,
        ResourceId=target,
        PolicyName="saekdong",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": scaling.target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": _COOL_DOWN,
            "ScaleOutCooldown": _COOL_DOWN // 5,
        },
    )


def remove_scaling(account: Account, name: str) -> None:
    """Let an endpoint keep its number of instances from now on, where its workspace scaled it."""
    target = _target(name)
    tags = _tags(account, target)
    if tags is not None and account.owns(tags):
        _remove(account, target, lambda _: None)
        account.ledger.removed(account.entry(SCALING.name, target, name))


def _target(name: str) -> str:
    return f"endpoint/{name}/variant/{VARIANT}"


def _found(client: Any, target: str) -> dict[str, Any] | None:
    answer = client.describe_scalable_targets(**_SPACE, ResourceIds=[target])
    return next(iter(answer["ScalableTargets"]), None)


def _tags(account: Account, target: str) -> Tags | None:
    client = account.client("application-autoscaling")
    found = _found(client, target)
    if found is None:
        return None
    tags: Tags = client.list_tags_for_resource(ResourceARN=found["ScalableTargetARN"])["Tags"]
    return tags


def _remove(account: Account, target: str, report: Report) -> None:  # noqa: ARG001
    from botocore.exceptions import ClientError

    try:
        # Its policies and their alarms go with it.
        account.client("application-autoscaling").deregister_scalable_target(**_SPACE, ResourceId=target)
    except ClientError as error:
        if not is_missing(error):
            raise


SCALING = Kind("scaling target", _tags, _remove)
