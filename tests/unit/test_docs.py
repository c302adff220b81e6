"""The docs name what there is: commands, settings, models, spaces, labels; and their links lead somewhere."""

import ast
import importlib
import json
import re
import tomllib
from pathlib import Path

import click
import pytest

from saekdong.cli.app import COMMANDS, app
from saekdong.color import SPACES, STARTER
from saekdong.model.estimators import KINDS

ROOT = Path(__file__).parents[2]


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def all_commands() -> list[tuple[str, click.Command]]:
    """Every command with its full name, those inside groups too."""
    found: list[tuple[str, click.Command]] = []
    with click.Context(app) as context:
        for name in COMMANDS:
            command = app.get_command(context, name)
            assert command is not None
            inside = command.commands if isinstance(command, click.Group) else None
            found += [(f"{name} {part}", one) for part, one in inside.items()] if inside else [(name, command)]
    return found


@pytest.mark.parametrize(("name", "command"), all_commands(), ids=[name for name, _ in all_commands()])
def test_every_command_shows_examples_and_is_documented(name, command):
    assert command.help
    assert f"  saekdong {name}" in command.epilog
    assert f"saekdong {name}" in "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_every_setting_is_documented():
    text = text_of("settings.md")
    for name, command in all_commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.name}`" in text, f"{name}: {parameter.name}"


def test_every_model_setting_is_documented_with_its_default():
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*?\| (.*) \|$", text_of("models.md"), re.MULTILINE))
    for name, kind in KINDS.items():
        for key, setting in kind.settings.items():
            assert re.search(rf"`{key}`[^`]*\({setting.default:g}[;)]", rows[name]), f"{name}: {key}"


def test_every_space_and_label_is_documented():
    assert all(f"| `{name}` |" in text_of("spaces.md") for name in SPACES)
    for label in STARTER:
        assert f"| `{label.id}` | {label.en} | {label.ko} | {', '.join(label.aliases)} |" in text_of("vocabulary.md")


LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")
OURS = re.compile(r"https://(?:github\.com|raw\.githubusercontent\.com)/saekdong/saekdong/(?:(?:blob|tree)/)?main/(.*)")


def links(path: Path) -> list[str]:
    return LINK.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", ["docs", "docs/ko", "."])
def test_links_in_the_docs_lead_somewhere(folder):
    for path in (ROOT / folder).glob("*.md"):
        for target in links(path):
            ours = OURS.fullmatch(target)
            if ours or not target.startswith(("http://", "https://")):
                place = ROOT / ours[1] if ours else path.parent / target
                assert place.exists(), f"{path.name} links to {target}"


def test_every_page_stands_in_the_sites_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages == set(re.findall(r"[\w/-]+\.md", navigation))


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_links_into_a_page_lead_to_a_heading(path):
    for page, anchor in re.findall(r"\]\(([\w./-]*)#([^)]+)\)", path.read_text(encoding="utf-8")):
        target = (path.parent / page if page else path).read_text(encoding="utf-8")
        assert anchor in map(slug, re.findall(r"^#+ (.*)$", target, re.MULTILINE)), f"{page}#{anchor}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "ko").glob("*.md")), ids=lambda path: path.stem)
def test_korean_pages_name_commands_and_options_that_exist(path):
    commands = dict(all_commands())
    for line in re.findall(r"^saekdong (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        words = re.split(r"[#|]", line)[0].split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in commands else words[0]
        assert name in commands, line
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_links_of_the_readme_lead_somewhere_from_any_site(name):
    """The README stands on PyPI too, from where relative links lead nowhere."""
    assert all(target.startswith("https://") for target in links(ROOT / name))


def test_the_package_says_who_made_it_and_where_it_lives():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all("@" in author["email"] for author in project["authors"])
    assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} <= set(project["urls"])
    for address in project["urls"].values():
        ours = OURS.fullmatch(address)
        assert ours is None or (ROOT / ours[1]).exists(), address


def test_every_test_that_holds_a_threat_exists():
    """docs/security.md names tests as `test_file.py`, `test_file.py::test_name`, and `::test_name` of the same file."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in text.split("## Threats")[1].split("\n## ")[0].splitlines() if line.startswith("| ")][1:]
    contents = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(rows) > 10
    for row in rows:
        names = re.findall(r"`((?:test_\w+\.py)?(?:::test_\w+)?)`", row.rsplit("|", 2)[1])
        assert names, row
        file = ""
        for name in names:
            file, test = name.partition("::")[0] or file, name.partition("::")[2]
            assert file in contents, name
            assert not test or re.search(rf"^def {test}\(", contents[file], re.MULTILINE), name


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_what_a_notebook_imports_is_there(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in found if node.module and node.module.startswith("saekdong")]
    assert ours
    for node in ours:
        module = importlib.import_module(node.module)
        for alias in node.names:
            assert hasattr(module, alias.name) or importlib.import_module(f"{node.module}.{alias.name}")
