"""Alarms: one rolls an update back when the endpoint returns errors, one starts the first instance."""

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags, as_tags
from saekdong.deploy.aws.hosting import VARIANT
from saekdong.deploy.platform import Report


def alarm_name(account: Account, name: str) -> str:
    """Return the name of an endpoint's alarm."""
    return f"saekdong-{account.ledger.workspace}-{name}-errors"


def ensure_alarm(account: Account, name: str) -> None:
    """Make an endpoint's alarm unless it exists: it fires on any 5xx response within a minute."""
    alarm = alarm_name(account, name)
    account.ensure(
        ALARM,
        alarm,
        name,
        lambda: account.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm,
            AlarmDescription=f"The endpoint {name} answers with errors; an update in progress is rolled back.",
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": VARIANT}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            Tags=account.tag_list(name),
        ),
    )


def backlog_alarm_name(account: Account, name: str) -> str:
    """Return the name of the alarm that fires if requests wait while an endpoint has no instance."""
    return f"saekdong-{account.ledger.workspace}-{name}-backlog"


def ensure_backlog_alarm(account: Account, name: str, action: str) -> None:
    """Make the alarm that fires if requests wait while an asynchronous endpoint has no instance, as AWS documents it.

    Args:
        account: the account to make it in.
        name: the endpoint's name.
        action: the ARN of the scaling policy that starts an instance.
    """
    alarm = backlog_alarm_name(account, name)
    settings = {
        "AlarmName": alarm,
        "AlarmDescription": f"Requests to {name} wait and there is no instance; one is started.",
        "Namespace": "AWS/SageMaker",
        "MetricName": "HasBacklogWithoutCapacity",
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": [action],
    }
    put = account.client("cloudwatch").put_metric_alarm
    if not account.ensure(ALARM, alarm, name, lambda: put(**settings, Tags=account.tag_list(name))):
        # After its target was registered again, the policy has another ARN.
        put(**settings)


def _tags(account: Account, name: str) -> ResourceTags | None:
    cloudwatch = account.client("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        return None
    return as_tags(cloudwatch.list_tags_for_resource(ResourceARN=found[0]["AlarmArn"])["Tags"])


def _remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
    # AWS ignores the names of alarms that do not exist.
    account.client("cloudwatch").delete_alarms(AlarmNames=[name])


ALARM = ResourceKind("alarm", _tags, _remove)
