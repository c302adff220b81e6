"""The doctor: moto's server where it can answer, recorded answers for rights, quotas and clocks."""

import datetime
import fnmatch
import json

import pytest
from botocore.exceptions import ClientError

from clouds import ACCOUNT, REGION, SECRET, platform, pushes, record, reset, settings
from saekdong.deploy.aws import Hosting, Scaling, Serverless
from saekdong.deploy.aws.doctor import examine
from saekdong.deploy.aws.policy import deployer_policy
from saekdong.deploy.aws.quotas import QuotaPlan
from saekdong.errors import SaekdongError

INSTANCE = "ml.m5.large"


@pytest.fixture
def sagemaker(cloud, tmp_path):
    assert cloud
    made = platform(tmp_path)
    record(
        made.account,
        {
            "service-quotas.ListServiceQuotas": quota(2),
            "service-quotas.ListAWSDefaultServiceQuotas": lambda _: {"Quotas": []},
            "iam.SimulatePrincipalPolicy": rights(),
        },
    )
    yield made
    made.account.session.close()


def quota(value, name=f"{INSTANCE} for endpoint usage"):
    return lambda _: {"Quotas": [{"QuotaName": name, "QuotaCode": "L-ABC", "Value": value}]}


def rights(*denied):
    """Recorded: every action is allowed but these."""

    def simulate(asked):
        results = [
            {"EvalActionName": action, "EvalDecision": "implicitDeny" if action in denied else "allowed"}
            for action in asked["ActionNames"]
        ]
        return {"EvaluationResults": results, "IsTruncated": False}

    return simulate


def holding(policy):
    """Recorded: the rights of a user with this policy, by IAM's rules for actions, resources and conditions.

    A statement with a condition does not count if the simulation is not told the key's value.
    """

    def allows(statement, action, resource, context):
        conditions = statement.get("Condition", {}).get("StringEquals", {})
        return (
            action in statement["Action"]
            and any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"])
            and all(context.get(key) == value for key, value in conditions.items())
        )

    def simulate(asked):
        context = {one["ContextKeyName"]: one["ContextKeyValues"][0] for one in asked.get("ContextEntries", [])}
        results = []
        for action in asked["ActionNames"]:
            specific = [
                {
                    "EvalResourceName": resource,
                    "EvalResourceDecision": "allowed"
                    if any(allows(one, action, resource, context) for one in policy["Statement"])
                    else "implicitDeny",
                }
                for resource in asked["ResourceArns"]
            ]
            decision = specific[0]["EvalResourceDecision"]
            results.append({"EvalActionName": action, "EvalDecision": decision, "ResourceSpecificResults": specific})
        return {"EvaluationResults": results, "IsTruncated": False}

    return simulate


def found(sagemaker, role=None, instance=INSTANCE, **more):
    plan = QuotaPlan(more.pop("hosting", Hosting(instance)), role, **more)
    return {one.check: one for one in examine(lambda: sagemaker.account, plan)}


def test_whoever_holds_exactly_the_documented_policy_may_do_all(sagemaker):
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": holding(deployer_policy(ACCOUNT, REGION))})
    findings = found(sagemaker)
    assert {one.found for one in findings.values() if one.result != "good"} == set()
    assert {"your rights: pass role", "your rights: scaling role"} <= set(findings)


def test_the_documented_policy_is_held_for_a_role_of_ones_own(sagemaker):
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    sagemaker.account.client("iam").create_role(
        RoleName="mine", AssumeRolePolicyDocument=json.dumps({"Statement": trust})
    )
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": holding(deployer_policy(ACCOUNT, REGION, "mine"))})
    assert found(sagemaker, role="mine")["your rights: pass role"].result == "good"
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": holding(deployer_policy(ACCOUNT, REGION))})
    finding = found(sagemaker, role="mine")["your rights: pass role"]
    assert finding.result == "fails"
    statement = json.loads(finding.fix.removeprefix("allow "))
    assert statement["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/mine"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


SSO = "AWSReservedSSO_Deployers_0123456789abcdef"


def signed_in_by_sso(sagemaker):
    """Recorded: the session of a role of single sign-on, whose ARN leaves out the role's path."""
    identity = {"Account": ACCOUNT, "UserId": "AROA:me", "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{SSO}/me"}
    record(sagemaker.account, {"sts.GetCallerIdentity": lambda _: identity})


def test_the_rights_of_a_role_of_single_sign_on_are_those_of_its_whole_arn(sagemaker):
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{REGION}/{SSO}"
    signed_in_by_sso(sagemaker)
    sagemaker.account.client("iam").create_role(
        RoleName=SSO, Path=f"/aws-reserved/sso.amazonaws.com/{REGION}/", AssumeRolePolicyDocument="{}"
    )
    sources = []
    allow = rights()
    record(
        sagemaker.account,
        {"iam.SimulatePrincipalPolicy": lambda asked: sources.append(asked["PolicySourceArn"]) or allow(asked)},
    )
    assert found(sagemaker)["your rights: S3"].result == "good"
    assert set(sources) == {arn}


def test_rights_of_single_sign_on_that_cannot_be_told_are_unknown(sagemaker):
    signed_in_by_sso(sagemaker)
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
    record(sagemaker.account, {"iam.GetRole": lambda _: denied})
    finding = found(sagemaker)["your rights"]
    assert finding.result == "unknown"
    assert finding.found.startswith(f"cannot determine the rights of {SSO}")
    statement = json.loads(finding.fix.removeprefix("allow "))
    assert statement["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*"]


def test_each_quota_is_told_with_what_is_needed_and_what_is_allowed(sagemaker):
    values = {
        f"{INSTANCE} for endpoint usage": 4,
        f"{INSTANCE} for training job usage": 0,
        f"{INSTANCE} for transform job usage": 1,
    }
    listed = [
        {"QuotaName": name, "QuotaCode": f"L-{at}", "Value": value} for at, (name, value) in enumerate(values.items())
    ]
    defaults = [{"QuotaName": "ml.t3.medium for notebook instance usage", "QuotaCode": "L-9", "Value": 8.0}]
    record(
        sagemaker.account,
        {
            "service-quotas.ListServiceQuotas": lambda _: {"Quotas": listed},
            "service-quotas.ListAWSDefaultServiceQuotas": lambda _: {"Quotas": defaults},
        },
    )
    scaled = Hosting(INSTANCE, scaling=Scaling(1, 3))
    findings = found(sagemaker, hosting=scaled, training=INSTANCE, transform=INSTANCE, notebook="ml.t3.medium")
    endpoint = findings["quota: endpoint"]
    assert endpoint.result == "fails"
    assert endpoint.found == (
        f"{INSTANCE} for endpoint usage (L-0): needed 6, allowed 4; 3 serve, and an update runs as many beside"
    )
    assert "--quota-code L-0 --desired-value 6" in endpoint.fix
    assert (findings["quota: training"].result, findings["quota: transform"].result) == ("fails", "good")
    assert findings["quota: notebook"].found.endswith("(L-9): needed 1, allowed 8")


def test_the_quota_of_serverless_endpoints_is_their_concurrency(sagemaker):
    name = "Maximum total concurrency that can be allocated across all serverless endpoints"
    listed = [{"QuotaName": name, "QuotaCode": "L-96300102", "Value": 10.0}]
    record(sagemaker.account, {"service-quotas.ListServiceQuotas": lambda _: {"Quotas": listed}})
    assert found(sagemaker, hosting=Hosting(serverless=Serverless()))["quota: endpoint"].result == "good"
    finding = found(sagemaker, hosting=Hosting(serverless=Serverless(concurrency=20)))["quota: endpoint"]
    assert finding.found == f"{name} (L-96300102): needed 20, allowed 10"


def test_an_empty_account_in_order_is_good(sagemaker):
    findings = found(sagemaker)
    assert {one.result for one in findings.values()} == {"good"}
    assert {"credentials", "clock", "region", "your rights: S3", "role", "bucket", "quota: endpoint", "image"} <= set(
        findings
    )
    assert ACCOUNT in findings["credentials"].found
    assert not sagemaker.account.ledger.path.exists()


def test_a_deployed_account_in_order_is_good(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", lambda _: None)
    findings = found(sagemaker)
    assert {one.result for one in findings.values()} == {"good"}
    assert {"role: trust", "role: S3", "role: ECR", "role: ECR login"} <= set(findings)
    assert findings["image"].found.startswith("linux/amd64, application/vnd.docker")
    assert REGION in findings["bucket"].found


def test_no_way_in_is_all_that_is_told():
    def closed():
        raise SaekdongError("there are no AWS credentials", fix="sign in")

    (finding,) = examine(closed, QuotaPlan())
    assert (finding.check, finding.result, finding.fix) == ("credentials", "fails", "sign in")


def test_keys_that_aws_does_not_know_are_told(sagemaker):
    error = ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "invalid"}}, "GetCallerIdentity")
    record(sagemaker.account, {"sts.GetCallerIdentity": lambda _: error})
    (finding,) = examine(lambda: sagemaker.account, QuotaPlan())
    assert finding.result == "fails"
    assert "sign in again" in finding.fix


def test_a_clock_that_is_off_is_told(sagemaker):
    identity = dict(sagemaker.account.session.identity)
    wrong = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)
    identity["ResponseMetadata"] = {"HTTPHeaders": {"date": wrong.strftime("%a, %d %b %Y %H:%M:%S GMT")}}
    sagemaker.account.session.identity = identity
    finding = found(sagemaker)["clock"]
    assert (finding.result, finding.fix) == ("fails", "timedatectl set-ntp true")
    assert "off by 1200 s" in finding.found or "off by 1201 s" in finding.found


def test_a_region_without_sagemaker_is_told(sagemaker):
    sagemaker.account.session.boto.get_available_regions = lambda _: ["eu-west-1"]
    assert found(sagemaker)["region"].result == "fails"


def test_missing_rights_are_told_with_the_statement_that_gives_them(sagemaker):
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": rights("ecr:PutImage", "ecr:CreateRepository")})
    finding = found(sagemaker)["your rights: ECR"]
    assert finding.result == "fails"
    statement = json.loads(finding.fix.removeprefix("allow "))
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["ecr:CreateRepository", "ecr:PutImage"]
    # The workspace has no id yet, which the statement must not make up.
    assert statement["Resource"] == [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/saekdong-*"]


def test_a_role_without_trust_or_rights_is_told_with_its_mend(sagemaker):
    iam = sagemaker.account.client("iam")
    other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument=json.dumps({"Statement": other}))
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": rights("s3:GetObject", "ecr:BatchGetImage")})
    findings = found(sagemaker, role="mine")
    trust = findings["role: trust"]
    assert trust.result == "fails"
    command, _, document = trust.fix.partition(" --policy-document ")
    assert command == "aws iam update-assume-role-policy --role-name mine"
    # What the role trusted before stays.
    services = [one["Principal"]["Service"] for one in json.loads(document.strip("'"))["Statement"]]
    assert services == ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]
    assert '"s3:GetObject"' in findings["role: S3"].fix
    assert '"ecr:BatchGetImage"' in findings["role: ECR"].fix
    assert found(sagemaker, role="none")["role"].result == "fails"


def test_rights_that_may_not_be_looked_up_are_unknown(sagemaker):
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SimulatePrincipalPolicy")
    record(sagemaker.account, {"iam.SimulatePrincipalPolicy": lambda _: denied})
    finding = found(sagemaker)["your rights: S3"]
    assert finding.result == "unknown"
    assert "iam:SimulatePrincipalPolicy" in finding.fix


def test_a_bucket_elsewhere_or_somebody_elses_is_told(sagemaker):
    assert sagemaker.account.ledger.workspace
    record(sagemaker.account, {"s3.GetBucketLocation": lambda _: {"LocationConstraint": "eu-west-1"}})
    finding = found(sagemaker)["bucket"]
    assert (finding.result, finding.fix) == ("fails", "give --region eu-west-1")
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetBucketLocation")
    record(sagemaker.account, {"s3.GetBucketLocation": lambda _: denied})
    assert "s3:GetBucketLocation" in found(sagemaker)["bucket"].fix


def test_a_quota_of_none_is_told_with_the_command_that_raises_it(sagemaker):
    record(sagemaker.account, {"service-quotas.ListServiceQuotas": quota(0)})
    finding = found(sagemaker)["quota: endpoint"]
    assert finding.result == "fails"
    assert finding.fix == (
        "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-ABC "
        f"--desired-value 2 --region {REGION}"
    )
    assert found(sagemaker, instance="ml.none.large")["quota: endpoint"].result == "fails"


def test_an_image_that_sagemaker_would_refuse_is_told(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", lambda _: None)
    assert found(sagemaker, instance="ml.c7g.large")["image"].result == "fails"
    manifest = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"digest": "sha256:2"}}
    uri = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{sagemaker.account.shared_name}"
    sagemaker.account.client("ecr").batch_delete_image(
        repositoryName=sagemaker.account.shared_name, imageIds=[{"imageTag": "latest"}]
    )
    pushes(sagemaker.account, manifest)(uri, "AWS", "password")
    finding = found(sagemaker)["image"]
    assert "not Docker v2 schema 2" in finding.found
    assert "saekdong image build" in finding.fix


@pytest.mark.slow
def test_the_command_tells_the_findings_and_no_secret(saekdong, server):
    reset(server)
    # moto knows neither rights nor quotas: its answers then are not AWS's, and reported as unknown.
    run = saekdong("doctor", "--on", "sagemaker", "--format", "json", env=settings(server))
    findings = json.loads(run.stdout)
    assert findings[0]["check"] == "credentials"
    assert findings[0]["result"] == "good"
    assert {"unknown", "good"} <= {one["result"] for one in findings}
    assert SECRET not in run.stdout + run.stderr
    run = saekdong("doctor", env={"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none", "HOME": "/none"})
    assert run.returncode == 1
    assert "there are no AWS credentials" in run.stdout
