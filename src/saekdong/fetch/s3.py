"""S3 objects. Credentials, region and endpoint are those that boto3 finds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any, NamedTuple

from saekdong.errors import SaekdongError
from saekdong.extras import pip_install
from saekdong.fetch.errors import FetchError
from saekdong.fetch.urls import redacted

_SECONDS_TO_CONNECT = 10
_SECONDS_TO_READ = 60
_ATTEMPTS = 4
_CONNECTIONS = 32
_MISSING = ("NoSuchKey", "404")
_UNCHANGED = "304"
_ADDRESS = re.compile(r"s3://([^/]*)/?(.*)", re.IGNORECASE | re.DOTALL)


class UnchangedError(Exception):
    """The object still has the known ETag."""


class S3Object(NamedTuple):
    """An object that is being read.

    Attributes:
        body: its content, as a stream.
        etag: changes with the content.
        modified: the time of its last change, as text.
        size: in bytes.
    """

    body: IO[bytes]
    etag: str
    modified: str
    size: int


@contextmanager
def open_object(address: str, known_etag: str = "", client: Any = None) -> Iterator[S3Object]:
    """Open an object for reading.

    Args:
        address: `s3://bucket/key`.
        known_etag: the ETag of a stored version, which need not be sent again; empty for none.
        client: the S3 client; None for the process's own.

    Yields:
        The object.

    Raises:
        UnchangedError: it still has the known ETag.
        FetchError: the object does not exist, boto3 is missing, or S3 refuses. Errors while the body is read are
            `FetchError`s too.
    """
    bucket, key = _split(address)
    client = client or _client()
    try:
        answer = _get(client, bucket, key, known_etag)
        with answer["Body"] as body:
            yield S3Object(body, answer["ETag"], answer["LastModified"].isoformat(), answer["ContentLength"])
    except (SaekdongError, UnchangedError):
        raise
    except Exception as error:
        raise _reported(error) from error


def list_objects(address: str, client: Any = None) -> Iterator[str]:
    """Yield the addresses of the objects below an address, by key.

    Args:
        address: `s3://bucket/prefix`; of a prefix without a final slash, the objects below `prefix/`.
        client: the S3 client; None for the process's own.

    Raises:
        FetchError: boto3 is missing, or S3 refuses.
    """
    bucket, prefix = split_address(address)
    below = f"{prefix.rstrip('/')}/" if prefix else ""
    client = client or _client()
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=below):
            for one in page.get("Contents", []):
                yield f"s3://{bucket}/{one['Key']}"
    except Exception as error:
        raise _reported(error) from error


def split_address(address: str) -> tuple[str, str]:
    """Return the bucket and the key of an address; the key may be empty.

    Raises:
        FetchError: it names no bucket.
    """
    match = _ADDRESS.fullmatch(address)
    if not match or not match[1]:
        raise FetchError("not-found", "this names no bucket", fix="the form is s3://BUCKET/KEY")
    return match[1], match[2]


def _split(address: str) -> tuple[str, str]:
    bucket, key = split_address(address)
    if not key:
        raise _folder()
    return bucket, key


@cache
def _client() -> Any:
    """Return the process's client; it may be used from several threads."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise FetchError("unsupported", "reading from S3 needs boto3", fix=pip_install("remote")) from error
    patience = Config(
        connect_timeout=_SECONDS_TO_CONNECT,
        read_timeout=_SECONDS_TO_READ,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
    )
    return boto3.session.Session().client("s3", config=patience)


def _get(client: Any, bucket: str, key: str, known_etag: str) -> Any:
    """Return the answer to GetObject."""
    from botocore.exceptions import ClientError

    condition = {"IfNoneMatch": known_etag} if known_etag else {}
    try:
        return client.get_object(Bucket=bucket, Key=key, **condition)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == _UNCHANGED:
            raise UnchangedError from error
        if code not in _MISSING:
            raise
        if _is_folder(client, bucket, key):
            raise _folder() from error
        raise FetchError("not-found", "there is nothing at this address", fix="check it") from error


def _is_folder(client: Any, bucket: str, key: str) -> bool:
    """Return whether objects lie below a key; False if S3 refuses to list them."""
    from botocore.exceptions import ClientError

    try:
        below = client.list_objects_v2(Bucket=bucket, Prefix=f"{key.rstrip('/')}/", MaxKeys=1)
    except ClientError:
        return False
    return bool(below["KeyCount"])


def _folder() -> FetchError:
    return FetchError("not-found", "this is a folder on S3, not an object", fix="give the address of an object in it")


def _reported(error: Exception) -> FetchError:
    """Return any error of botocore as a `FetchError`."""
    from botocore.exceptions import NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return FetchError("refused", "no AWS credentials were found", fix="sign in with 'aws configure'")
    what = redacted(" ".join(str(error).split()))
    return FetchError("unreadable", f"it cannot be fetched: {type(error).__name__}: {what}")
