"""The studio's review in a real browser: correct, see that it was saved, go on; and what a failed save keeps."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.samples import drawings
from studios import AXE, Studio, running

pytestmark = pytest.mark.slow

SHARES = {
    "tie": {"navy": 0.40, "white": 0.39},
    "none": {"navy": 0.11, "white": 0.10},
    "sure": {"navy": 0.90},
}
SAVE = {"en": "Save the correction", "ko": "바로잡기 저장"}
SAVED = {"en": "Saved.", "ko": "저장했습니다."}
NEXT = {"en": "Next product", "ko": "다음 상품"}
BACK = {"en": "Uncertain", "ko": "색이 불확실"}
DONE = {"en": "That was the last one of this list.", "ko": "이 목록의 마지막 상품입니다."}
LISTED = "/desk/products?show=doubt"
NONE_CHOSEN = {"en": "Choose at least one color.", "ko": "색을 하나 이상 고르세요."}
BOTH = {"en": "Choose either colors or “other”, not both.", "ko": "색과 ‘기타’ 중 하나만 고르세요."}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    drawings.draw(drawings.plain((31, 42, 82)), "shirt").save(tmp_path / "a.jpg")
    store = SqliteStore.open(tmp_path / "catalog.db", STARTER)
    run = store.begin("drawn")
    store.put(
        [
            (Product(each, f"Shirt {each}", photos=("a.jpg",)), [PhotoResult("a.jpg", shares=shares)])
            for each, shares in SHARES.items()
        ],
        run,
    )
    store.finish(run)
    store.close()
    with running(tmp_path) as studio:
        yield studio


def visit(
    browser: Browser, studio: Studio, path: str, lang: str = "en", has_script: bool = True, width: int = 1280
) -> Page:
    context = browser.new_context(
        locale={"en": "en-US", "ko": "ko-KR"}[lang],
        java_script_enabled=has_script,
        viewport={"width": width, "height": 900},
    )
    context.request.get(studio.sign_in)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(studio.address + path)
    return page


def check(page: Page, label: str) -> None:
    page.locator(f"form.correct [value={label}]").check(force=True)


def checked(page: Page) -> list[str]:
    return page.locator("form.correct [name=label]:checked").evaluate_all("boxes => boxes.map(box => box.value)")


def labels(studio: Studio, product_id: str) -> list[str]:
    return [tag.label for tag in studio.store.get(product_id).tags]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("has_script", [True, False])
def test_correct_see_that_it_was_saved_and_go_on(browser, studio, has_script, lang):
    page = visit(browser, studio, LISTED, lang, has_script, width=900)  # narrow: a page, not a panel
    expect(page.locator(".cards h3")).to_have_text(["Shirt none", "Shirt tie"])
    page.get_by_role("link", name="Shirt none").click()
    assert checked(page) == []  # the model's doubt is not a person's choice
    check(page, "mint")
    page.get_by_role("button", name=SAVE[lang]).click()
    saved = page.get_by_role("status").filter(has_text=SAVED[lang])
    expect(saved).to_be_visible()
    expect(saved).to_be_focused()
    assert labels(studio, "none") == ["mint"]
    if has_script:
        assert "saved" not in page.url
    page.get_by_role("link", name=NEXT[lang]).click()
    expect(page.locator("h1")).to_have_text("Shirt tie")
    assert checked(page) == ["white", "navy"]
    check(page, "other")
    if has_script:
        assert checked(page) == ["other"]
        check(page, "red")
        assert checked(page) == ["red"]
    else:
        page.get_by_role("button", name=SAVE[lang]).click()
        expect(page.get_by_role("alert").filter(has_text=BOTH[lang])).to_be_focused()
        assert checked(page) == ["white", "navy", "other"]
        for label in ("white", "navy", "other"):
            page.locator(f"form.correct [value={label}]").uncheck(force=True)
        check(page, "red")
    page.get_by_role("button", name=SAVE[lang]).click()
    expect(page.get_by_role("status").filter(has_text=SAVED[lang])).to_be_focused()
    assert labels(studio, "tie") == ["red"]
    expect(page.locator(".correct")).to_contain_text(DONE[lang])
    page.get_by_role("link", name=BACK[lang]).click()
    expect(page.locator(".cards")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_refused_choice_is_kept_and_said_why(browser, studio, has_script):
    page = visit(browser, studio, "/desk/product?id=sure", "ko", has_script)
    page.locator("form.correct [value=navy]").uncheck(force=True)
    page.get_by_role("button", name=SAVE["ko"]).click()
    expect(page.get_by_role("alert").filter(has_text=NONE_CHOSEN["ko"])).to_be_focused()
    assert checked(page) == []
    assert labels(studio, "sure") == ["navy"]
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_save_that_the_catalog_cannot_take_keeps_the_choice(browser, studio, has_script):
    page = visit(browser, studio, "/desk/product?id=sure", "en", has_script)
    check(page, "pink")
    breaker = sqlite3.connect(studio.folder / "catalog.db")
    breaker.execute("CREATE TRIGGER stop BEFORE UPDATE ON product BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END")
    breaker.commit()
    page.get_by_role("button", name=SAVE["en"]).click()
    alert = page.get_by_role("alert").filter(has_text="was not saved")
    expect(alert).to_have_text("The correction was not saved: the disk is broken. Your choice is still here.")
    assert set(checked(page)) == {"navy", "pink"}
    breaker.execute("DROP TRIGGER stop")
    breaker.commit()
    breaker.close()
    page.get_by_role("button", name=SAVE["en"]).click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_focused()
    assert set(labels(studio, "sure")) == {"navy", "pink"}
    page.context.close()


@pytest.mark.parametrize("fault", ["network", "server"])
def test_a_studio_that_does_not_answer_keeps_the_choice(browser, studio, fault):
    page = visit(browser, studio, "/desk/product?id=sure")
    check(page, "pink")
    address = "**/desk/product/correct"
    page.route(address, lambda route: route.abort() if fault == "network" else route.fulfill(status=500, body="x"))
    page.get_by_role("button", name=SAVE["en"]).click()
    expect(page.get_by_role("alert").filter(has_text="Saekdong does not answer")).to_be_focused()
    expect(page.locator("#trouble")).to_be_hidden()
    assert set(checked(page)) == {"navy", "pink"}
    page.unroute(address)
    page.get_by_role("button", name=SAVE["en"]).click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_focused()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    page.context.close()


def test_a_page_of_another_session_saves_nothing(studio):
    stale = {"id": "sure", "label": ["mint", "pink"], "token": "0" * 64, "do": "save"}
    cookies = httpx.get(studio.sign_in).cookies
    answer = httpx.post(f"{studio.address}/desk/product/correct", data=stale, cookies=dict(cookies))
    assert answer.status_code == 403
    assert "Load the page again, and send the form from there" in answer.text
    assert labels(studio, "sure") == ["navy"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_axe_finds_nothing_and_nothing_is_too_wide(browser, studio, lang):
    for width in (1280, 360):
        page = visit(browser, studio, LISTED, lang, width=min(width, 900))
        page.locator(".cards a").first.click()
        for label in ("", "mint"):
            if label:
                check(page, label)
            page.get_by_role("button", name=SAVE[lang]).click()
            expect(page.locator(".correct [autofocus]")).to_be_focused()
            page.evaluate(AXE)
            found = page.evaluate("axe.run()")
            assert [each["id"] for each in found["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.close()
