"""Whether what serves the shop works: endpoints, their error budgets, and the disk."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saekdong.errors import SaekdongError
from saekdong.evidence.health import Burn, find_burn

ALLOWED_ERRORS = 0.001
"""The goal of an endpoint: 99.9% of its requests are not answered with 5xx."""

ALLOWED_SLOW = 0.01
"""99% of its requests take at most a second."""

LEAST_FREE = 1 << 30
"""With less free disk, or less than what the databases take, there is an alarm: a backup would no longer fit."""

_WORKS = ("InService", "Creating", "Updating")


@dataclass(frozen=True)
class EndpointFacts:
    """What monitoring knows about an endpoint.

    Attributes:
        name: the endpoint's.
        status: in SageMaker's terms.
        detail: the reason, if it does not work.
        traffic: by interval, the oldest first: its start in seconds since 1970, requests, those answered with 5xx, and
            those that took longer than a second.
    """

    name: str
    status: str
    detail: str = ""
    traffic: Sequence[tuple[int, int, int, int]] = ()


@dataclass(frozen=True)
class ServiceProblem:
    """Something that does not work.

    Attributes:
        cause: such as `disk full`.
        segment: where, such as `endpoint shop`.
        evidence: sentences by language, and figures.
    """

    cause: str
    segment: str
    evidence: dict[str, Any]


def endpoint_problems(endpoints: Sequence[EndpointFacts], now: float) -> Iterator[ServiceProblem]:
    """Yield the endpoints that do not run, and those whose errors or slow requests use up their budget too fast.

    Args:
        endpoints: all of them.
        now: seconds since 1970.
    """
    for each in endpoints:
        name = each.name
        if each.status not in _WORKS:
            yield ServiceProblem(
                "endpoint down",
                f"endpoint {name}",
                {
                    "en": f"endpoint {name} is {each.status}: {each.detail}",
                    "ko": f"엔드포인트 {name}의 상태가 {each.status}입니다: {each.detail}",
                    "status": each.status,
                },
            )
        errors = [(start, requests, bad) for start, requests, bad, _ in each.traffic]
        if burn := find_burn(errors, now, ALLOWED_ERRORS):
            share = burn.rate * ALLOWED_ERRORS
            yield _burning(
                "errors",
                name,
                burn,
                f"{share:.1%} of the requests to endpoint {name} failed in {_hours(burn, 'en')}",
                f"엔드포인트 {name}에 보낸 요청의 {share:.1%}가 {_hours(burn, 'ko')} 동안 실패했습니다",
            )
        slow = [(start, requests, bad) for start, requests, _, bad in each.traffic]
        if burn := find_burn(slow, now, ALLOWED_SLOW):
            share = burn.rate * ALLOWED_SLOW
            yield _burning(
                "slow",
                name,
                burn,
                f"{share:.1%} of the requests to endpoint {name} took longer than a second in {_hours(burn, 'en')}",
                f"엔드포인트 {name}에 보낸 요청의 {share:.1%}가 {_hours(burn, 'ko')} 동안 1초보다 오래 걸렸습니다",
            )


def disk_problems(folder: Path) -> Iterator[ServiceProblem]:
    """Yield a disk that has no room for a backup of a workspace's databases, or less than 1 GB.

    Raises:
        SaekdongError: the folder cannot be read.
    """
    try:
        size = sum(file.stat().st_size for file in folder.glob("*.db"))
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise SaekdongError(f"cannot look at {folder}: {error.strerror}", fix="check your rights") from error
    if free < max(LEAST_FREE, size):
        gigabytes, needed = f"{free / 1e9:.1f} GB", f"{max(LEAST_FREE, size) / 1e9:.1f} GB"
        yield ServiceProblem(
            "disk full",
            "disk",
            {
                "en": f"the disk of the workspace has {gigabytes} left; a backup needs {needed}",
                "ko": f"작업 폴더가 있는 디스크에 {gigabytes}가 남았습니다. 백업하려면 {needed}가 필요합니다",
                "free": free,
            },
        )


def _burning(cause: str, name: str, burn: Burn, en: str, ko: str) -> ServiceProblem:
    return ServiceProblem(cause, f"endpoint {name}", {"en": en, "ko": ko, **asdict(burn)})


def _hours(burn: Burn, lang: str) -> str:
    hours = round(burn.window / 3600)
    if lang == "ko":
        return "1시간" if hours == 1 else f"{hours}시간"
    return "an hour" if hours == 1 else f"{hours} hours"
