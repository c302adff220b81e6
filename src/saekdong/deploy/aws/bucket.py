"""The S3 bucket of rows, splits, artifacts and job output: private, encrypted, TLS only."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags, as_tags
from saekdong.deploy.aws.refusals import code, is_denied, is_missing
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, open_regular

_AT_ONCE = 1000


def bucket_name(account: Account) -> str:
    """Return the name of the workspace's bucket, unique across all AWS accounts."""
    return f"saekdong-{account.session.account}-{account.session.region}-{account.ledger.workspace}"


def ensure_bucket(account: Account) -> str:
    """Make the workspace's bucket unless it exists, with the settings that keep it private; return its name.

    Raises:
        SaekdongError: the bucket of this name belongs to another account.
    """
    name = bucket_name(account)
    s3 = account.client("s3")
    region = account.session.region
    # us-east-1 is the only region that CreateBucket does not accept by name.
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    made = account.ensure(BUCKET, name, "", lambda: s3.create_bucket(Bucket=name, **place))
    _tag(account, name, {} if made else _listed_tags(account, name) or {})
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    key = account.guardrails.key
    # Without a key in the call, S3 would keep the previous call's key. S3 encrypts every new bucket by itself (SSE-S3).
    if made or key:
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": True}]
            },
        )
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_only(account, name)))
    return name


def upload(account: Account, key: str, source: Path | bytes) -> str:
    """Put a file or bytes into the workspace's bucket; return the `s3://` address."""
    name = bucket_name(account)
    s3 = account.client("s3")
    if isinstance(source, bytes):
        s3.put_object(Bucket=name, Key=key, Body=source)
    else:
        try:
            with open_regular(source) as file:
                s3.put_object(Bucket=name, Key=key, Body=file)
        except OSError as error:
            raise cannot_read(source, error) from error
    return f"s3://{name}/{key}"


def fetch(account: Account, address: str) -> bytes | None:
    """Return the object at an `s3://` address, or None if it does not exist yet."""
    from botocore.exceptions import ClientError

    bucket, key = parse_address(address)
    try:
        content: bytes = account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        # Without the right to list, S3 answers AccessDenied for a missing object.
        if is_missing(error) or is_denied(error):
            return None
        raise
    return content


def exists(account: Account, address: str) -> bool:
    """Return whether there is a readable object at an `s3://` address."""
    from botocore.exceptions import ClientError

    bucket, key = parse_address(address)
    try:
        account.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        # Without the right to list, S3 answers AccessDenied for a missing object.
        if is_missing(error) or is_denied(error):
            return False
        raise
    return True


def parse_address(address: str) -> tuple[str, str]:
    """Return the bucket and the key of an `s3://` address.

    Raises:
        SaekdongError: the address is malformed.

    Example:
        >>> parse_address("s3://shop/data/test.csv")
        ('shop', 'data/test.csv')
    """
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise SaekdongError(f"{address} is not an S3 address", fix="write it as s3://BUCKET/PREFIX")
    return bucket, key


def remove_under(account: Account, name: str, prefix: str) -> None:
    """Remove all versions, delete markers and unfinished uploads under a prefix of a bucket."""
    s3 = account.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name, Prefix=prefix):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]
        for start in range(0, len(objects), _AT_ONCE):
            _delete(s3, name, objects[start : start + _AT_ONCE])
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name, Prefix=prefix):
        for one in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=name, Key=one["Key"], UploadId=one["UploadId"])


def sizes(account: Account, name: str) -> Iterator[int]:
    """Yield the size in bytes of each version of each object."""
    for page in account.client("s3").get_paginator("list_object_versions").paginate(Bucket=name):
        for one in page.get("Versions", []):
            yield one["Size"]


def _delete(s3: Any, name: str, objects: list[dict[str, str]]) -> None:
    answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    if errors := answer.get("Errors"):
        first = errors[0]
        raise SaekdongError(
            f"{len(errors)} objects of {name} could not be removed, first {first.get('Key')}: {first.get('Message')}",
            fix="run it again, or look at the bucket's object locks",
        )


def _tls_only(account: Account, name: str) -> dict[str, Any]:
    arn = account.session.arn("s3", name, region="", account="")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _tag(account: Account, name: str, now: ResourceTags) -> None:
    """Add tags to the bucket and keep its present ones: S3 replaces them all."""
    wanted = {**now, **account.tags("")}
    if wanted != now:
        tags = [{"Key": key, "Value": value} for key, value in wanted.items()]
        account.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


def _listed_tags(account: Account, name: str) -> ResourceTags | None:
    """Return a bucket's tags; None if it has none."""
    from botocore.exceptions import ClientError

    try:
        return as_tags(account.client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if code(error) == "NoSuchTagSet":
            return None
        raise


def _tags(account: Account, name: str) -> ResourceTags | None:
    from botocore.exceptions import ClientError

    s3 = account.client("s3")
    try:
        if (listed := _listed_tags(account, name)) is not None:
            return listed
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    # A bucket is tagged after it is made. If that was interrupted, its random name proves whose it is.
    is_new = name == bucket_name(account) and not s3.list_objects_v2(Bucket=name, MaxKeys=1).get("KeyCount")
    return account.tags("") if is_new else {}


def _remove(account: Account, name: str, report: Report) -> None:
    from botocore.exceptions import ClientError

    report(f"emptying {name}")
    try:
        remove_under(account, name, "")
        account.client("s3").delete_bucket(Bucket=name)
    except ClientError as error:
        if not is_missing(error):
            raise


BUCKET = ResourceKind("bucket", _tags, _remove)
