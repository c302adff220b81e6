"""The end of `saekdong demo`: days go by, the photographer changes a lamp, and the shop notices."""

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from saekdong.lang import Lang

QUIET_DAYS, WARM_DAYS = 6, 3
A_DAY = 36
FIRST_LOAD = 96
"""Products of the first day: with the demo's catalog, enough for a normal."""

_START = date(2026, 11, 2)

_TEXTS: dict[str, dict[Lang, str]] = {
    "title": {
        "en": "10. Days go by. {quiet} days of daylight, then the photographer buys a warm lamp.",
        "ko": "10. 날이 갑니다. {quiet}일은 자연광, 그 뒤 사진사가 따뜻한 조명을 삽니다.",
    },
    "day": {
        "en": "{day}  {light}  {products} products  {evidence}  {lamp}",
        "ko": "{day}  {light}  상품 {products}개  {evidence}  {lamp}",
    },
    "daylight": {"en": "daylight ", "ko": "자연광  "},
    "lamp": {"en": "warm lamp", "ko": "따뜻한 등"},
    "evidence": {"en": "{level:.0e} of what raises an alarm", "ko": "알림 기준의 {level:.0e}"},
    "normal": {"en": "these and the catalog are the normal", "ko": "지금까지의 상품이 기준이 됩니다"},
    "green": {"en": "green", "ko": "초록"},
    "yellow": {"en": "yellow", "ko": "노랑"},
    "why": {"en": "Why? The alarm's own answer, and its photos:", "ko": "왜일까요? 알림의 설명과 사진입니다."},
}


def live_days(folder: Path, lang: Lang) -> int | None:
    """Add and watch day after day in the workspace; return the number of the first alarm, or None if there is none.

    Args:
        folder: for the feeds of the days.
        lang: the language.
    """
    from saekdong.samples.days import write_day

    click.secho(f"\n{_TEXTS['title'][lang].format(quiet=QUIET_DAYS)}", bold=True)
    for day in range(1, QUIET_DAYS + WARM_DAYS + 1):
        warm = day > QUIET_DAYS
        count = FIRST_LOAD if day == 1 else A_DAY
        feed, _ = write_day(folder / f"day-{day}", day, count, lang, warm=warm)
        _quietly(["catalog", "add", str(feed), "--model", "starter", "--jobs", "1"])
        look = _look(_START + timedelta(days=day))
        _show_day(look, "lamp" if warm else "daylight", lang)
        if found := [alarm for alarm in look["open"] if alarm["kind"] == "photo"]:
            return int(found[-1]["number"])
    return None


def show_alarm(number: int, picture: Path, lang: Lang) -> None:
    """Print why an alarm was raised, and draw its photos."""
    click.secho(f"\n{_TEXTS['why'][lang]}", bold=True)
    arguments = ["watch", "explain", str(number), "--out", str(picture), "--lang", lang]
    click.echo(f"$ saekdong {' '.join(arguments[:3])}")
    click.echo("\n".join(_quietly(arguments).splitlines()[:6]))


def _look(day: date) -> dict[str, Any]:
    look: dict[str, Any] = json.loads(_quietly(["watch", "run", "--day", day.isoformat(), "--format", "json"]))
    return look


def _show_day(look: dict[str, Any], light: str, lang: Lang) -> None:
    level = max((look["levels"] or {}).values(), default=None)
    evidence = _TEXTS["normal" if level is None else "evidence"][lang].format(level=10 ** min(0.0, level or 0.0))
    lamp = "yellow" if any(alarm["kind"] == "photo" for alarm in look["open"]) else "green"
    text = _TEXTS["day"][lang].format(
        day=look["day"],
        light=_TEXTS[light][lang],
        products=look["products"],
        evidence=evidence,
        lamp=_TEXTS[lamp][lang],
    )
    click.secho(text, fg="yellow" if lamp == "yellow" else "green")


def _quietly(arguments: Sequence[str]) -> str:
    """Run a command and return what it printed; its messages are dropped."""
    from saekdong.cli.app import run

    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        run(list(arguments))
    return out.getvalue()
