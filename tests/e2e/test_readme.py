"""The README's tour, run as it stands, in both languages; and the demo."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.ko.md")


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def steps(name: str) -> list[tuple[str, list[str], int]]:
    """Each command of the tour, the lines it shows (`...` for any), and its exit code."""
    found: list[tuple[str, list[str], int]] = []
    for line in "".join(blocks(name, "console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], [], 0))
        elif code := re.fullmatch(r"\[exit (\d+)\]", line):
            found[-1] = (*found[-1][:2], int(code[1]))
        else:
            found[-1][1].append(line)
    return found


def pattern(lines: list[str]) -> str:
    return "".join(r"(.*\n)*?" if line == "..." else re.escape(line.rstrip()) + r"\s*\n" for line in lines)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, int]]]:
    """The folder of a walk through the tour, whose commands are the same in both languages, and what each one shows."""
    folder = tmp_path_factory.mktemp("tour")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "LC_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    walked = []
    for command, _, _ in steps(READMES[0]):
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env={**clean, "PATH": path, "LANG": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        walked.append((command, run.stdout, run.returncode))
    return folder, walked


@pytest.mark.slow
@pytest.mark.xdist_group("machine")
@pytest.mark.parametrize("name", READMES)
def test_the_tour_shows_what_it_says(name, tour):
    folder, walked = tour
    for (command, lines, code), (walked_command, shown, exit_code) in zip(steps(name), walked, strict=True):
        assert command == walked_command
        assert exit_code == code, f"$ {command}\n{shown}"
        expected_output = shown if lines else ""
        assert re.fullmatch(pattern(lines), expected_output), (
            f"$ {command}\n{shown}\nis not what {name} shows:\n{lines}"
        )
    for code in blocks(name, "python"):
        monkey = f"import os; os.chdir({str(folder)!r})\n{code}"
        names: dict[str, object] = {}
        exec(monkey, names)  # noqa: S102
        model = names["model"]
        assert np.array_equal(model.predict([[31, 42, 82], [142, 117, 63]]), ["navy", "brown"])


def test_both_readmes_show_the_same_commands():
    english, korean = (steps(name) for name in READMES)
    assert [(command, code) for command, _, code in english] == [(command, code) for command, _, code in korean]
    assert blocks("README.md", "sh")[0].split()[:2] == ["make", "demo"]
    assert len(re.findall(r"^#", (ROOT / "README.md").read_text(), re.M)) == len(
        re.findall(r"^#", (ROOT / "README.ko.md").read_text(encoding="utf-8"), re.M)
    )


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_demo_runs_to_its_end(saekdong, tmp_path, lang):
    run = saekdong("demo", "--no-serve", "--lang", lang, env={"LANG": "ko_KR.UTF-8" if lang == "en" else "C.UTF-8"})
    assert run.returncode == 0, run.stderr
    labels = run.stdout.partition("\n8. ")[2].partition("\n9. ")[0]
    assert ("navy" in labels, "남색" in labels) == (lang == "en", lang == "ko")
    for file in ("colors.csv", "colors.html", "model/model.tar.gz", "model/report.html", "test.html"):
        assert (tmp_path / "saekdong-demo" / file).stat().st_size > 0
        if file.endswith(".html"):
            assert f"saekdong-demo/{file}" in run.stdout
    assert "saekdong train my-colors.csv" in run.stdout
    right = re.search(r"240 of 240 products|240개 가운데 대표 색 240개", run.stdout)
    assert right, run.stdout
    days = re.findall(r"^2026-11-\d\d .*(green|yellow|초록|노랑)$", run.stdout, re.M)
    assert days[:-1] == [days[0]] * 6, run.stdout  # the warm lamp is noticed on its first day, and nothing before
    assert days[-1] in ("yellow", "노랑")
    assert run.stdout.count("✓") == 5  # the gate lets the version pass that learned from answers
    right = re.search(r"(\d+) of 72 new products is right; (\d+) by|72개 가운데 (\d+)개.* (\d+)개\.", run.stdout)
    now, starter = (int(each) for each in right.groups() if each)
    assert now > starter
    assert (tmp_path / "saekdong-demo" / "shop" / "why.png").stat().st_size > 10_000
    assert len((tmp_path / "saekdong-demo" / "shop" / "google.tsv").read_text(encoding="utf-8").splitlines()) == 241
