"""The command line as a user meets it: in a process of its own, in a fresh folder."""

import csv
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saekdong.samples.rows import sample_csv
from waiting import until

GOOD = "R,G,B,LABEL\n" + "".join(f"{n},{n},{n},{'black' if n < 60 else 'white'}\n" for n in range(0, 250, 5))
BAD = GOOD + "300,0,0,red\n1,2,3,teal\n"
FAST = ("--space", "lab", "--model", "tree")


def one_line(stderr: str) -> str:
    """The single line on stderr, which is not a traceback."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("saekdong: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data", "check", "no.csv"], "cannot read no.csv: No such file or directory; check the path"),
        (["data", "check", "."], "cannot read .: Is a directory"),
        (["data", "check", "empty.csv"], "empty.csv is empty; give a file with a header"),
        (["data", "check", "nolabel.csv"], "nolabel.csv has no LABEL column (it has: R, G, B); add one"),
        (["data", "check", "nousable.csv"], "nousable.csv has no usable row; line 2: "),
        (["data", "check", "onelabel.csv"], "one label only, 'red'; "),
        (["data", "check", "picture.png"], "picture.png"),
        (["data", "check", "good.csv", "--labels", "no.toml"], "cannot read no.toml"),
        (["data", "check", "good.csv", "--labels", "bad.toml"], "bad.toml is not TOML"),
        (["data", "check", "good.csv", "--format", "xml"], "'xml' is not one of"),
        (["data", "describe", "good.csv", "--out", "good.csv/x.html"], "cannot write good.csv/x.html"),
        (["data", "split", "good.csv"], "Missing option '--out'"),
        (["data", "split", "good.csv", "--out", "d", "--test", "1.5"], "test share"),
        (["data", "split", "good.csv", "--out", "d", "--how", "best"], "'best' is not one of"),
        (["train"], "Missing argument 'ROWS'"),
        (["train", "good.csv", "--space", "cmyk"], "'cmyk'"),
        (["train", "good.csv", "--space", "lab+lab"], "lab+lab"),
        (["train", "good.csv", "--model", "forest"], "no model 'forest'; did you mean 'random-forest'?"),
        (["train", "good.csv", "--model", "knn", "--set", "k"], "--set k is not of the form key=value"),
        (["train", "good.csv", "--model", "knn", "--set", "k=0"], "k=0 is not a whole number from 1 to 500"),
        (["train", "good.csv", "--set", "k=1"], "--set needs --model"),
        (["train", "good.csv", "--seed", "-1"], "-1 is not in the range"),
        (["train", "good.csv", "--seed", "x"], "'x' is not a valid integer"),
        (["train", "good.csv", "--budget", "-1"], "-1.0 is not in the range"),
        (["train", "good.csv", *FAST, "--goal", "accuracy"], "'accuracy' is not a goal; write one such as"),
        (["train", "good.csv", *FAST, "--goal", "recall.red>=0.5"], "names no figure of a model"),
        (["train", "good.csv", *FAST, "--out", "good.csv/d"], "cannot write good.csv/d"),
        (["evaluate", "none", "good.csv"], "there is no model none; give a model.tar.gz, its folder, or one of"),
        (["evaluate", "altered.tar.gz", "good.csv"], "altered.tar.gz: "),
        (["compare", "altered.tar.gz", "altered.tar.gz", "good.csv"], "altered.tar.gz: "),
        (["predict"], "give colors, '-' for stdin, or --csv FILE"),
        (["predict", "#495474", "--model", "shop"], "there is no model shop; give a model.tar.gz"),
        (["predict", "#495474", "--model", "altered.tar.gz"], "altered.tar.gz: "),
        (["predict", "#49547", "--model", "model.tar.gz"], "'#49547' is not a color; write"),
        (["predict", "1,2,300", "--model", "model.tar.gz"], "1,2,300"),
        (["predict", "#495474", "--csv", "good.csv"], "give colors or --csv FILE, not both"),
        (["predict", "--csv", "nocolor.csv", "--model", "model.tar.gz"], "nocolor.csv has no column R, G, B"),
        (["predict", "#495474", "--lang", "fr"], "'fr' is not one of"),
        (["init"], "saekdong.toml already exists"),
        (["paint"], "No such command 'paint'; see 'saekdong --help'"),
        (["evalute"], "No such command 'evalute'. Did you mean 'evaluate'?"),
        (["export"], "No such command 'export'. Did you mean 'model export' or 'catalog export' or 'registry export'?"),
        (["catalog", "exprt"], "No such command 'exprt'. Did you mean 'export'?"),
        (["tag", "--explian", "x.png"], "No such option '--explian'. (Did you mean one of: '--explain', '--lang'?)"),
        (["data", "clean"], "No such command 'clean'"),
        (["--budget", "3"], "No such option"),
    ],
)
def test_wrong_use_gets_one_line_and_exit_code_2(saekdong, tmp_path, model_file, arguments, message):
    files = {
        "good.csv": GOOD,
        "empty.csv": "",
        "nolabel.csv": "R,G,B\n1,2,3\n",
        "nousable.csv": "R,G,B,LABEL\n1,2,3,teal\n",
        "onelabel.csv": "R,G,B,LABEL\n1,2,3,red\n",
        "nocolor.csv": "NAME,LABEL\na,red\n",
        "bad.toml": "[[labels]\n",
        "picture.png": "\x89PNG\r\n\x1a\n\0\0\0",
        "saekdong.toml": "[train]\nbudget = 5\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.encode("latin-1"))
    shutil.copy(model_file, tmp_path / "model.tar.gz")
    (tmp_path / "altered.tar.gz").write_bytes(model_file.read_bytes()[:-100])
    before = sorted(tmp_path.rglob("*"))
    run = saekdong(*arguments)
    assert message in one_line(run.stderr)
    assert (run.returncode, run.stdout) == (2, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_debug_shows_where(saekdong):
    run = saekdong("data", "check", "no.csv", "--debug")
    assert run.returncode != 0
    assert "Traceback" in run.stderr


@pytest.mark.parametrize("command", ["check", "split", "describe", "train"])
def test_bad_rows_are_set_aside(saekdong, tmp_path, command):
    (tmp_path / "bad.csv").write_text(BAD)
    extra = {"split": ["--out", "."], "train": [*FAST, "--out", "."]}.get(command, [])
    run = saekdong(*(["train"] if command == "train" else ["data", command]), "bad.csv", *extra)
    assert run.returncode == (0 if command == "describe" else 1), run.stderr
    if command != "describe":
        rejects = next(path for path in tmp_path.glob("*rejects.csv"))
        reasons = [row["REASON"] for row in csv.DictReader(io.StringIO(rejects.read_text(encoding="utf-8-sig")))]
        assert reasons[0] == "R is 300, outside 0-255"
        assert "teal" in reasons[1]


def test_strict_fails_and_writes_nothing(saekdong, tmp_path):
    (tmp_path / "bad.csv").write_text(BAD)
    for arguments in (["data", "check", "bad.csv", "--strict"], ["train", "bad.csv", "--strict", *FAST]):
        run = saekdong(*arguments)
        assert run.returncode == 1
        assert "line 52: R is 300" in one_line(run.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_check_as_json(saekdong, tmp_path):
    (tmp_path / "bad.csv").write_text(BAD + "0,0,0,black\n0,0,0,white\n")
    run = saekdong("data", "check", "bad.csv", "--format", "json")
    found = json.loads(run.stdout)
    assert found["rejected"][0]["line"] == 52
    assert found["duplicates"][0]["line"] == 54
    assert found["conflicts"][0]["color"] == "#000000"


def test_a_cp949_file_from_excel_is_read(saekdong, tmp_path):
    (tmp_path / "색.csv").write_bytes("이름,R,G,B,LABEL\n쪽,31,42,82,남색\n눈,255,255,255,흰색\n".encode("cp949"))
    run = saekdong("data", "check", "색.csv", env={"LANG": "ko_KR.UTF-8"})
    assert run.returncode == 0, run.stderr
    assert "2 labels" in run.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, model_file) -> Path:
    """A folder with rows and a trained model called first."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "models" / "first").mkdir(parents=True)
    shutil.copy(model_file, folder / "models" / "first")
    (folder / "colors.csv").write_bytes(sample_csv())
    return folder


def run_in(folder: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "LC_"))}
    return subprocess.run(
        [sys.executable, "-m", "saekdong", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**clean, "LANG": "C.UTF-8", **env},
    )


def test_predict_prints_a_line_a_color(workspace):
    assert run_in(workspace, "predict", "#ffffff", "31,42,82").stdout == "white\nnavy\n"
    assert run_in(workspace, "predict", "#ffffff", LANG="ko_KR.UTF-8").stdout == "흰색\n"
    assert run_in(workspace, "predict", "#ffffff", SAEKDONG_LANG="ko").stdout == "흰색\n"
    assert run_in(workspace, "predict", "-", stdin="#ffffff\n\nrgb(31, 42, 82)\n").stdout == "white\nnavy\n"
    assert run_in(workspace, "predict", "-", stdin="").stdout == ""
    assert run_in(workspace, "predict", "#fff", "--model", "first").stdout == "white\n"


def test_predict_in_every_format(workspace):
    first = json.loads(run_in(workspace, "predict", "#ffffff", "--format", "json").stdout)[0]
    assert first["label"] == "white"
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=0.01)
    lines = run_in(workspace, "predict", "#fff", "#1f2a52", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["white", "navy"]
    table = list(csv.DictReader(io.StringIO(run_in(workspace, "predict", "#fff", "--format", "csv").stdout)))
    assert table[0]["label"] == "white"
    assert "#ffffff" in run_in(workspace, "predict", "#fff", "--format", "table").stdout


def test_predict_names_the_rows_of_a_file(workspace):
    run = run_in(workspace, "predict", "--csv", "colors.csv")
    named = list(csv.DictReader(io.StringIO(run.stdout)))
    original = list(csv.DictReader(io.StringIO(sample_csv().decode())))
    assert [{key: row[key] for key in original[0]} for row in named] == original
    assert sum(row["PREDICTED"] == row["LABEL"] for row in named) > 0.7 * len(named)
    assert all(0 < float(row["PROBABILITY"]) <= 1 for row in named)
    assert run.returncode == 0
    assert (
        run_in(workspace, "predict", "--csv", "-", stdin="COL\n#ffffff\n")
        .stdout.splitlines()[1]
        .startswith("#ffffff,white,")
    )


def test_predict_tells_rows_without_a_color(workspace):
    run = run_in(workspace, "predict", "--csv", "-", stdin="R,G,B\n0,0,0\n0,0,x\n\n1,1\n")
    assert run.returncode == 1
    assert run.stdout.splitlines()[2] == "0,0,x,,"
    assert "line 3: B is 'x'" in run.stderr
    assert "line 5: B is empty" in run.stderr


def test_evaluate_and_compare(workspace):
    run = run_in(workspace, "evaluate", "first", "colors.csv", "--format", "json", "--goal", "accuracy>=0.999")
    assert run.returncode == 1
    assert "MISSED" in run.stderr
    assert json.loads(run.stdout)["accuracy"]["value"] > 0.7
    same = run_in(workspace, "compare", "first", "models/first/model.tar.gz", "colors.csv")
    assert same.returncode == 0
    assert "The difference is not significant" in same.stdout


def test_labels_that_are_never_found_or_too_rare_are_reported(saekdong, tmp_path):
    colors = [(f"{r},20,30", "red") for r in range(180, 240)] + [(f"20,30,{b}", "blue") for b in range(180, 240)]
    colors += [("20,30,190", "navy"), ("20,30,210", "navy"), ("20,30,230", "navy")]
    (tmp_path / "few.csv").write_text("R,G,B,LABEL\n" + "".join(f"{color},{label}\n" for color, label in colors))
    for arguments in (["train", "few.csv", *FAST, "--out", "m"], ["evaluate", "m", "few.csv", "--report", "r.html"]):
        run = saekdong(*arguments)
        assert run.returncode == 0, run.stderr
        assert "never found (recall 0): navy (3); check or add their rows" in run.stderr
        assert "too few rows to measure well: navy (3); add more" in run.stderr
    for page in ("m/report.html", "r.html"):
        assert "Never found (recall 0), with the number of cases: navy (3)" in (tmp_path / page).read_text()


def test_wrong_rows_are_listed_the_surest_first(workspace):
    run = run_in(workspace, "evaluate", "first", "colors.csv", "--errors", "wrong.csv", "--format", "json")
    content = json.loads(run.stdout)
    with (workspace / "wrong.csv").open() as file:
        wrong = list(csv.DictReader(file))
    assert list(wrong[0]) == ["color", "line", "truth", "predicted", "probability"]
    assert len(wrong) == round(content["rows"] * (1 - content["accuracy"]["value"]))
    sure = [float(row["probability"]) for row in wrong]
    assert sure == sorted(sure, reverse=True)
    with (workspace / "colors.csv").open() as file:
        lines = file.read().splitlines()
    for row in wrong:
        cells = lines[int(row["line"]) - 1].split(",")
        assert (cells[1], cells[5]) == (row["color"], row["truth"]) != (row["color"], row["predicted"])


def test_compare_knows_the_starter_and_lists_where_the_two_differ(workspace):
    run = run_in(workspace, "compare", "starter", "first", "colors.csv", "--errors", "d.csv", "--format", "json")
    assert run.returncode == 0, run.stderr
    content = json.loads(run.stdout)
    with (workspace / "d.csv").open() as file:
        differing = list(csv.DictReader(file))
    assert sum(row["right"] == "A" for row in differing) == content["only_a"]
    assert sum(row["right"] == "B" for row in differing) == content["only_b"]
    assert all((row["truth"] == row["a"]) == (row["right"] == "A") for row in differing)
    assert content["difference"]["low"] <= content["difference"]["value"] <= content["difference"]["high"]


def test_train_writes_its_three_files_and_repeats_itself(workspace):
    first = run_in(workspace, "train", "colors.csv", *FAST, "--seed", "4", "--out", "a", "--goal", "accuracy>=0.4")
    assert first.returncode == 0, first.stderr
    run_in(workspace, "train", "colors.csv", *FAST, "--seed", "4", "--out", "b", "--goal", "accuracy>=0.4")
    assert {path.name for path in (workspace / "a").iterdir()} == {"model.tar.gz", "report.html", "metrics.json"}
    assert (workspace / "a" / "model.tar.gz").read_bytes() == (workspace / "b" / "model.tar.gz").read_bytes()
    missed = run_in(workspace, "train", "colors.csv", *FAST, "--out", "a", "--goal", "accuracy>=0.999")
    assert missed.returncode == 1


def test_the_hands_on_is_shown_side_by_side(workspace):
    run = run_in(workspace, "train", "colors.csv", "--reproduce-tutorial")
    assert run.returncode == 0, run.stderr
    assert "rgb: accuracy" in run.stdout
    assert "lab-linear: accuracy" in run.stdout
    assert "side by side" in run.stdout


def test_settings_come_from_the_file_and_the_environment(saekdong, tmp_path):
    (tmp_path / "colors.csv").write_text(GOOD)
    assert saekdong("init", "--lang", "ko").returncode == 0
    assert 'lang = "ko"' in (tmp_path / "saekdong.toml").read_text(encoding="utf-8")
    assert saekdong("data", "check", "colors.csv").returncode == 0
    (tmp_path / "saekdong.toml").write_text('lang = "ko"\n[train]\nspace = "lab"\nmodel = "tree"\n')
    assert saekdong("train", "colors.csv").returncode == 0
    assert saekdong("predict", "#fff").stdout == "흰색\n"
    assert saekdong("predict", "#fff", "--lang", "en").stdout == "white\n"
    assert saekdong("predict", "#fff", env={"SAEKDONG_LANG": "en"}).stdout == "white\n"
    for text, key in (
        ("lnag = 'ko'\n", "lnag"),
        ("[train]\nbugdet = 1\n", "train.bugdet"),
        ("[data.chek]\n", "data.chek"),
        ("studio = 1\n", "studio"),
        ("[data]\nsplit = 1\n", "data.split"),
    ):
        (tmp_path / "saekdong.toml").write_text(text)
        assert f"there is no setting {key!r}" in one_line(saekdong("data", "check", "colors.csv").stderr)


def test_a_shops_own_labels(saekdong, tmp_path):
    (tmp_path / "saekdong.toml").write_text(
        '[[labels]]\nid = "ink"\nen = "Ink"\nko = "먹색"\n[[labels]]\nid = "snow"\nko = "눈색"\naliases = ["white"]\n',
        encoding="utf-8",
    )
    (tmp_path / "colors.csv").write_text(GOOD.replace("black", "먹색"), encoding="utf-8")
    assert saekdong("train", "colors.csv", *FAST).returncode == 0
    assert saekdong("predict", "#000", "#fff", "--lang", "ko").stdout == "먹색\n눈색\n"


def test_help_and_version(saekdong):
    assert saekdong("--version").stdout.startswith("saekdong, version ")
    for arguments in ([], ["data"]):
        assert saekdong(*arguments).returncode == 2
    help_text = saekdong("--help").stdout
    assert "색동" in help_text
    assert "train" in help_text


def test_a_closed_pipe_is_no_error(workspace):
    command = f"{sys.executable} -m saekdong predict --csv colors.csv | head -n 1"
    run = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=workspace, capture_output=True, text=True)
    assert run.stderr.startswith("saekdong: model ")
    assert run.stderr.count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_in_the_search_keeps_the_best_so_far(workspace):
    """On a terminal: the progress bar shows the best so far, and Ctrl-C goes on with it."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "saekdong", "train", "colors.csv", "--out", "stopped"],
        cwd=workspace,
        stderr=terminal,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    os.close(terminal)
    shown = b""
    while b"best so far" not in shown:
        shown += os.read(controller, 4096)
    os.kill(process.pid, signal.SIGINT)
    shown += read_all(controller)
    process.communicate(timeout=120)
    assert b"the search was interrupted" in shown
    assert process.returncode == 0
    assert {path.name for path in (workspace / "stopped").iterdir()} == {"model.tar.gz", "report.html", "metrics.json"}


def test_ctrl_c_elsewhere_leaves_nothing_half_made(workspace):
    process = subprocess.Popen(
        [sys.executable, "-m", "saekdong", "train", "colors.csv", "--space", "lab", "--model", "svm", "--out", "half"],
        cwd=workspace,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    until(lambda: "_libsvm" in Path(f"/proc/{process.pid}/maps").read_text())
    time.sleep(1)  # by now it has begun to search
    process.send_signal(signal.SIGINT)
    stderr = process.communicate(timeout=60)[1]
    assert stderr.strip() == "saekdong: stopped"
    assert process.returncode == 130
    assert not (workspace / "half").exists()


def heed_ctrl_c() -> None:
    """Undo what a shell does to what it runs in the background: SIGINT ignored, here and in all children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def read_all(controller: int) -> bytes:
    shown = b""
    try:
        while part := os.read(controller, 4096):
            shown += part
    except OSError:
        pass
    os.close(controller)
    return shown
