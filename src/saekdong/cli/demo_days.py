"""The end of `saekdong demo`: days go by, the photographer changes a lamp, the shop notices, and learns."""

import csv
import io
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from saekdong.lang import Lang

QUIET_DAYS, WARM_DAYS, MORE_DAYS = 6, 3, 3
A_DAY = 36
FIRST_LOAD = 96
"""Products of the first day: with the demo's catalog, enough for a normal."""

_START = date(2026, 11, 2)
_PERSON = "mina"
_NOTHING = ("", "null", "{}")

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
    "learn": {
        "en": "11. More such photos come. A person answers what the queue asks; the answers make a new version.",
        "ko": "11. 그런 사진이 더 들어옵니다. 사람이 묻는 것에 답하고, 그 답으로 새 버전을 만듭니다.",
    },
    "answered": {"en": "{count} answers", "ko": "답 {count}개"},
    "right": {
        "en": "The next day: the main color of {after} of {count} new products is right; {before} by the starter.",
        "ko": "다음 날, 같은 조명: 새 상품 {count}개 가운데 {after}개의 대표 색이 맞음. 처음 모델은 {before}개.",
    },
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


def learn_from_answers(folder: Path, lang: Lang) -> None:
    """Add more days under the lamp, answer as the products were drawn, retrain, pass the gate, and promote.

    Args:
        folder: with the feeds of the days before.
        lang: the language.
    """
    from saekdong.samples.days import write_day

    click.secho(f"\n{_TEXTS['learn'][lang]}", bold=True)
    first = QUIET_DAYS + WARM_DAYS + 1
    for day in range(first, first + MORE_DAYS):
        feed, _ = write_day(folder / f"day-{day}", day, A_DAY, lang, warm=True)
        _quietly(["catalog", "add", str(feed), "--jobs", "1"])
    drawn = {Path(photo).stem: labels for photo, labels in _drawn(folder)}
    _quietly(["review", "draw", "--audit", "0", "--teach", "40"])
    _answer_all(drawn, lang)
    _shown(["retrain", "--lang", lang])
    _quietly(["registry", "gate", "challenger", "--ask"])
    _answer_all(drawn, lang)
    _shown(["registry", "gate", "challenger"])
    promote = ["registry", "promote", "challenger", "--yes"]
    click.echo(f"$ saekdong {shlex.join(promote)}")
    _quietly(promote)
    _shown(["registry", "list"])
    _show_next_day(folder, lang)


def _drawn(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the photos of all products, with the labels that they were drawn with."""
    for path in [folder / "labels.csv", *sorted(folder.glob("day-*/labels.csv"))]:
        yield from _labels_in(path)


def _labels_in(path: Path) -> Iterator[tuple[str, list[str]]]:
    with path.open(encoding="utf-8") as file:
        yield from ((row["photo"], row["labels"].split(";")) for row in csv.DictReader(file))


def _answer_all(drawn: Mapping[str, Sequence[str]], lang: Lang) -> None:
    """Answer all that the queue asks, as the products were drawn."""
    count = 0
    while (asked := _quietly(["review", "next", "--by", _PERSON, "--format", "json"]).strip()) not in _NOTHING:
        item = json.loads(asked)
        _quietly(["review", "answer", str(item["item"]), *drawn[item["product"]], "--by", _PERSON])
        count += 1
    click.echo("$ saekdong review next; saekdong review answer ...")
    click.echo(_TEXTS["answered"][lang].format(count=count))


def _show_next_day(folder: Path, lang: Lang) -> None:
    """Add one more day under the lamp, and print how many of its products the starter and the champion get right."""
    from saekdong.samples.days import write_day
    from saekdong.tagging import Tagger, starter, tag_photo
    from saekdong.workspace import find_workspace

    day = folder / f"day-{QUIET_DAYS + WARM_DAYS + MORE_DAYS + 1}"
    feed, labels = write_day(day, int(day.name[4:]), 2 * A_DAY, lang, warm=True)
    _quietly(["catalog", "add", str(feed), "--jobs", "1"])
    tagger, counts = Tagger(starter()), [0, 0]
    drawn = list(_labels_in(labels))
    with find_workspace().catalog_to_read() as store:
        for photo, right in drawn:
            shown = store.get(Path(photo).stem)
            counts[0] += tag_photo(tagger, photo, (day / photo).read_bytes()).tags[0].label in right
            counts[1] += shown is not None and shown.tags[0].label in right
    text = _TEXTS["right"][lang].format(before=counts[0], after=counts[1], count=len(drawn))
    click.secho(text, bold=True)


def _shown(arguments: Sequence[str]) -> None:
    """Run a command, and print it with what it printed."""
    click.echo(f"$ saekdong {shlex.join(arguments)}")
    click.echo(_quietly(arguments).rstrip())


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
