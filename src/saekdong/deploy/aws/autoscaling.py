"""Autoscaling: keep as many instances of an endpoint as its requests need."""

from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags
from saekdong.deploy.aws.alarm import ALARM, backlog_alarm_name, ensure_backlog_alarm
from saekdong.deploy.aws.hosting import VARIANT, Scaling
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report

_SPACE = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
_FROM_ZERO = "saekdong-from-zero"
_COOL_DOWN = 300


def ensure_scaling(account: Account, name: str, scaling: Scaling, *, is_async: bool) -> None:
    """Scale an endpoint's instances with its requests, within bounds.

    Args:
        account: the account of the endpoint.
        name: the endpoint's name.
        scaling: the bounds, and the target: requests per minute and instance, or waiting requests per instance.
        is_async: whether its requests wait in a queue; only then it may scale to zero instances.
    """
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
            **(_backlog(name) if is_async else _REQUESTS),
        },
    )
    if scaling.least == 0:
        _scale_from_zero(account, name, target)
    else:
        _stay_above_zero(account, name, target)


def remove_scaling(account: Account, name: str) -> None:
    """Stop scaling an endpoint that this workspace scaled; it keeps its current number of instances."""
    target = _target(name)
    tags = _tags(account, target)
    if tags is not None and account.owns(tags):
        _remove(account, target, lambda _: None)
        account.ledger.removed(account.entry(SCALING.name, target, name))
    _remove_backlog_alarm(account, name)


_REQUESTS = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    "ScaleInCooldown": _COOL_DOWN,
    "ScaleOutCooldown": _COOL_DOWN // 5,
}


def _backlog(name: str) -> dict[str, Any]:
    """Return the settings that follow the waiting requests, as AWS documents them for asynchronous endpoints."""
    return {
        "CustomizedMetricSpecification": {
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "EndpointName", "Value": name}],
            "Statistic": "Average",
        },
        "ScaleInCooldown": 2 * _COOL_DOWN,
        "ScaleOutCooldown": _COOL_DOWN,
    }


def _scale_from_zero(account: Account, name: str, target: str) -> None:
    """Make the policy that starts an instance if a request waits and there is none.

    Without instances there is no backlog per instance, the metric that the other policy follows.
    """
    policy = account.client("application-autoscaling").put_scaling_policy(
        **_SPACE,
        ResourceId=target,
        PolicyName=_FROM_ZERO,
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": _COOL_DOWN,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    ensure_backlog_alarm(account, name, policy["PolicyARN"])


def _stay_above_zero(account: Account, name: str, target: str) -> None:
    """Remove the policy that starts the first instance, if an earlier deployment made it."""
    from botocore.exceptions import ClientError

    if not _remove_backlog_alarm(account, name):
        return
    try:
        account.client("application-autoscaling").delete_scaling_policy(
            **_SPACE, ResourceId=target, PolicyName=_FROM_ZERO
        )
    except ClientError as error:
        if not is_missing(error):
            raise


def _remove_backlog_alarm(account: Account, name: str) -> bool:
    """Remove the alarm of waiting requests; return whether the ledger has it."""
    entry = account.entry(ALARM.name, backlog_alarm_name(account, name), name)
    if entry not in account.ledger.standing():
        return False
    ALARM.remove(account, entry.name, lambda _: None)
    account.ledger.removed(entry)
    return True


def _target(name: str) -> str:
    return f"endpoint/{name}/variant/{VARIANT}"


def _found(client: Any, target: str) -> dict[str, Any] | None:
    answer = client.describe_scalable_targets(**_SPACE, ResourceIds=[target])
    return next(iter(answer["ScalableTargets"]), None)


def _tags(account: Account, target: str) -> ResourceTags | None:
    client = account.client("application-autoscaling")
    found = _found(client, target)
    if found is None:
        return None
    tags: ResourceTags = client.list_tags_for_resource(ResourceARN=found["ScalableTargetARN"])["Tags"]
    return tags


def _remove(account: Account, target: str, report: Report) -> None:  # noqa: ARG001
    from botocore.exceptions import ClientError

    try:
        # Deregistering removes its policies and their alarms too.
        account.client("application-autoscaling").deregister_scalable_target(**_SPACE, ResourceId=target)
    except ClientError as error:
        if not is_missing(error):
            raise


SCALING = ResourceKind("scaling target", _tags, _remove)
