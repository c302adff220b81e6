"""Check, before anything is made, for what makes deployments fail; each finding comes with its fix."""

import email.utils
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.bucket import bucket_name
from saekdong.deploy.aws.ledger import Ledger
from saekdong.deploy.aws.policy import CONDITIONS, SSO_PATH, deployer_actions
from saekdong.deploy.aws.quotas import Need, Quota, QuotaPlan, needs, sagemaker_quotas
from saekdong.deploy.aws.refusals import aws_errors, code, is_denied, is_missing, statement
from saekdong.deploy.aws.repository import check_image, look_at
from saekdong.deploy.aws.role import SERVICE, key_statement, network_statements, role_name, statements
from saekdong.errors import SaekdongError

_MOST_SKEW = 300
_SSO_PREFIX = "AWSReservedSSO_"
# A workspace without an id has made nothing. The doctor must not choose an id: that would write into its folder.
_FIRST = "made at the first deployment"
_FIRST_PUSH = "pushed at the first deployment"


class _DraftLedger(Ledger):
    """The ledger of a workspace without an id; the names of its future resources are simulated with any id."""

    workspace = "00000000"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        check: the name of the check.
        result: `good`, `fails`, or `unknown` if it could not be checked.
        found: what the check saw.
        fix: the policy statement or command that fixes it; empty if nothing is wrong.
    """

    check: str
    result: str
    found: str
    fix: str = ""


def examine(connect: Callable[[], Account], plan: QuotaPlan) -> list[Finding]:
    """Check everything that a plan needs; without credentials, yield only that finding.

    Args:
        connect: returns the account; raises SaekdongError if there are no credentials.
        plan: what will be made.
    """
    try:
        account = connect()
        entry = _enter(account)
    except SaekdongError as error:
        return [Finding("credentials", "fails", error.problem, error.fix)]
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("clock", lambda: _clock(account)),
        ("region", lambda: _region(account)),
        ("your rights", lambda: _own_rights(account, plan)),
        ("role", lambda: _role(account, plan.role)),
        ("bucket", lambda: _bucket(account)),
        ("network", lambda: _network(account)),
        ("key", lambda: _key(account)),
        ("quota", lambda: _quotas(account, plan)),
        ("image", lambda: _image(account, plan.hosting.instance)),
    ]
    return [entry, *(finding for name, check in checks for finding in _guarded(name, check))]


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Run a check; yield a finding, too, if AWS denies the request."""
    try:
        with aws_errors():
            return list(check())
    except SaekdongError as error:
        return [Finding(name, "unknown", error.problem, error.fix)]


def _enter(account: Account) -> Finding:
    """Return the caller's identity and a finding about it.

    Raises:
        SaekdongError: AWS does not accept the credentials.
    """
    with aws_errors():
        identity = account.session.identity
    return Finding("credentials", "good", f"{identity['Arn']} in account {identity['Account']}")


def _clock(account: Account) -> Iterator[Finding]:
    date = account.session.identity["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not date:
        yield Finding("clock", "unknown", "AWS's answer has no date")
        return
    # The answer is seconds old by now; AWS allows five minutes.
    skew = time.time() - email.utils.parsedate_to_datetime(date).timestamp()
    if abs(skew) > _MOST_SKEW:
        yield Finding("clock", "fails", f"this machine's clock is off by {skew:.0f} s", "timedatectl set-ntp true")
    else:
        yield Finding("clock", "good", f"within {max(1, abs(round(skew)))} s of AWS's")


def _region(account: Account) -> Iterator[Finding]:
    region = account.session.region
    known = account.session.boto.get_available_regions("sagemaker")
    if known and region not in known:
        yield Finding("region", "fails", f"SageMaker is not in {region}", "give --region ap-northeast-2")
    else:
        yield Finding("region", "good", region)


def _own_rights(account: Account, plan: QuotaPlan) -> Iterator[Finding]:
    source = _principal(account)
    if account.ledger.stored_workspace is None:
        account = replace(account, ledger=_DraftLedger(account.ledger.path))
    for what, (actions, resources) in deployer_actions(account, plan.role).items():
        finding = _rights(account, f"your rights: {what}", source, actions, resources, CONDITIONS.get(what, {}))
        yield replace(finding, fix=finding.fix.replace(_DraftLedger.workspace, "*"))


def _role(account: Account, chosen: str | None) -> Iterator[Finding]:
    from botocore.exceptions import ClientError

    if not chosen and account.ledger.stored_workspace is None:
        yield Finding("role", "good", _FIRST)
        return
    name = (chosen or role_name(account)).rpartition("/")[2]
    try:
        found = account.client("iam").get_role(RoleName=name)["Role"]
    except ClientError as error:
        if not is_missing(error):
            raise
        if chosen:
            yield Finding("role", "fails", f"there is no role {name}", "give another --role, or none")
        else:
            yield Finding("role", "good", _FIRST)
        return
    yield _trust(found, name)
    needed = {what: allowed for what, allowed in statements(account).items() if what.startswith(("S3", "ECR"))}
    # The next deployment gives the workspace's own role the rest.
    if chosen and account.guardrails.network:
        needed |= network_statements(account)
    if chosen and account.guardrails.key:
        needed["key"] = key_statement(account.guardrails.key)
    for what, allowed in needed.items():
        yield _rights(account, f"role: {what}", str(found["Arn"]), allowed["Action"], allowed["Resource"])


def _trust(found: dict[str, Any], name: str) -> Finding:
    document = found["AssumeRolePolicyDocument"]
    trust = json.loads(unquote(document)) if isinstance(document, str) else document
    wanted = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    if any(_trusts(one) for one in _listed(trust.get("Statement", []))):
        return Finding("role: trust", "good", f"{SERVICE} may assume {name}")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [*_listed(trust.get("Statement", [])), wanted]})
    return Finding(
        "role: trust",
        "fails",
        f"SageMaker may not assume the role {name}",
        f"aws iam update-assume-role-policy --role-name {name} --policy-document '{policy}'",
    )


def _trusts(one: dict[str, Any]) -> bool:
    services = _listed(one["Principal"].get("Service", [])) if isinstance(one.get("Principal"), dict) else []
    return one.get("Effect") == "Allow" and SERVICE in services and "sts:AssumeRole" in _listed(one.get("Action", []))


def _rights(
    account: Account,
    check: str,
    source: str,
    actions: list[str],
    resources: list[str],
    context: Mapping[str, str] | None = None,
) -> Finding:
    from botocore.exceptions import ClientError

    context = context or {}
    # A statement with a condition counts only if the simulation has the values of its keys.
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]
    iam = account.client("iam")
    try:
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=source, ActionNames=actions, ResourceArns=resources, ContextEntries=entries
        )
        denied = {
            result["EvalActionName"]
            for page in pages
            for result in page["EvaluationResults"]
            if not _is_allowed(result)
        }
    except ClientError as error:
        # The account's root user has no policies to simulate.
        if is_denied(error) or code(error) in ("InvalidInput", "NoSuchEntity"):
            fix = f"allow {statement(['iam:SimulatePrincipalPolicy'], [source])}" if is_denied(error) else ""
            return Finding(check, "unknown", f"the rights of {source} could not be looked up: {code(error)}", fix)
        raise
    if denied:
        ordered = [action for action in actions if action in denied]
        fix = f"allow {statement(ordered, resources, context)}"
        return Finding(check, "fails", f"{source} may not {', '.join(ordered)}", fix)
    return Finding(check, "good", f"{len(actions)} actions allowed")


def _is_allowed(result: dict[str, Any]) -> bool:
    """Return whether an action is allowed on at least one of the resources, which may be a bucket and its objects."""
    specific = result.get("ResourceSpecificResults") or [{"EvalResourceDecision": result["EvalDecision"]}]
    return any(one["EvalResourceDecision"] == "allowed" for one in specific)


def _bucket(account: Account) -> Iterator[Finding]:
    from botocore.exceptions import ClientError

    if account.ledger.stored_workspace is None:
        yield Finding("bucket", "good", _FIRST)
        return
    name, region = bucket_name(account), account.session.region
    s3 = account.client("s3")
    try:
        # us-east-1 is returned as no location.
        place = s3.get_bucket_location(Bucket=name).get("LocationConstraint") or "us-east-1"
    except ClientError as error:
        if is_missing(error):
            yield Finding("bucket", "good", f"{name}, {_FIRST}")
        elif is_denied(error):
            own = account.session.arn("s3", name, region="", account="")
            yield Finding(
                "bucket",
                "fails",
                f"{name} belongs to another account, or may not be read",
                f"allow {statement(['s3:GetBucketLocation', 's3:ListBucket'], [own])}",
            )
        else:
            raise
        return
    if place != region:
        yield Finding("bucket", "fails", f"{name} is in {place}, not in {region}", f"give --region {place}")
    else:
        yield Finding("bucket", "good", f"{name} in {place}")


def _network(account: Account) -> Iterator[Finding]:
    network = account.guardrails.network
    if network is None:
        return
    from botocore.exceptions import ClientError

    ec2, region = account.client("ec2"), account.session.region
    try:
        subnets = ec2.describe_subnets(SubnetIds=list(network.subnets))["Subnets"]
        groups = ec2.describe_security_groups(GroupIds=list(network.security_groups))["SecurityGroups"]
    except ClientError as error:
        if not code(error).endswith(".NotFound"):
            raise
        lists = f"aws ec2 describe-subnets --region {region}; aws ec2 describe-security-groups --region {region}"
        yield Finding("network", "fails", f"{error.response['Error']['Message']} in {region}", lists)
        return
    vpcs = sorted({str(one["VpcId"]) for one in [*subnets, *groups]})
    if len(vpcs) > 1:
        yield Finding("network", "fails", f"of several VPCs: {', '.join(vpcs)}", "give subnets and groups of one VPC")
        return
    zones = sorted({str(one["AvailabilityZone"]) for one in subnets})
    yield Finding("network", "good", f"{vpcs[0]}, zones {', '.join(zones)}")


def _key(account: Account) -> Iterator[Finding]:
    key = account.guardrails.key
    if key is None:
        return
    if key.split(":")[3] != account.session.region:
        yield Finding("key", "fails", f"{key} is not in {account.session.region}", "give a key of the region")
        return
    from botocore.exceptions import ClientError

    try:
        state = account.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    except ClientError as error:
        if code(error) != "NotFoundException":
            raise
        yield Finding("key", "fails", f"there is no key {key}", "give the ARN of a key that aws kms list-keys shows")
        return
    fix = "" if state == "Enabled" else f"aws kms enable-key --key-id {key}"
    yield Finding("key", "fails" if fix else "good", f"{key} is {state}", fix)


def _quotas(account: Account, plan: QuotaPlan) -> Iterator[Finding]:
    needed = list(needs(plan))
    quotas = sagemaker_quotas(account, {need.quota for need in needed})
    for need in needed:
        yield _quota(account, need, quotas.get(need.quota))


def _quota(account: Account, need: Need, quota: Quota | None) -> Finding:
    check = f"quota: {need.what}"
    if quota is None:
        return Finding(check, "fails", f"there is no quota '{need.quota}'", "choose another type, as ml.m5.large")
    summary = f"{quota.name} ({quota.code}): needed {need.at_most}, allowed {quota.allowed:g}"
    if quota.allowed >= need.at_most:
        return Finding(check, "good", summary)
    why = f"; {need.why}" if need.why and quota.allowed >= need.at_first else ""
    return Finding(
        check,
        "fails",
        f"{summary}{why}",
        f"aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code {quota.code} "
        f"--desired-value {need.at_most} --region {account.session.region}",
    )


def _image(account: Account, instance: str) -> Iterator[Finding]:
    from botocore.exceptions import ClientError

    if account.ledger.stored_workspace is None:
        yield Finding("image", "good", _FIRST_PUSH)
        return
    ecr = account.client("ecr")
    try:
        pages = ecr.get_paginator("describe_images").paginate(repositoryName=account.shared_name)
        images = [image for page in pages for image in page["imageDetails"]]
    except ClientError as error:
        if not is_missing(error):
            raise
        images = []
    if not images:
        yield Finding("image", "good", _FIRST_PUSH)
        return
    newest = max(images, key=lambda image: image["imagePushedAt"])
    address = f"{account.session.account}/{account.shared_name}@{newest['imageDigest']}"
    image = look_at(account, address)
    try:
        check_image(image, instance)
    except SaekdongError as error:
        yield Finding("image", "fails", error.problem, error.fix)
        return
    size = f", {image.size / 1e6:.0f} MB" if image.size else ""
    yield Finding("image", "good", f"{image.architecture or 'architecture unknown'}, {image.manifest}{size}")


def _principal(account: Account) -> str:
    """Return the ARN whose policies apply: for a session of an assumed role, that of the role.

    Raises:
        SaekdongError: the role's ARN cannot be determined.
    """
    from botocore.exceptions import ClientError

    arn = str(account.session.identity["Arn"])
    if ":assumed-role/" not in arn:
        return arn
    # The session's ARN lacks the role's path, which each role of single sign-on has.
    name = arn.split("/")[1]
    try:
        return str(account.client("iam").get_role(RoleName=name)["Role"]["Arn"])
    except ClientError as error:
        if not is_denied(error):
            raise
        if name.startswith(_SSO_PREFIX):
            allowed = account.session.arn("iam", f"role/{SSO_PATH}/*", region="")
            raise SaekdongError(
                f"cannot determine the rights of {name}: its ARN has a path that its sessions do not show",
                fix=f"allow {statement(['iam:GetRole', 'iam:SimulatePrincipalPolicy'], [allowed])}",
            ) from error
    return account.session.arn("iam", f"role/{name}", region="")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
