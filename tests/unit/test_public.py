"""The public API: what `import saekdong` offers, and that the docs use nothing else."""

import ast
import re
from pathlib import Path

import pytest

import saekdong
from saekdong.catalog.products import PhotoResult, Product
from saekdong.errors import SaekdongError
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import starter
from saekdong.workspace import Workspace

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
DESCRIBED = {  # names below the root that a page of docs/ describes
    "saekdong.captures": {"forget_here", "read_captures"},
    "saekdong.catalog.query": {"Query"},
    "saekdong.color": {"ciede2000", "to_space"},
    "saekdong.mlflow": {"save"},
    "saekdong.sklearn": {"ColorClassifier"},
    "saekdong.workspace": {"find_workspace"},
}


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "mug.jpg"
    path.write_bytes(jpeg(draw(plain(COLORS["navy"][0]), "mug")))
    return path


def test_every_public_name_is_there_and_described():
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in saekdong.__all__:
        assert getattr(saekdong, name) is not None
        assert name == "__version__" or f"`{name}" in page
    assert dir(saekdong) == saekdong.__all__ == sorted(saekdong.__all__, key=lambda name: (name[0].islower(), name))
    with pytest.raises(AttributeError):
        saekdong.nothing  # noqa: B018


def test_a_photo_is_tagged_by_path_and_by_bytes(photo):
    by_path, by_bytes = saekdong.tag(photo), saekdong.tag(photo.read_bytes(), starter())
    assert by_path.tags == by_bytes.tags == saekdong.tag(str(photo)).tags
    assert by_path.tags[0].label == "navy"
    assert len(saekdong.palette(photo, colors=2)) <= 2
    with pytest.raises(SaekdongError, match="a palette cannot have 11 colors; give 1 to 10"):
        saekdong.palette(photo, colors=11)
    with pytest.raises(SaekdongError, match=r"none\.jpg: there is no such file"):
        saekdong.tag(photo.with_name("none.jpg"))
    with pytest.raises(SaekdongError, match=r"none\.jpg: there is no such file"):
        saekdong.palette(photo.with_name("none.jpg"))
    with pytest.raises(SaekdongError):
        saekdong.tag(b"no photo")


def test_a_catalog_is_read_by_pages(tmp_path):
    with pytest.raises(SaekdongError, match="there is no catalog"):
        saekdong.Catalog.open(tmp_path)
    with Workspace(tmp_path).catalog() as store:
        navy = [PhotoResult("a", model="m", shares={"navy": 1.0})]
        products = [(Product(str(number), photos=("a",)), navy) for number in range(3)]
        store.put(products, store.begin("feed"))
    for place in (tmp_path, tmp_path / "catalog.db"):
        with saekdong.Catalog.open(place) as catalog:
            first = catalog.find(saekdong.Query(labels=("navy",), limit=2))
            rest = catalog.find(saekdong.Query(labels=("navy",), limit=2, after=first.next))
            assert (first.total, rest.next) == (3, None)
            assert {each.product.id for page in (first, rest) for each in page.products} == {"0", "1", "2"}
            assert catalog.get("1").tags[0].label == "navy"
            assert catalog.get("9") is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_in_the_docs_use_what_is_public_or_described(page):
    for code in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "saekdong":
                allowed = saekdong.__all__ if node.module == "saekdong" else DESCRIBED.get(node.module, set())
                assert {each.name for each in node.names} <= set(allowed), f"{page.name}: {ast.unparse(node)}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "saekdong":
                assert node.attr in {*saekdong.__all__, "sklearn", "mlflow"}, f"{page.name}: {ast.unparse(node)}"
