"""The SageMaker notebook instance with the project's notebooks."""

import base64
import re
from pathlib import Path
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind
from saekdong.deploy.aws.bucket import ensure_bucket, upload
from saekdong.deploy.aws.endpoint import check_distinct_resource, check_name
from saekdong.deploy.aws.logs import NOTEBOOKS, remove_streams
from saekdong.deploy.aws.resource import delete_and_wait, describe_resource, remover, settled, tags_of
from saekdong.deploy.aws.role import ensure_role
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

INSTANCE = "ml.t3.medium"
_VOLUME_GB = 5
_PREFIX = "notebooks"
# Saekdong 0.1 used this name for every workspace of an account.
_FIRST_NAME = "saekdong-notebook"
_MOST_BYTES = 50_000_000
_CHANGING = {"Pending", "Stopping", "Updating", "Deleting"}


def default_name(account: Account) -> str:
    """Return the name of a workspace's notebook instance, unique among the workspaces of the account."""
    first = account.entry(NOTEBOOK.name, _FIRST_NAME, _FIRST_NAME)
    return _FIRST_NAME if first in account.ledger.standing() else f"{account.shared_name}-notebook"


def create_notebook(
    account: Account, name: str, folder: Path, report: Report, *, instance: str = INSTANCE, role: str | None = None
) -> None:
    """Make a notebook instance with the notebooks of a folder, unless it exists, and wait until it is in service.

    Args:
        account: the account to make it in.
        name: the instance's.
        folder: the folder to put on it, with everything inside.
        report: takes progress lines.
        instance: its instance type.
        role: a role's name or ARN; None for the workspace's own.

    Raises:
        SaekdongError: the folder is missing or too large, or the instance failed.
    """
    check_name(name)
    check_distinct_resource(account, NOTEBOOK, name)
    account.session.report = report
    files = _files(folder)
    bucket = ensure_bucket(account)
    prefix = _prefix(account, name)
    for path, key in files:
        upload(account, f"{prefix}/{key}", path)
    arn = ensure_role(account, role)
    sagemaker = account.client("sagemaker")
    script = base64.b64encode(_start_script(bucket, prefix, account.session.region).encode()).decode()
    account.ensure(
        LIFECYCLE,
        name,
        name,
        lambda: sagemaker.create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName=name, OnStart=[{"Content": script}], Tags=account.tag_list(name)
        ),
    )
    request = {
        "NotebookInstanceName": name,
        "InstanceType": instance,
        "RoleArn": arn,
        "LifecycleConfigName": name,
        "VolumeSizeInGB": _VOLUME_GB,
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
        "Tags": account.tag_list(name),
        **_guarded(account),
    }
    account.ensure(NOTEBOOK, name, name, lambda: sagemaker.create_notebook_instance(**request))
    start_notebook(account, name, report)


def _guarded(account: Account) -> dict[str, Any]:
    """Return the company's network and key; in a VPC, a notebook has no other way to the internet."""
    key, network = account.guardrails.key, account.guardrails.network
    request: dict[str, Any] = {"KmsKeyId": key} if key else {}
    if network:
        request["SubnetId"] = network.subnets[0]
        request["SecurityGroupIds"] = list(network.security_groups)
        request["DirectInternetAccess"] = "Disabled"
    return request


def start_notebook(account: Account, name: str, report: Report) -> None:
    """Start a notebook instance if it is stopped, and wait until it is in service.

    Raises:
        SaekdongError: there is no such instance, or it failed.
    """
    found = _rested(account, name, report)
    if found and found["NotebookInstanceStatus"] == "Stopped":
        account.client("sagemaker").start_notebook_instance(NotebookInstanceName=name)
        found = _rested(account, name, report)
    if found is None:
        raise SaekdongError(f"there is no notebook {name}", fix="saekdong notebook create")
    if found["NotebookInstanceStatus"] != "InService":
        raise SaekdongError(
            f"the notebook {name} is {found['NotebookInstanceStatus']}: "
            f"{found.get('FailureReason', 'no reason given')}",
            fix=f"saekdong notebook delete {name}, then create it again",
        )


def open_notebook(account: Account, name: str, report: Report) -> str:
    """Return an address that opens the notebook instance within five minutes; start it first if it is stopped."""
    start_notebook(account, name, report)
    answer = account.client("sagemaker").create_presigned_notebook_instance_url(NotebookInstanceName=name)
    return str(answer["AuthorizedUrl"])


def stop_notebook(account: Account, name: str, report: Report) -> None:
    """Stop a notebook instance; from then on only its volume costs money.

    Raises:
        SaekdongError: this workspace has no such instance.
    """
    tags = NOTEBOOK.tags(account, name)
    if tags is None or not account.owns(tags):
        raise SaekdongError(f"this workspace has no notebook {name}", fix="saekdong notebook create")
    _stopped(account, name, report)


def _files(folder: Path) -> list[tuple[Path, str]]:
    if not folder.is_dir():
        raise SaekdongError(f"there is no folder {folder}", fix="give another one with --notebooks")
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(folder)))
    size = sum(path.stat().st_size for path in found)
    if not found or size > _MOST_BYTES:
        raise SaekdongError(
            f"{folder} holds {len(found)} files of {size / 1e6:.0f} MB",
            fix=f"give a folder of 1 or more files, {_MOST_BYTES / 1e6:.0f} MB at most",
        )
    return [(path, path.relative_to(folder).as_posix()) for path in found]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _prefix(account: Account, name: str) -> str:
    """Return the bucket's prefix of a notebook instance's files: the one its start script names, if it has one."""
    found = describe_resource(account, "notebook_instance_lifecycle_config", NotebookInstanceLifecycleConfigName=name)
    script = base64.b64decode(found["OnStart"][0]["Content"]).decode() if found and found.get("OnStart") else ""
    place = re.search(r" s3://[^/\s]+/(\S+)/ ", script)
    return place[1] if place else f"{_PREFIX}/{name}"


def _start_script(bucket: str, prefix: str, region: str) -> str:
    # Copy only missing files, so that the person's own changes are kept.
    return f"""#!/bin/bash
set -e
cd /home/ec2-user/SageMaker
aws s3 cp --recursive --region {region} s3://{bucket}/{prefix}/ /tmp/saekdong-notebooks/
cp --recursive --no-clobber /tmp/saekdong-notebooks/. .
chown --recursive ec2-user:ec2-user .
"""


def _rested(account: Account, name: str, report: Report) -> dict[str, Any] | None:
    return settled(account, "notebook_instance", name, _CHANGING, report)


def _stopped(account: Account, name: str, report: Report) -> dict[str, Any] | None:
    found = _rested(account, name, report)
    if found and found["NotebookInstanceStatus"] == "InService":
        account.client("sagemaker").stop_notebook_instance(NotebookInstanceName=name)
        found = _rested(account, name, report)
    return found


def _remove(account: Account, name: str, report: Report) -> None:
    if _stopped(account, name, report) is None:
        return
    # While the instance exists, its tags prove that the streams are ours, and it may still write more.
    remove_streams(account, NOTEBOOKS, f"{name}/")
    delete_and_wait(account, "notebook_instance", name)
    remove_streams(account, NOTEBOOKS, f"{name}/")


NOTEBOOK = ResourceKind(
    "notebook", tags_of("notebook_instance", "NotebookInstanceName", "NotebookInstanceArn"), _remove
)
LIFECYCLE = ResourceKind(
    "notebook lifecycle",
    tags_of(
        "notebook_instance_lifecycle_config",
        "NotebookInstanceLifecycleConfigName",
        "NotebookInstanceLifecycleConfigArn",
    ),
    remover("notebook_instance_lifecycle_config", "NotebookInstanceLifecycleConfigName"),
)
