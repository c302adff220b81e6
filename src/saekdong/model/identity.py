"""The identity of a model: one id for the artifact, the catalog, the endpoints, the logs and the responses."""

import hashlib
import re

from saekdong.errors import SaekdongError

ARTIFACT_FILE = "model.tar.gz"
"""The name of an artifact's file, as SageMaker wants it."""

_HEX = re.compile(r"[0-9a-f]{64}")
_SHORT = 8


class ModelId(str):
    """The identity of a model: the SHA-256 of its artifact's checksums, 64 lowercase hexadecimal digits.

    An artifact has the same id packed or unpacked, and however it was compressed. A model with another table, label,
    metric or setting has another id.

    Examples:
        >>> ModelId("2b8e723d" * 8).short
        '2b8e723d'
        >>> ModelId("latest")
        Traceback (most recent call last):
        saekdong.errors.SaekdongError: 'latest' is not the id of a model; give its 64 hexadecimal digits
    """

    __slots__ = ()

    def __new__(cls, text: str) -> "ModelId":
        """Check the text and return it as an id.

        Args:
            text: the 64 digits.

        Raises:
            SaekdongError: it is not such an id.
        """
        if not cls.is_valid(text):
            raise SaekdongError(f"{text[:80]!r} is not the id of a model", fix="give its 64 hexadecimal digits")
        return cls.stored(text)

    @staticmethod
    def is_valid(text: str) -> bool:
        """Return whether a text is such an id."""
        return bool(_HEX.fullmatch(text))

    @classmethod
    def stored(cls, text: str) -> "ModelId":
        """Return an id that Saekdong has stored itself, without checking it again."""
        return super().__new__(cls, text)

    @classmethod
    def of_checksums(cls, checksums: bytes | memoryview) -> "ModelId":
        """Return the id of the artifact whose `SHA256SUMS` has this content."""
        return cls.stored(hashlib.sha256(checksums).hexdigest())

    @property
    def short(self) -> str:
        """The first 8 digits, which tables and messages show."""
        return self[:_SHORT]
