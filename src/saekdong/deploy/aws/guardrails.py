"""A company's rules for every new AWS resource: its tags, its KMS key, its network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from saekdong.errors import SaekdongError

_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}")
_SECURITY_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")
_MOST_SUBNETS, _MOST_SECURITY_GROUPS = 16, 5
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_MOST_KEY, _MOST_VALUE = 128, 256
# A resource may have 50 tags, and two are Saekdong's.
_MOST_TAGS = 48
# Instance types whose local SSDs are encrypted by hardware: AWS takes no key for the volumes of their jobs.
_LOCAL_STORAGE = re.compile(r"ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g5|g6e?|gr6|p5[a-z]*|i\d[a-z]*|trn\d[a-z]*)\.")


@dataclass(frozen=True)
class Network:
    """The part of a VPC that instances run in.

    Attributes:
        subnets: their ids, 1 to 16.
        security_groups: their ids, 1 to 5.

    Raises:
        SaekdongError: too few or too many ids, or malformed ones.
    """

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_ids("--subnet", self.subnets, _SUBNET, "subnet-0123abcd", _MOST_SUBNETS)
        _check_ids("--security-group", self.security_groups, _SECURITY_GROUP, "sg-0123abcd", _MOST_SECURITY_GROUPS)

    @property
    def vpc_config(self) -> dict[str, list[str]]:
        """SageMaker's VpcConfig."""
        return {"SecurityGroupIds": list(self.security_groups), "Subnets": list(self.subnets)}


@dataclass(frozen=True)
class Guardrails:
    """A company's rules for every new AWS resource.

    Attributes:
        tags: the company's own tags; each resource gets them besides Saekdong's.
        key: the ARN of the KMS key that encrypts volumes, objects and images; None for AWS's own keys.
        network: the part of a VPC that instances run in; None for SageMaker's own network.

    Raises:
        SaekdongError: tags that AWS or Saekdong does not accept, or a key that is not an ARN.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    network: Network | None = None

    def __post_init__(self) -> None:
        if self.key and not _KEY.fullmatch(self.key):
            raise SaekdongError(
                f"--kms-key {self.key} is not the ARN of a key",
                fix=f"give what this prints: aws kms describe-key --key-id {self.key} --query KeyMetadata.Arn",
            )
        if len(self.tags) > _MOST_TAGS:
            raise SaekdongError(f"there are {len(self.tags)} tags", fix=f"give {_MOST_TAGS} at most")
        for key, value in self.tags.items():
            _check_tag(key, value)


def check_volume_key(key: str | None, instance: str, option: str) -> None:
    """Raise if AWS takes no KMS key for the volumes of jobs on an instance type.

    Args:
        key: the key; None for none.
        instance: the instance type.
        option: the option that chooses the instance type, for the message.

    Raises:
        SaekdongError: there is a key, and the type takes none.

    Example:
        >>> check_volume_key("arn:...", "ml.m5.large", "--instance")
    """
    if key and _LOCAL_STORAGE.match(instance):
        raise SaekdongError(
            f"AWS takes no key for the volumes of {instance}: its hardware encrypts them",
            fix=f"choose another {option}, as ml.m5.large, or leave out --kms-key",
        )


def _check_ids(option: str, ids: tuple[str, ...], form: re.Pattern[str], example: str, most: int) -> None:
    if not 1 <= len(ids) <= most:
        raise SaekdongError(
            f"a network needs 1 to {most} of {option}, and {len(ids)} are given",
            fix="give --subnet and --security-group together",
        )
    for one in ids:
        if not form.fullmatch(one):
            raise SaekdongError(f"{option} {one} is not an id", fix=f"give one such as {example}")


def _check_tag(key: str, value: str) -> None:
    if key.startswith("saekdong:") or key.lower().startswith("aws:"):
        raise SaekdongError(
            f"--tag {key} is not yours: saekdong: and aws: are kept for others", fix="choose another key"
        )
    if not 1 <= len(key) <= _MOST_KEY or len(value) > _MOST_VALUE or not _TAG.fullmatch(key + value):
        raise SaekdongError(
            f"AWS does not take the tag {key}={value}",
            fix=f"use letters, digits, spaces and _.:/=+-@; {_MOST_KEY} for the key and {_MOST_VALUE} for the value",
        )
