"""How an endpoint is hosted: on instances or serverless, synchronous or asynchronous, scaled or not."""

import re
from dataclasses import dataclass
from typing import Any

from saekdong.errors import SaekdongError

VARIANT = "AllTraffic"
INSTANCE = "ml.t2.medium"
_BURSTABLE = re.compile(r"ml\.t\d")


@dataclass(frozen=True)
class Serverless:
    """Serverless capacity, paid by use.

    Attributes:
        memory: MB, 1024 to 6144 in steps of 1024.
        concurrency: concurrent requests, 1 to 200.
        provisioned: how many of them are kept ready and paid by the hour; None for none.
    """

    memory: int = 2048
    concurrency: int = 5
    provisioned: int | None = None


@dataclass(frozen=True)
class Scaling:
    """The bounds and the target of autoscaling.

    Attributes:
        least: the least number of instances; 0 only for an asynchronous endpoint.
        most: the largest number of instances.
        target: requests per minute and instance; for an asynchronous endpoint, waiting requests per instance.
    """

    least: int
    most: int
    target: float = 1000.0

    def __str__(self) -> str:
        return f"{self.least}-{self.most}@{self.target:g}"

    @classmethod
    def parse(cls, text: str) -> "Scaling | None":
        """Return the scaling that `str` wrote, or None for an empty text.

        Example:
            >>> Scaling.parse(str(Scaling(1, 4, 500)))
            Scaling(least=1, most=4, target=500.0)
        """
        found = re.fullmatch(r"(\d+)-(\d+)@(.+)", text)
        return cls(int(found[1]), int(found[2]), float(found[3])) if found else None


@dataclass(frozen=True)
class Hosting:
    """How an endpoint is hosted.

    Attributes:
        instance: the type of its instances.
        serverless: capacity paid by use, instead of instances.
        is_async: whether requests and responses go through the bucket.
        scaling: the bounds of autoscaling; None for one instance.
        startup_seconds: how long the container may take to answer its first health check, 60 to 3600; None for
            SageMaker's default.

    Raises:
        SaekdongError: settings that exclude each other, or figures out of range.
    """

    instance: str = INSTANCE
    serverless: Serverless | None = None
    is_async: bool = False
    scaling: Scaling | None = None
    startup_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.serverless:
            self._check_serverless(self.serverless)
        if self.scaling:
            self._check_scaling(self.scaling)
        if self.startup_seconds is not None and not 60 <= self.startup_seconds <= 3600:
            raise SaekdongError(
                f"a container cannot have {self.startup_seconds} s to start",
                fix="give --startup-timeout from 60 to 3600",
            )

    def _check_serverless(self, serverless: Serverless) -> None:
        if self.is_async or self.scaling:
            raise SaekdongError(
                "a serverless endpoint scales by itself and answers at once",
                fix="leave out --serverless, or --async and --scale",
            )
        if self.startup_seconds is not None:
            raise SaekdongError(
                "AWS sets the time that a serverless endpoint has to start", fix="leave out --startup-timeout"
            )
        if serverless.memory not in range(1024, 6145, 1024):
            raise SaekdongError(
                f"a serverless endpoint cannot have {serverless.memory} MB",
                fix="give 1024, 2048, 3072, 4096, 5120 or 6144",
            )
        if not 1 <= serverless.concurrency <= 200:
            raise SaekdongError("a serverless endpoint takes 1 to 200 requests at once", fix="give one of these")
        if serverless.provisioned is not None and not 1 <= serverless.provisioned <= serverless.concurrency:
            raise SaekdongError(
                f"{serverless.provisioned} of {serverless.concurrency} requests at once cannot be provisioned",
                fix="give --provisioned from 1 to --concurrency",
            )

    def _check_scaling(self, scaling: Scaling) -> None:
        fewest = 0 if self.is_async else 1
        if not fewest <= scaling.least <= scaling.most or scaling.most < 1:
            raise SaekdongError(
                f"there cannot be {scaling.least} to {scaling.most} instances",
                fix=f"give {fewest} <= least <= most{'' if self.is_async else '; only --async endpoints may have 0'}",
            )
        if _BURSTABLE.match(self.instance):
            raise SaekdongError(
                f"{self.instance} cannot scale: AWS does not scale burstable instances",
                fix="give --instance ml.m5.large, ml.c5.large, ml.m6g.large or another type that is not ml.t*",
            )

    @property
    def mode(self) -> str:
        """`serverless`, `async` or `real-time`."""
        return "serverless" if self.serverless else "async" if self.is_async else "real-time"

    @property
    def count(self) -> int:
        """The number of instances at the start."""
        return max(1, self.scaling.least) if self.scaling else 1

    def variant(self, model: str) -> dict[str, Any]:
        """Return the production variant that serves a model."""
        named = {"VariantName": VARIANT, "ModelName": model, "InitialVariantWeight": 1.0}
        if self.serverless:
            capacity = {"MemorySizeInMB": self.serverless.memory, "MaxConcurrency": self.serverless.concurrency}
            if self.serverless.provisioned:
                capacity["ProvisionedConcurrency"] = self.serverless.provisioned
            return {**named, "ServerlessConfig": capacity}
        instances = {"InstanceType": self.instance, "InitialInstanceCount": self.count}
        if self.startup_seconds:
            instances["ContainerStartupHealthCheckTimeoutInSeconds"] = self.startup_seconds
        return {**named, **instances}
