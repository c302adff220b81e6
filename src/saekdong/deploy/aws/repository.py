"""The ECR repository: push the image, and check it before anything that costs money is made of it."""

import base64
import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags, as_tags
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

Push = Callable[[str, str, str, str], str]
"""Pushes the image: takes the repository's address, user, password and the platform; returns the image's address."""

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_MANIFESTS = (
    DOCKER_MANIFEST,
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
# Families m, c and r with a g after the generation's number are Graviton.
_GRAVITON = re.compile(r"ml\.[mcr]\d+g|ml\.t4g|ml\.g5g")
_MOST_CONFIG = 1 << 20


@dataclass(frozen=True)
class RegistryImage:
    """What ECR stores of an image.

    Attributes:
        digest: identifies the image's content.
        manifest: the media type of its manifest.
        architecture: such as `linux/amd64`, or None if unknown.
        size: bytes as pushed, or None if unknown.
    """

    digest: str
    manifest: str
    architecture: str | None
    size: int | None


def ensure_repository(account: Account) -> str:
    """Make the workspace's repository unless it exists; return its address."""
    name = account.shared_name
    ecr = account.client("ecr")
    key = account.guardrails.key
    account.ensure(
        REPOSITORY,
        name,
        "",
        lambda: ecr.create_repository(
            repositoryName=name,
            tags=account.tag_list(""),
            imageScanningConfiguration={"scanOnPush": True},
            # The encryption of a repository cannot be changed after it was made.
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key} if key else {"encryptionType": "AES256"},
        ),
    )
    return str(ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"])


def push_to_ecr(account: Account, uri: str, push: Push, instance: str) -> str:
    """Push the image for an instance type; return its address with the digest.

    Raises:
        SaekdongError: the push failed, or SageMaker would refuse the image. The message never has ECR's password.
    """
    token = account.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    try:
        image = push(uri, user, password, architecture_of(instance))
    except Exception as error:
        if password in str(error):
            raise SaekdongError(str(error).replace(password, "...").replace(token, "...")) from None
        raise
    found = look_at(account, image)
    check_image(found, instance)
    return f"{uri}@{found.digest}"


def look_at(account: Account, image: str) -> RegistryImage:
    """Return what the repository stores of an image, given by its address with a digest or a tag.

    Raises:
        SaekdongError: it is not in the repository.
    """
    repository, identity = _parse(image)
    answer = account.client("ecr").batch_get_image(
        repositoryName=repository, imageIds=[identity], acceptedMediaTypes=list(_MANIFESTS)
    )
    if not answer.get("images"):
        raise SaekdongError(f"{image} is not in ECR", fix="push it: saekdong deploy MODEL --on sagemaker")
    found = answer["images"][0]
    manifest = json.loads(found["imageManifest"])
    media_type = found.get("imageManifestMediaType") or manifest.get("mediaType", "unknown")
    layers = [manifest.get("config", {}), *manifest.get("layers", [])]
    size = sum(layer.get("size", 0) for layer in layers) or None
    return RegistryImage(
        found["imageId"]["imageDigest"], media_type, _architecture(account, repository, manifest), size
    )


def check_image(image: RegistryImage, instance: str) -> None:
    """Raise unless SageMaker accepts the image for an instance type.

    Raises:
        SaekdongError: its manifest or its architecture does not fit.
    """
    if image.manifest != DOCKER_MANIFEST:
        raise SaekdongError(
            f"SageMaker refuses the image: its manifest is {image.manifest}, not Docker v2 schema 2",
            fix="build it again with 'saekdong image build' (buildx: --provenance=false --output type=docker)",
        )
    wanted = architecture_of(instance)
    if image.architecture not in (None, wanted):
        raise SaekdongError(
            f"the image is for {image.architecture}, and {instance} is {wanted}",
            fix=f"build it for {wanted} with 'saekdong image build', or choose another --instance",
        )


def architecture_of(instance: str) -> str:
    """Return the architecture of an instance type.

    Example:
        >>> architecture_of("ml.c7gn.large"), architecture_of("ml.g5.xlarge")
        ('linux/arm64', 'linux/amd64')
    """
    return "linux/arm64" if _GRAVITON.match(instance) else "linux/amd64"


def _parse(image: str) -> tuple[str, dict[str, str]]:
    path = image.partition("/")[2]
    name, at, digest = path.partition("@")
    if at:
        return name.partition(":")[0], {"imageDigest": digest}
    name, _, tag = path.partition(":")
    return name, {"imageTag": tag or "latest"}


def _architecture(account: Account, repository: str, manifest: dict[str, dict[str, str]]) -> str | None:
    digest = manifest.get("config", {}).get("digest")
    if not digest:
        return None
    from botocore.exceptions import ClientError

    try:
        answer = account.client("ecr").get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
        # The presigned address of ECR itself.
        with urllib.request.urlopen(answer["downloadUrl"], timeout=20) as reply:  # noqa: S310
            config = json.loads(reply.read(_MOST_CONFIG))
    except (ClientError, OSError, ValueError):
        return None
    return f"{config.get('os', 'linux')}/{config['architecture']}" if config.get("architecture") else None


def _tags(account: Account, name: str) -> ResourceTags | None:
    from botocore.exceptions import ClientError

    ecr = account.client("ecr")
    try:
        arn = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryArn"]
        return as_tags(ecr.list_tags_for_resource(resourceArn=arn)["tags"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def _remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
    from botocore.exceptions import ClientError

    try:
        account.client("ecr").delete_repository(repositoryName=name, force=True)
    except ClientError as error:
        if not is_missing(error):
            raise


REPOSITORY = ResourceKind("repository", _tags, _remove)
