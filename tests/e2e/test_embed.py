"""The web component in a page of another site, in Debian's Chromium and Firefox."""

import gzip
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from playwright.sync_api import sync_playwright

import drawn_shops
from firefox import Firefox, firefox
from saekdong.web.embed import SCRIPT
from studios import AXE, CHROMIUM, FLAGS, Studio, running
from waiting import until

EXAMPLE = Path(__file__).parents[2] / "examples" / "embed"
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>A shop's page</title>
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'self' {catalog}; connect-src {catalog}; img-src {catalog}">
<main><h1>Shop</h1><saekdong-filter catalog="{catalog}" {more}></saekdong-filter></main>
<script src="/page.js"></script><script src="{catalog}/embed/saekdong-filter.js"></script>"""
SCRIPT_OF_PAGE = """
window.told = [];
for (const name of ["change", "results", "select", "error"]) {
  document.addEventListener(`saekdong-${name}`, (event) => {
    told.push([name, JSON.parse(JSON.stringify(event.detail))]);
    if (name === "select") event.preventDefault();
  });
}
"""
HELPERS = """
window.host = document.querySelector("saekdong-filter");
window.one = (selector) => host.shadowRoot.querySelector(selector);
window.all = (selector) => [...host.shadowRoot.querySelectorAll(selector)];
window.last = (name) => told.filter(([each]) => each === name).at(-1)?.[1] ?? null;
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("machine")]


class Window(Protocol):
    """A tab of a browser."""

    def open(self, address: str, width: int = 1280) -> None: ...

    def evaluate(self, expression: str) -> Any: ...

    def press(self, *keys: str) -> None: ...


class Chromium:
    """A tab of Chromium, driven by Playwright."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def open(self, address: str, width: int = 1280) -> None:
        self._page.set_viewport_size({"width": width, "height": 900})
        self._page.goto(address)

    def evaluate(self, expression: str) -> Any:
        return self._page.evaluate(f"async () => await ({expression}) ?? null")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press("Space" if key == " " else key)


class Site(SimpleHTTPRequestHandler):
    """Serves pages by their paths, otherwise the example's folder; no line for each request."""

    pages: dict[str, str] = {}  # noqa: RUF012

    def do_GET(self) -> None:
        text = self.pages.get(self.path)
        if text is None:
            super().do_GET()
            return
        self.send_response(200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A shop's own site, on another origin than the catalog."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(EXAMPLE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, site: str) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("shop")
    drawn_shops.fill(folder).close()
    with running(folder, "--shop-only", env={"SAEKDONG_API_ORIGINS": site}) as studio:
        for lang, more in (("en", ""), ("ko", ""), ("en", 'category="Apparel"')):
            path = f"/{lang}{'-scope' if more else ''}"
            Site.pages[path] = PAGE.format(lang=lang, catalog=studio.address, more=more)
        Site.pages["/nowhere"] = (
            PAGE.format(lang="en", catalog="http://127.0.0.1:9", more="")
            .replace("http://127.0.0.1:9/embed", f"{studio.address}/embed")
            .replace("script-src 'self'", f"script-src 'self' {studio.address}")
        )
        Site.pages["/page.js"] = SCRIPT_OF_PAGE
        yield studio


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    if request.param == "firefox":
        with firefox(tmp_path_factory.mktemp("firefox")) as tab:
            yield tab
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Chromium(browser.new_page())
        browser.close()


def show(window: Window, address: str, width: int = 1280) -> None:
    """Open a page with the component, and wait for its products."""
    window.open(address, width)
    window.evaluate(f"(() => {{ {HELPERS} }})()")
    until(lambda: window.evaluate("one('.status')?.textContent || one('[part=error]')?.textContent || ''"))


def titles(window: Window) -> list[str]:
    return window.evaluate("all('.title').map((link) => link.textContent)")


def test_one_small_file_without_dependencies_is_served_to_every_page(studio):
    answer = httpx.get(f"{studio.address}/embed/saekdong-filter.js", headers={"Origin": "https://any.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == SCRIPT.read_bytes()
    assert len(gzip.compress(answer.content)) < 15_000
    assert not any(word in answer.text for word in ("import ", "import(", "eval(", "innerHTML", "new Function"))


def test_only_the_shops_pages_may_read_the_listing(studio, site):
    data = f"{studio.address}/api/shop"
    assert httpx.get(data, headers={"Origin": site}).headers["access-control-allow-origin"] == site
    assert "access-control-allow-origin" not in httpx.get(data, headers={"Origin": "https://evil.example"}).headers


def test_products_are_shown_and_filtered(window, site):
    show(window, f"{site}/en")
    assert window.evaluate("one('.status').textContent") == "72 products"
    assert len(titles(window)) == 48
    assert window.evaluate("all('.swatches')[0].innerText").split()[:2] == ["black", "7"]
    window.evaluate("one('[value=navy]').click()")
    until(lambda: window.evaluate("one('.status').textContent") == "6 products")
    assert window.evaluate("last('change').query") == {"color": ["navy"]}
    assert window.evaluate("last('results').total") == 6
    assert window.evaluate("one('.swatch:has(:checked) .count').textContent") == "6"
    assert window.evaluate("getComputedStyle(one('select[aria-label=\"Several colors\"]')).display") == "none"
    window.evaluate("one('[value=pink]').click()")
    until(lambda: window.evaluate("one('.status').textContent") == "12 products")
    assert window.evaluate("getComputedStyle(one('select[aria-label=\"Several colors\"]')).display") != "none"
    window.evaluate("one('.chips button').click()")
    until(lambda: window.evaluate("one('.status').textContent") == "6 products")
    assert window.evaluate("host.query") == {"color": ["pink"]}


def test_photos_come_from_the_catalog_and_more_products_on_request(window, studio, site):
    show(window, f"{site}/en")
    until(lambda: window.evaluate("all('.photo img').some((image) => image.complete && image.naturalWidth > 0)"))
    assert window.evaluate("one('.photo img').src").startswith(studio.address)
    window.evaluate("one('.more').click()")
    until(lambda: len(titles(window)) == 72)
    assert window.evaluate("host.shadowRoot.activeElement.textContent") == titles(window)[48]


def test_a_search_knows_colors_and_korean(window, site):
    show(window, f"{site}/ko")
    assert window.evaluate("one('.status').textContent") == "상품 72개"
    window.evaluate("one('[type=search]').value = '남색 머그컵'")
    window.evaluate("one('form').requestSubmit()")
    until(lambda: window.evaluate("host.query").get("color") == ["navy"])
    assert window.evaluate("host.query") == {"color": ["navy"], "q": "머그컵"}
    until(lambda: "남색" in window.evaluate("one('.chips').textContent"))
    assert all("머그컵" in title for title in titles(window))


def test_a_page_filters_from_outside_and_takes_over_a_click(window, studio, site):
    show(window, f"{site}/en")
    window.evaluate("(() => { host.query = {color: ['red'], max: 40000, sort: 'price'}; })()")
    until(lambda: window.evaluate("last('results').query.max ?? ''") == "40000")
    assert window.evaluate("last('change')") is None
    assert window.evaluate("one('.chips').textContent").startswith("red")
    window.evaluate("one('.title').click()")
    assert window.evaluate("last('select').product.id") == "p3"
    assert window.evaluate("location.pathname") == "/en"
    assert window.evaluate("one('.title').href") == f"{studio.address}/product?id=p3"
    show(window, f"{site}/en-scope")
    assert window.evaluate("one('.status').textContent") == "30 products"
    assert window.evaluate("all('option').map((each) => each.value).filter((each) => each.includes('>'))") == [
        "Apparel > Shirts",
        "Apparel > Shoes",
    ]


def test_no_text_of_a_feed_runs(window, site):
    show(window, f"{site}/en")
    window.evaluate("(() => { host.query = {q: 'document.title'}; })()")
    until(lambda: len(titles(window)) == 1)
    assert titles(window) == [drawn_shops.EVIL]
    assert window.evaluate("one('.title').protocol") == "http:"
    assert window.evaluate("document.title") == "A shop's page"
    assert window.evaluate("all('script, [onerror], [style]').length") == 0


def test_a_catalog_that_does_not_answer_is_told(window, site):
    show(window, f"{site}/nowhere")
    assert "could not be loaded" in window.evaluate("one('[part=error]').textContent")
    assert window.evaluate("one('[part=error]').getAttribute('role')") == "alert"
    assert window.evaluate("last('error').message")
    assert window.evaluate("one('[part=error] button').textContent") == "Try again"


def test_the_keyboard_alone_chooses_a_color(window, site):
    show(window, f"{site}/en")
    for _ in range(12):
        if window.evaluate("host.shadowRoot.activeElement?.value ?? ''") == "white":
            break
        window.press("Tab")
    window.press(" ")
    until(lambda: window.evaluate("one('.status').textContent") == "7 products")
    assert window.evaluate("host.shadowRoot.activeElement.value") == "white"
    assert window.evaluate("one('.status').getAttribute('role')") == "status"


def test_a_page_styles_it_by_properties_and_parts(window, studio, site):
    Site.pages["/styled"] = (
        PAGE.format(lang="en", catalog=studio.address, more="")
        .replace("default-src 'none'", "default-src 'none'; style-src 'unsafe-inline'")
        .replace(
            "<main>",
            "<style>saekdong-filter { --saekdong-radius: 9px; --saekdong-columns: 3 }"
            "saekdong-filter::part(price) { color: rgb(1, 2, 3) }</style><main>",
        )
    )
    show(window, f"{site}/styled")
    assert window.evaluate("getComputedStyle(one('.price')).color") == "rgb(1, 2, 3)"
    assert window.evaluate("getComputedStyle(one('.photo')).borderRadius") == "9px"
    assert len(window.evaluate("getComputedStyle(one('.list')).gridTemplateColumns").split()) == 3


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_axe_finds_nothing_and_nothing_is_too_wide(window, site, lang):
    for width in (1280, 360):
        show(window, f"{site}/{lang}", width)
        window.evaluate("one('[value=navy]').click()")
        until(lambda: window.evaluate("all('.chips button').length") == 1)
        # Faded out while products are loaded, texts have less contrast.
        until(lambda: window.evaluate("getComputedStyle(one('.list')).opacity") == "1")
        assert window.evaluate("document.documentElement.scrollWidth") <= width
        window.evaluate(f"(() => {{ {AXE} }})()")
        violations = window.evaluate(
            "axe.run().then((found) => found.violations.map((each) => [each.id, each.nodes.map((node) => node.html)]))"
        )
        assert violations == [], json.dumps(violations, indent=1, ensure_ascii=False)


def test_the_example_page_works(window, studio, site):
    show(window, f"{site}/?catalog={studio.address}")
    assert window.evaluate("one('.status').textContent") == "상품 72개"
    window.evaluate("one('[value=navy]').click()")
    until(lambda: window.evaluate("document.querySelector('#chosen').textContent") == "navy")


def test_firefox_is_the_one_of_debian(window):
    if isinstance(window, Firefox):
        assert "Firefox/" in window.evaluate("navigator.userAgent")
