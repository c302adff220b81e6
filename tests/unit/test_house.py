"""The house: faces, light imports, files that appear whole, the workspace."""

import ast
import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import saekdong
from saekdong.cli.app import run
from saekdong.errors import SaekdongError
from saekdong.files import whole_file, write_whole
from saekdong.lang import locale_lang
from saekdong.registry import ModelFolder
from saekdong.workspace import Workspace, find_workspace

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(saekdong.__path__, "saekdong.") if "__main__" not in module.name
)


@pytest.mark.parametrize("name", ["saekdong", *MODULES])
def test_every_module_says_what_it_is_and_faces_hold_what_they_name(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in getattr(module, "__all__", []):
        assert getattr(module, public) is not None


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name):
    with np.printoptions(legacy=False, precision=8, suppress=False, floatmode="maxprec"):
        result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import saekdong", {"numpy", "click", "sklearn", "scipy", "matplotlib", "rich"}),
        ("import saekdong; saekdong.load", {"sklearn", "scipy", "matplotlib", "rich", "click"}),
        ("import saekdong.cli.app as a; a.run(['train', '--help'])", {"sklearn", "scipy", "matplotlib", "rich"}),
        (
            "import sys, saekdong.cli.app as a; a.run(['predict', '#1f2a52', '--model', {model!r}])",
            {"sklearn", "scipy", "matplotlib"},
        ),
        ("import saekdong.serving.app", {"fastapi", "pydantic", "click"}),
    ],
)
def test_imports_are_light(statement, absent, model_file):
    code = statement.format(model=str(model_file)) + "; import sys; print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(eval(run.stdout.splitlines()[-1]))  # noqa: S307
    assert not loaded & absent


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "file.txt"
    with pytest.raises(RuntimeError):
        _write_half(target)
    assert list(target.parent.iterdir()) == []
    write_whole(target, "한 줄\n")
    with pytest.raises(RuntimeError):
        _write_half(target)
    assert target.read_text(encoding="utf-8") == "한 줄\n"
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _write_half(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise RuntimeError


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SaekdongError, match=r"cannot write .*choose a folder"):
        write_whole(tmp_path / "file" / "x.csv", "")
    with pytest.raises(SaekdongError, match="cannot write"):
        write_whole(tmp_path, "")


@pytest.mark.parametrize(
    ("values", "lang"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({}, "en"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_locale_decides_the_language(monkeypatch, values, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert locale_lang() == lang


def test_the_workspace_is_the_nearest_folder_with_settings(tmp_path, monkeypatch):
    monkeypatch.delenv("SAEKDONG_WORKSPACE", raising=False)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_workspace().settings == {}
    (tmp_path / "saekdong.toml").write_text("[train]\nbudget = 3\n")
    assert find_workspace() == Workspace(Path("../.."), {"train": {"budget": 3}})
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(deep))
    assert find_workspace().settings == {}
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path / "none"))
    with pytest.raises(SaekdongError, match="which is not a directory; create it, or unset the variable"):
        find_workspace()


def test_models_are_found_by_path_folder_name_or_age(tmp_path):
    models = ModelFolder(tmp_path / "models")
    assert models.files() == []
    for age, name in enumerate(("old", "new")):
        file = models.path / name / "model.tar.gz"
        write_whole(file, b"")
        os.utime(file, ns=(age, age))
    new, old = (models.path / name / "model.tar.gz" for name in ("new", "old"))
    assert models.files() == [new, old]
    assert models.find("new") == models.find(str(new)) == models.find(str(new.parent)) == new
    with pytest.raises(SaekdongError, match=r"there is no model newer; give .*: new, old"):
        models.find("newer")


@pytest.mark.slow
def test_the_sample_rows_are_what_their_script_makes():
    subprocess.run([sys.executable, ROOT / "scripts" / "make_sample_rows.py", "--check"], check=True)


@pytest.mark.xdist_group("machine")
def test_what_needs_the_machine_to_itself_runs_in_turn(request):
    """pytest-xdist holds a group's tests together by what it adds to their ids."""
    assert request.node.nodeid.endswith("@machine") == getattr(request.config.option, "loadgroup", False)


@pytest.mark.slow
def test_every_process_finds_the_same_tests(request):
    """Else pytest-xdist runs none of them: names may hold neither the time nor the order of a set."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    run = subprocess.run(
        command, cwd=ROOT, env={**clean, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True
    )
    found = set(run.stdout.splitlines())
    here = {re.sub("@(machine|engine)$", "", item.nodeid) for item in request.session.items}
    assert here <= found


def test_corrections_are_durable_where_the_workspace_says_so(tmp_path, monkeypatch):
    (tmp_path / "saekdong.toml").write_text("durable = true\n")
    monkeypatch.chdir(tmp_path)
    assert find_workspace().durable
    monkeypatch.setenv("SAEKDONG_DURABLE", "false")
    assert not find_workspace().durable
    monkeypatch.delenv("SAEKDONG_DURABLE")
    assert not Workspace(tmp_path).durable
    with pytest.raises(SaekdongError, match="the setting durable is 'often'; give true or false"):
        assert Workspace(tmp_path, {"durable": "often"}).durable
    assert run(["catalog", "stats"]) == 2  # there is no catalog, and the setting is known


_SHARED_NAMES = {
    "answer": "two protocols of one service, REST and gRPC",
    "main": "what a program of its own starts with",
    "message": "a line for a person; a reader of protobuf",
    "rebuild": "two indexes of the store in SQLite",
    "save": "an artifact; a model for MLflow, which has such a function itself",
}


def test_a_public_name_has_one_home():
    """A reader who meets a name need not ask which one it is. Commands are named by what a person types."""
    homes: dict[str, list[str]] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_command = "cli" in path.parts and getattr(node, "decorator_list", [])
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not is_command:
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    shared = {name: places for name, places in homes.items() if len(places) > 1 and not name.startswith("_")}
    assert {name: places for name, places in shared.items() if name not in _SHARED_NAMES} == {}
    assert set(_SHARED_NAMES) <= set(shared), "a name that has one home by now: take it out of the list"


def test_the_changelogs_files_have_a_kind():
    """A file of another name would be left out of the next release's changelog."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = "|".join(kind["directory"] for kind in settings["type"])
    for path in (ROOT / settings["directory"]).iterdir():
        assert path.name in settings["ignore"] or re.fullmatch(rf"[+\w-]+\.({kinds})(\.\d+)?\.md", path.name), path
        assert path.read_text(encoding="utf-8").strip()
