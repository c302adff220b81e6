"""`saekdong demo`: the whole workflow on packaged rows and drawn photos, by Saekdong's own commands."""

import csv
import os
import shlex
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from saekdong.cli import options
from saekdong.extras import missing_extra, missing_module
from saekdong.lang import Lang

PRODUCTS = 240
_PORT = 8090
_COLORS = ("#1f2a52", "#a5dccb", "142,117,63", "rgb(200, 32, 47)", "#8c8d8f")

_TEXTS: dict[str, dict[Lang, str]] = {
    "check": {
        "en": "1. The sample rows, colors that people named: can they be used?",
        "ko": "1. 사람들이 이름 붙인 색, 예제 행: 쓸 수 있나요?",
    },
    "describe": {"en": "2. What do they look like?", "ko": "2. 어떻게 생겼나요?"},
    "split": {
        "en": "3. Lay some aside to test with; no color stands on both sides.",
        "ko": "3. 시험할 행을 떼어 둡니다. 같은 색이 양쪽에 있지 않습니다.",
    },
    "train": {
        "en": "4. Train: cross-validate, fit, compile. The goal decides whether the model is good enough.",
        "ko": "4. 학습: 교차 검증, 맞추기, 변환. 목표가 모델이 충분한지 정합니다.",
    },
    "evaluate": {
        "en": "5. Evaluate on the rows laid aside, which the model has not seen.",
        "ko": "5. 떼어 둔, 모델이 본 적 없는 행으로 평가합니다.",
    },
    "predict": {"en": "6. Name a few colors.", "ko": "6. 색 몇 개에 이름을 붙입니다."},
    "sample": {
        "en": "7. A shop's catalog. It is drawn, so its colors are known; the feed does not have them.",
        "ko": "7. 가게의 상품들. 그린 것이라 색을 압니다. 상품 목록에는 색이 없습니다.",
    },
    "add": {"en": "8. Tag all of it.", "ko": "8. 모두에 색을 붙입니다."},
    "right": {
        "en": "Right: the main color of {first} of {count} products, all colors of {every}.",
        "ko": "맞음: 상품 {count}개 가운데 대표 색 {first}개, 모든 색 {every}개.",
    },
    "export": {
        "en": "9. Hand the colors to the shop's own systems, here Google Merchant Center.",
        "ko": "9. 색을 가게의 시스템에 넘깁니다. 여기서는 Google Merchant Center.",
    },
    "studio": {
        "en": "12. Filter by color. Ctrl-C ends the demo.",
        "ko": "12. 색으로 거릅니다. Ctrl-C로 끝냅니다.",
    },
    "look": {"en": "Look at it: {file}", "ko": "열어 보세요: {file}"},
    "failed": {"en": "this step ended with exit code {code}", "ko": "이 단계가 종료 코드 {code}(으)로 끝났습니다"},
    "next": {
        "en": "Next, with your own photos, and your own colors (columns R, G, B, LABEL):",
        "ko": "다음은 여러분의 사진과 색으로 (R, G, B, LABEL 열):",
    },
}


@click.command(
    epilog=options.examples(
        "saekdong demo", "saekdong demo --open", "saekdong demo --out /tmp/demo --lang ko", "saekdong demo --no-serve"
    )
)
@click.option(
    "--out", type=options.OUT_FOLDER, default=Path("saekdong-demo"), show_default=True, help="The folder it works in."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.option("--no-serve", is_flag=True, help="End without the page, which waits for Ctrl-C.")
@options.seed
@options.lang
def command(out: Path, open_browser: bool, no_serve: bool, seed: int, lang: Lang) -> int:
    """Show the whole workflow on sample rows and a sample catalog, from labeled colors to a filter by color.

    Check, describe, split, train, evaluate, predict; then tag 240 drawn products, export their colors, watch the shop
    until its photos change, learn from answers, and open the shop's page. It needs no network and asks no questions.
    Each step is a command of Saekdong, printed as you would type it.
    """
    for extra in ("train", "studio"):
        if missing := missing_module(extra):
            raise missing_extra("all", f"saekdong demo needs {missing}, which is not installed")
    code = _learn(out, seed, lang) or _shop(out / "shop", lang)
    if code:
        return code
    _show_next(lang)
    if no_serve:
        return 0
    with _workspace(out / "shop"):
        port = _free_port()
        browser = ["--open"] if open_browser else []
        return _step(_TEXTS["studio"][lang], ["studio", "--port", str(port), *browser], None, None)


def _learn(out: Path, seed: int, lang: Lang) -> int:
    """Run the steps from rows to predictions; return the failed step's exit code, or 0."""
    from saekdong.files import write_whole
    from saekdong.samples.rows import sample_csv

    rows = out / "colors.csv"
    write_whole(rows, sample_csv())
    train, test, model = out / "parts" / "train.csv", out / "parts" / "test.csv", out / "model"
    steps: list[tuple[str, Sequence[str], Path | None]] = [
        ("check", ["data", "check", str(rows)], None),
        ("describe", ["data", "describe", str(rows), "--out", str(out / "colors.html")], out / "colors.html"),
        ("split", ["data", "split", str(rows), "--out", str(out / "parts")], None),
        ("train", _training(train, model, seed), model / "report.html"),
        ("evaluate", _evaluation(model, test, out / "test.html"), out / "test.html"),
        ("predict", ["predict", *_COLORS, "--model", str(model), "--format", "table"], None),
    ]
    for name, arguments, page in steps:
        speaks = name not in ("check", "split")
        if code := _step(_TEXTS[name][lang], arguments, page, lang if speaks else None):
            return code
    return 0


def _shop(folder: Path, lang: Lang) -> int:
    """Draw, tag and export a catalog, and print how many tags are right; return the failed step's exit code, or 0."""
    sample = ["catalog", "sample", "--count", str(PRODUCTS), "--out", str(folder)]
    adding = ["catalog", "add", str(folder / "products.csv"), "--model", "starter"]
    export = ["catalog", "export", "--to", "google", "--out", str(folder / "google.tsv")]
    if code := _step(_TEXTS["sample"][lang], sample, None, lang):
        return code
    with _workspace(folder):
        if code := _step(_TEXTS["add"][lang], adding, None, lang):
            return code
        _show_right(folder / "labels.csv", lang)
        if code := _step(_TEXTS["export"][lang], export, folder / "google.tsv", lang):
            return code
        return _watch(folder, lang)


def _watch(folder: Path, lang: Lang) -> int:
    """Let days go by until the shop notices that its photos have changed, and learns them; return an exit code."""
    from saekdong.cli.demo_days import learn_from_answers, live_days, show_alarm

    alarm = live_days(folder, lang)
    if alarm is None:
        return 1
    show_alarm(alarm, folder / "why.png", lang)
    click.echo(_TEXTS["look"][lang].format(file=folder / "why.png"))
    learn_from_answers(folder, lang)
    return 0


def _show_right(labels: Path, lang: Lang) -> None:
    """Return the number of products whose labels are those of the colors that they were drawn with."""
    from saekdong.workspace import find_workspace

    with labels.open(encoding="utf-8") as file:
        drawn = {Path(row["photo"]).stem: row["labels"].split(";") for row in csv.DictReader(file)}
    store = find_workspace().catalog_to_read()
    tagged = {product: [tag.label for tag in shown.tags] for product in drawn if (shown := store.get(product))}
    store.close()
    first = sum(tags[0] in drawn[product] for product, tags in tagged.items())
    every = sum(set(tags) == set(drawn[product]) for product, tags in tagged.items())
    click.secho(_TEXTS["right"][lang].format(first=first, every=every, count=len(drawn)), bold=True)


@contextmanager
def _workspace(folder: Path) -> Iterator[None]:
    """Let commands of the block work in a workspace of the demo's own."""
    before = os.environ.get("SAEKDONG_WORKSPACE")
    os.environ["SAEKDONG_WORKSPACE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SAEKDONG_WORKSPACE"]
        else:
            os.environ["SAEKDONG_WORKSPACE"] = before


def _free_port() -> int:
    """Return the studio's usual port, or another one if that is taken."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", _PORT))
        except OSError:
            one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _training(rows: Path, model: Path, seed: int) -> list[str]:
    recipe = ["--space", "lab", "--model", "svm", "--set", "gamma=0.5"]
    return ["train", str(rows), "--out", str(model), *recipe, "--goal", "accuracy>=0.75", "--seed", str(seed)]


def _evaluation(model: Path, rows: Path, page: Path) -> list[str]:
    return ["evaluate", str(model), str(rows), "--report", str(page)]


def _step(title: str, arguments: Sequence[str], file: Path | None, lang: Lang | None) -> int:
    """Show a command and run it; return its exit code.

    Args:
        title: the step's title.
        arguments: the command's arguments.
        file: a file that the step makes, for the user to open.
        lang: the language to pass to the command, if it has one.
    """
    from saekdong.cli.app import run

    where = os.environ.get("SAEKDONG_WORKSPACE")
    click.secho(f"\n{title}", bold=True)
    click.echo(f"$ {f'SAEKDONG_WORKSPACE={shlex.quote(where)} ' if where else ''}saekdong {shlex.join(arguments)}")
    code = run([*arguments, "--lang", lang] if lang else arguments)
    if code:
        click.echo(_TEXTS["failed"][lang or "en"].format(code=code), err=True)
    elif file:
        click.echo(_TEXTS["look"][lang or "en"].format(file=file))
    return code


def _show_next(lang: Lang) -> None:
    click.secho(f"\n{_TEXTS['next'][lang]}", bold=True)
    click.echo("  saekdong catalog add my-photos/")
    click.echo("  saekdong studio")
    click.echo("  saekdong data check my-colors.csv --labels rows")
    click.echo("  saekdong train my-colors.csv --labels rows")
    click.echo("  saekdong predict '#495474' --model my-colors")
