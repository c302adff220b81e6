"""Another artifact on an endpoint: its model and configuration are made again, with nothing else changed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind
from saekdong.deploy.aws.bucket import fetch, upload
from saekdong.deploy.aws.endpoint import CONFIG, MODEL
from saekdong.deploy.aws.resource import describe_resource
from saekdong.errors import ArtifactError, SaekdongError
from saekdong.model.artifact import Artifact, unpack
from saekdong.model.identity import ARTIFACT_FILE

_KEPT_OF_MODEL = ("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")
_KEPT_OF_CONFIG = ("DataCaptureConfig", "KmsKeyId", "AsyncInferenceConfig")


def ensure_replacement(account: Account, name: str, config: str, packed: bytes, artifact: Artifact) -> str:
    """Make what hosts an artifact as a configuration hosts its own; return the new configuration's name.

    A configuration is named by what it hosts, so the same artifact is the same configuration again.

    Args:
        account: the account of the endpoint.
        name: the endpoint.
        config: its configuration.
        packed: the artifact.
        artifact: the same.

    Raises:
        SaekdongError: the configuration or its model was removed.
    """
    before = _need(describe_resource(account, "endpoint_config", EndpointConfigName=config), config)
    variant = before["ProductionVariants"][0]
    model = _need(describe_resource(account, "model", ModelName=variant["ModelName"]), variant["ModelName"])
    container = model["PrimaryContainer"]
    kept = {each: before[each] for each in _KEPT_OF_CONFIG if before.get(each)}
    if "DataCaptureConfig" in kept and artifact.tags_photos and not _tags_photos(account, container["ModelDataUrl"]):
        # The user agreed to capture colors, not photos.
        kept["DataCaptureConfig"] = {**kept["DataCaptureConfig"], "CaptureOptions": [{"CaptureMode": "Output"}]}
    hosted = {each: value for each, value in variant.items() if each != "ModelName"}
    of_model = {each: model[each] for each in _KEPT_OF_MODEL if model.get(each)}
    mark = _mark(artifact.id, container["Image"], hosted, of_model, kept)
    made = f"{name}-{mark}"
    upload(account, f"model/{ARTIFACT_FILE}", packed)
    place = upload(account, f"model/{artifact.id[:12]}/{ARTIFACT_FILE}", packed)
    sagemaker = account.client("sagemaker")
    account.ensure(
        MODEL,
        made,
        name,
        lambda: sagemaker.create_model(
            ModelName=made,
            PrimaryContainer={"Image": container["Image"], "ModelDataUrl": place},
            Tags=_tags(account, MODEL, variant["ModelName"], name),
            **of_model,
        ),
    )
    account.ensure(
        CONFIG,
        made,
        name,
        lambda: sagemaker.create_endpoint_config(
            EndpointConfigName=made,
            ProductionVariants=[{**hosted, "ModelName": made}],
            Tags=_tags(account, CONFIG, config, name),
            **kept,
        ),
    )
    return made


def _need(found: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if found is None:
        raise SaekdongError(f"{name} no longer exists on AWS", fix="deploy the model with 'saekdong deploy'")
    return found


def _tags_photos(account: Account, address: str) -> bool:
    """Return whether the artifact at an address tags photos; also if it can no longer be read."""
    try:
        packed = fetch(account, address)
        return packed is None or unpack(packed).tags_photos
    except ArtifactError:
        return True


def _tags(account: Account, kind: ResourceKind, before: str, of: str) -> list[dict[str, str]]:
    """Return the tags of what is made in place of a resource: a company's own tags stay."""
    tags: Mapping[str, str] = {**(kind.tags(account, before) or {}), **account.tags(of)}
    return [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]


def _mark(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:8]
