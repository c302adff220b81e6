"""Access to an AWS account: credentials, region, clients."""

import configparser
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from saekdong.deploy.aws.propagation import PATIENCE, delay
from saekdong.deploy.aws.refusals import missing_boto3
from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, read_regular

DEFAULT_REGION = "ap-northeast-2"
_ATTEMPTS = 8
_SIGN_IN = "sign in with 'aws configure', or give --profile or --credentials"


@dataclass
class Session:
    """Credentials and a region.

    Attributes:
        boto: boto3's session.
        region: the region of every new resource.
        patience: how long to retry a call while a new resource has not spread on AWS.
        report: takes a line when such a wait begins.
    """

    boto: Any
    region: str
    patience: AwsPatience = PATIENCE
    report: Report = lambda _line: None
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service; it retries throttling, faults and the errors that `propagation` lists."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}, connect_timeout=10, read_timeout=70
            )
            client = self.boto.client(service, region_name=self.region, config=config)
            client.meta.events.register("needs-retry", self._until_spread)
            self._clients[service] = client
        return self._clients[service]

    @cached_property
    def identity(self) -> dict[str, Any]:
        """STS's answer to GetCallerIdentity: Account, Arn, UserId."""
        answer: dict[str, Any] = self.client("sts").get_caller_identity()
        return answer

    @property
    def account(self) -> str:
        """The account's number."""
        return str(self.identity["Account"])

    @cached_property
    def partition(self) -> str:
        """The partition of the region: `aws` except in China and GovCloud."""
        return str(self.boto.get_partition_for_region(self.region))

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """Return the ARN of a resource of this account and region; `region=""` for services without one."""
        where = self.region if region is None else region
        whose = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{where}:{whose}:{resource}"

    def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _until_spread(self, response: Any, operation: Any, request_dict: dict[str, Any], **_: Any) -> float | None:
        return delay(self.report, self.patience, operation.name, response, request_dict["context"])


def connect_aws(profile: str | None = None, credentials: Path | None = None, region: str | None = None) -> Session:
    """Return a session; this makes no request to AWS yet.

    Args:
        profile: a profile of AWS's files; None for the one that the environment names, or `default`.
        credentials: a file like `~/.aws/credentials` to read instead of it. Without a profile, its
            `default`, or the only one in it, is used.
        region: by default AWS_REGION, AWS_DEFAULT_REGION, the profile's, or ap-northeast-2, in this order.

    Raises:
        SaekdongError: boto3 is missing, the file cannot be read, or the profile or region does not exist.
    """
    try:
        import boto3
        import botocore.session
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise missing_boto3() from error
    if credentials:
        profile = _profile_in(credentials, profile)
    try:
        core = botocore.session.Session(profile=profile)
        if credentials:
            core.set_config_variable("credentials_file", str(credentials))
        boto = boto3.Session(botocore_session=core)
        if core.get_credentials() is None:
            raise SaekdongError("there are no AWS credentials", fix=_SIGN_IN)
        chosen = region or os.environ.get("AWS_REGION") or boto.region_name or DEFAULT_REGION
    except BotoCoreError as error:
        raise SaekdongError(str(error), fix=_SIGN_IN) from error
    return Session(boto, _checked(boto, chosen))


def _checked(boto: Any, region: str) -> str:
    from botocore.exceptions import BotoCoreError

    try:
        boto.get_partition_for_region(region)
    except BotoCoreError as error:
        raise SaekdongError(f"there is no region {region}", fix=f"give one as {DEFAULT_REGION} by --region") from error
    return region


def _profile_in(credentials: Path, profile: str | None) -> str:
    """Return the profile to use from a credentials file.

    Raises:
        SaekdongError: the file cannot be read, or has no such profile. The message never quotes the file.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_regular(credentials).decode())
    except OSError as error:
        raise cannot_read(credentials, error) from error
    except (configparser.Error, UnicodeDecodeError):
        raise SaekdongError(
            f"{credentials} is not of the form of ~/.aws/credentials",
            fix="write [profile], aws_access_key_id = ... and aws_secret_access_key = ..., as UTF-8 without BOM",
        ) from None
    known = parser.sections()
    if profile is None and len(known) == 1:
        return known[0]
    wanted = profile or "default"
    if wanted not in known:
        raise SaekdongError(
            f"{credentials} has no profile {wanted}", fix=f"give --profile, one of: {', '.join(known) or 'none in it'}"
        )
    return wanted
