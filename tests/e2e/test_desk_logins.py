"""Logins and people's pages in Chromium: by hand, with and without JavaScript, in both languages and themes."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from shops import small_catalog
from studios import AXE, Studio, running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("machine")]

PASSWORD = "seven colors of cloth"  # noqa: S105
PAGES = ("/desk/account", "/desk/people", "/desk/people/log?check=1", "/desk/people/remove?name=mina")
WORDS = {
    "en": {"join": "Make the account", "log_in": "Log in", "log_out": "Log out", "wrong": "is wrong"},
    "ko": {"join": "계정 만들기", "log_in": "로그인", "log_out": "로그아웃", "wrong": "맞지 않습니다"},
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("desk")
    small_catalog(folder).close()
    with running(folder) as studio:
        yield studio


def invited(studio: Studio, *options: str) -> str:
    """Return the link of a new invitation, as the command prints it."""
    command = [sys.executable, "-m", "saekdong", "people", "invite", "--url", studio.address, *options]
    run = subprocess.run(command, cwd=studio.folder, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def opened(browser: Browser, lang: str = "en", width: int = 1280, **options: object) -> Page:
    context = browser.new_context(
        locale="ko-KR" if lang == "ko" else "en-US", viewport={"width": width, "height": 800}, **options
    )
    return context.new_page()


def join(page: Page, link: str, name: str, button: str) -> None:
    page.goto(link)
    assert "code=" not in page.url
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def log_in(page: Page, name: str, password: str) -> None:
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("main button").click()


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("has_script", [True, False])
def test_a_person_joins_logs_out_and_in_again_and_changes_a_role(browser, studio, lang, has_script):
    words, name = WORDS[lang], f"mina {lang} {has_script}"
    page = opened(browser, lang, java_script_enabled=has_script)
    join(page, invited(studio, "--role", "admin"), name, words["join"])
    expect(page).to_have_url(re.compile("/desk"))
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name=words["log_out"]).first.click()
    expect(page).to_have_url(re.compile("/desk/login$"))
    page.goto(f"{studio.address}/desk/people")
    log_in(page, name, "not the password")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text(words["wrong"])
    log_in(page, name, PASSWORD)
    expect(page).to_have_url(f"{studio.address}/desk/people")
    jun = opened(browser, lang)
    join(jun, invited(studio, "--role", "viewer"), f"jun {name}", words["join"])
    page.reload()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=f"jun {name}", exact=True))
    row.first.locator("select").select_option("admin")
    row.first.locator("form.role button").click()
    jun.goto(f"{studio.address}/desk/people")
    expect(jun.locator("h1")).to_have_text({"en": "People", "ko": "사람"}[lang])
    page.context.close()
    jun.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_axe_finds_nothing_and_nothing_is_too_wide(browser, studio, lang, theme):
    page = opened(browser, lang, color_scheme=theme)
    name = f"kim {lang} {theme}"
    link = invited(studio, "--role", "admin")
    page.goto(link)
    check(page)
    join(page, link, name, WORDS[lang]["join"])
    page.goto(f"{studio.address}/desk/account")
    page.locator("[name=title]").fill("nightly feeds")
    page.locator("form[action$=tokens] button").click()
    check(page)
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for place in PAGES:
            page.goto(f"{studio.address}{place.replace('mina', name)}")
            check(page)
    stranger = opened(browser, lang, 360, color_scheme=theme)
    stranger.goto(f"{studio.address}/desk/people")
    check(stranger)
    log_in(stranger, "nobody", "not the password")
    check(stranger)
    page.context.close()
    stranger.context.close()


def check(page: Page) -> None:
    page.evaluate(AXE)
    assert page.evaluate("axe.run()")["violations"] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url


def test_scripts_see_no_cookie_and_links_to_other_sites_bring_no_secret(browser, studio):
    page = opened(browser)
    join(page, invited(studio, "--role", "viewer"), "<img src=x onerror=document.title=1>", "Make the account")
    assert page.evaluate("document.cookie") == ""
    page.goto(f"{studio.address}/desk/account")
    expect(page.locator("h1")).to_have_text("<img src=x onerror=document.title=1>")
    assert page.title() != "1"
    assert page.locator("main img").count() == 0
    page.route("https://evil.example/**", lambda route: route.abort())
    page.evaluate(
        """() => { const link = document.createElement("a"); link.href = "https://evil.example/"; link.id = "away";
        document.querySelector("main").append(link); link.textContent = "away"; }"""
    )
    with page.expect_request("https://evil.example/**") as asked:
        page.locator("#away").click(no_wait_after=True)
    assert "referer" not in asked.value.all_headers()
    page.context.close()
