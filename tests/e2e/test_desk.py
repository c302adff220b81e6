"""The desk in a real browser: questions answered by keys alone, many at once, products beside their list."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.fetch import Mark
from saekdong.loop import Loop, NewItem
from saekdong.samples import drawings
from saekdong.tagging.starter import STARTER_FILE, starter
from studios import AXE, Studio, running

pytestmark = pytest.mark.slow

COUNT = 60
DIGEST = "d" * 64


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A catalog of shirts that the model takes for navy, with questions about the first forty."""
    drawings.draw(drawings.plain((31, 42, 82)), "shirt").save(tmp_path / "a.jpg")
    with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
        run = store.begin("drawn")
        photo = PhotoResult("a.jpg", Mark(digest=DIGEST), "m", {"navy": 0.6, "blue": 0.3})
        store.put([(Product(f"s{n}", f"Shirt {n}", photos=("a.jpg",)), [photo]) for n in range(COUNT)], run)
        store.put([(Product("bare", "Without photos"), [])], run)
        store.finish(run)
        shown = {tag.label: tag.share for tag in store.get("s0").tags}
    with Loop.open(tmp_path / "loop.db") as loop:
        items = [NewItem(f"s{n}", DIGEST, None, shown) for n in range(40)]
        loop.draw("teach", items[:30], "m", COUNT)
        loop.draw("audit", [NewItem(each.product, DIGEST, 0.1, shown, AUDIT) for each in items[30:]], "m", COUNT)
    with running(tmp_path) as studio:
        yield studio


AUDIT = {"confidence": 0.6, "mean_confidence": 0.6}


def visit(browser: Browser, studio: Studio, path: str, lang: str = "en", **options: object) -> Page:
    locale = {"en": "en-US", "ko": "ko-KR"}[lang]
    context = browser.new_context(**{"locale": locale, "viewport": {"width": 1280, "height": 900}, **options})
    context.request.get(studio.sign_in)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(studio.address + path)
    return page


def said(studio: Studio, product: str) -> list[str]:
    return [tag.label for tag in studio.store.get(product).tags]


def answers(studio: Studio) -> list[tuple[str, str, tuple[str, ...]]]:
    with Loop.open_to_read(studio.folder / "loop.db") as loop:
        return [(each.said.kind, each.said.product, each.said.given) for each in loop.answers()]


def item(page: Page) -> str:
    return page.locator("#question").get_attribute("data-item") or ""


def press(page: Page, *keys: str) -> None:
    """Press keys, and wait until another question is asked."""
    before = item(page)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function("item => document.querySelector('#question')?.dataset.item !== item", arg=before)


def test_thirty_answers_by_the_keyboard_alone(browser, studio):
    page = visit(browser, studio, "/desk/review")
    expect(page.get_by_text("The model's answer is hidden")).to_be_visible()  # the audit comes first
    expect(page.locator("#question a")).to_have_count(0)  # the product's page shows the model's answer
    for _ in range(10):
        press(page, "Digit9", "Enter")
    expect(page.get_by_text("The model's answer is hidden")).to_have_count(0)
    for _ in range(18):
        press(page, "Enter")
    press(page, "Digit4", "Digit9", "Enter")
    press(page, "KeyO")
    given = answers(studio)
    assert len(given) == 30
    assert {kind for kind, _, _ in given[10:28]} == {"confirm"}
    assert given[28][2] == ("red", "navy")
    assert given[29][0] == "other"
    press(page, "KeyZ")
    assert len(answers(studio)) == 29
    expect(page.locator("main [role=status]").first).to_have_text("Taken back.")
    press(page, "KeyS")
    assert answers(studio)[-1][0] == "skip"
    page.context.close()


def test_keys_work_under_korean_input_and_go_back_and_forth(browser, studio):
    page = visit(browser, studio, "/desk/review", "ko")
    first = item(page)
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyJ', key: 'ㅓ', bubbles: true}))")
    page.wait_for_function("item => document.querySelector('#question').dataset.item !== item", arg=first)
    press(page, "KeyK")
    assert item(page) == first
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_a_hundred_answers_are_taken_back_one_after_another(browser, studio):
    with Loop.open(studio.folder / "loop.db") as loop:
        from saekdong.review.corrections import correct

        for number in range(100):
            correct(loop, studio.store, f"s{number % COUNT}", ["red"], "studio")
    page = visit(browser, studio, "/desk/review")
    for left in reversed(range(100)):
        with page.expect_response("**/desk/review?*"):
            page.keyboard.press("KeyZ")
        page.wait_for_function("() => !document.querySelector('#review').dataset.asking")
        assert len(answers(studio)) == left
    assert said(studio, "s0") == ["navy", "blue"]
    page.context.close()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_form_works_without_scripts(browser, studio, lang):
    page = visit(browser, studio, "/desk/review", lang, java_script_enabled=False)
    page.locator("[name=label][value=mint]").check(force=True)
    page.locator("button[value=labels]").click()
    expect(page.locator("main [role=status]").first).to_have_text({"en": "Saved.", "ko": "저장했습니다."}[lang])
    (first,) = answers(studio)
    assert first == ("correct", "s30", ("mint",))
    page.locator("button[value=labels]").click()
    expect(page.get_by_role("alert")).to_have_text(
        {"en": "Choose at least one color.", "ko": "색을 하나 이상 고르세요."}[lang]
    )
    page.locator("[data-undo] button").click()
    assert answers(studio) == []
    page.context.close()


def test_many_are_confirmed_at_once_and_the_wrong_ones_are_led_to(browser, studio):
    page = visit(browser, studio, "/desk/review/bulk?label=navy")
    expect(page.locator(".pickable")).to_have_count(24)
    page.get_by_role("checkbox", name="Shirt 59", exact=False).check()
    page.locator("h1").click()
    page.keyboard.press("Enter")
    expect(page.locator("main [role=status]").first).to_have_text("23 confirmed.")
    expect(page.locator(".part .card")).to_have_count(1)
    assert [kind for kind, _, _ in answers(studio)] == ["confirm"] * 23
    assert studio.store.get("s59").corrected_by is None
    assert studio.store.get("s58").corrected_by == "studio"
    page.context.close()


def test_products_are_corrected_beside_their_list_one_after_another(browser, studio):
    page = visit(browser, studio, "/desk/products?show=all")
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#cards .card")).to_have_count(COUNT + 1)
    card = page.locator('[data-product="s10"]')
    card.locator("a").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="Shirt 10")).to_be_visible()
    panel.locator("form.correct [value=navy]").uncheck(force=True)
    panel.locator("form.correct [value=red]").check(force=True)
    panel.get_by_role("button", name="Save the correction").click()
    expect(panel.get_by_role("status")).to_have_text("Saved.")
    expect(card.locator(".tags")).to_contain_text("red")
    assert said(studio, "s10")[0] in ("blue", "red")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    top = page.evaluate("scrollY")
    page.goto(f"{studio.address}/desk/product?id=s10")
    expect(page.locator(".product table")).to_contain_text("studio")
    page.go_back()
    expect(page.locator("#cards .card")).to_have_count(COUNT + 1)
    page.wait_for_function("top => Math.abs(scrollY - top) < 5", arg=top)
    page.context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_several_products_get_one_color(browser, studio, has_script):
    page = visit(browser, studio, "/desk/products?show=all", java_script_enabled=has_script)
    for product in ("s59", "s58"):
        page.locator(f'[name=product][value="{product}"]').check()
    page.locator("select[name=to]").select_option("violet")
    page.get_by_role("button", name="Give the chosen ones this color").click()
    expect(page.locator("main [role=status]").first).to_have_text("2 corrected.")
    assert said(studio, "s59") == said(studio, "s58") == ["violet"]
    page.context.close()


def test_a_shop_that_never_retrained_is_told_how_it_begins(browser, studio):
    page = visit(browser, studio, "/desk/training")
    expect(page.locator("main")).to_contain_text("saekdong catalog add")
    studio.store.set_model(TaggingModel("starter", starter().id, "2026-11-27", STARTER_FILE.read_bytes()))
    page.reload()
    expect(page.locator("main")).to_contain_text("the starter becomes version 1")
    expect(page.locator("main")).not_to_contain_text("saekdong catalog add")
    page.context.close()


def test_addresses_of_version_0_1_lead_to_the_desk(browser, studio):
    page = visit(browser, studio, "/review")
    assert page.url.endswith("/desk/products?show=doubt")
    page.goto(f"{studio.address}/conflicts")
    assert page.url.endswith("/desk/products?show=conflicts")
    page.context.close()


STATES = (
    "/desk",
    "/desk/review",
    "/desk/review/bulk?label=navy",
    "/desk/products?show=untagged",
    "/desk/products?show=all",
)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("path", STATES)
def test_axe_finds_nothing_and_nothing_is_too_wide(browser, studio, path, lang):
    for width, scheme in ((1280, "light"), (768, "light"), (360, "dark")):
        viewport = {"width": width, "height": 900}
        page = visit(browser, studio, path, lang, viewport=viewport, color_scheme=scheme)
        if "show=all" in path and width == 1280:
            page.locator("#cards a").first.click()
            expect(page.locator("#panel form")).to_be_visible()
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
        told = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]
        assert told == [], json.dumps(told, indent=1, ensure_ascii=False)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.close()
