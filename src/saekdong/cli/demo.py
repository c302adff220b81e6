"""`saekdong demo`: the whole way on rows that Saekdong carries, by its own commands."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from saekdong.cli import options
from saekdong.lang import Lang

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
    "look": {"en": "Open in a browser: {file}", "ko": "브라우저로 열어 보세요: {file}"},
    "failed": {"en": "this step ended with exit code {code}", "ko": "이 단계가 종료 코드 {code}(으)로 끝났습니다"},
    "next": {
        "en": "Next, with your own colors (columns R, G, B, LABEL):",
        "ko": "다음은 여러분의 색으로 (R, G, B, LABEL 열):",
    },
}


@click.command(
    epilog=options.examples("saekdong demo", "saekdong demo --out /tmp/demo --lang ko", "saekdong demo --no-serve")
)
@click.option(
    "--out", type=options.FILE, default=Path("saekdong-demo"), show_default=True, help="The folder it works in."
)
@click.option("--no-serve", is_flag=True, help="Never wait for a person or a browser. (Nothing waits yet.)")
@options.seed
@options.lang
def command(out: Path, no_serve: bool, seed: int, lang: Lang) -> int:  # noqa: ARG001
    """Show the whole way on sample rows: check, describe, split, train, evaluate, predict.

    Needs no network and asks nothing. Each step is a command of Saekdong, shown as you would type it.
    """
    from saekdong.files import write_whole
    from saekdong.model.sample import sample_csv

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
        if code := _step(_TEXTS[name][lang], arguments, page, lang):
            return code
    _show_next(lang)
    return 0


def _training(rows: Path, model: Path, seed: int) -> list[str]:
    recipe = ["--space", "lab", "--model", "svm", "--set", "gamma=0.5"]
    return ["train", str(rows), "--out", str(model), *recipe, "--goal", "accuracy>=0.75", "--seed", str(seed)]


def _evaluation(model: Path, rows: Path, page: Path) -> list[str]:
    return ["evaluate", str(model), str(rows), "--report", str(page)]


def _step(title: str, arguments: Sequence[str], page: Path | None, lang: Lang) -> int:
    """Show a command and run it; return its exit code."""
    from saekdong.cli.app import run

    click.secho(f"\n{title}", bold=True)
    click.echo(f"$ saekdong {shlex.join(arguments)}")
    speaks = arguments[:2] != ["data", "check"] and arguments[:2] != ["data", "split"]
    code = run([*arguments, "--lang", lang] if speaks else arguments)
    if code:
        click.echo(_TEXTS["failed"][lang].format(code=code), err=True)
    elif page:
        click.echo(_TEXTS["look"][lang].format(file=page))
    return code


def _show_next(lang: Lang) -> None:
    click.secho(f"\n{_TEXTS['next'][lang]}", bold=True)
    click.echo("  saekdong data check my-colors.csv --labels rows")
    click.echo("  saekdong train my-colors.csv --labels rows")
    click.echo("  saekdong predict '#495474' --model my-colors")
