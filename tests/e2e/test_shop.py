"""The customers' pages in a real browser: the filter, its addresses, the keyboard, narrow screens, both languages."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import drawn_shops
from drawn_shops import EVIL
from saekdong.catalog.products import Product
from saekdong.catalog.query import Query
from saekdong.color import STARTER
from studios import AXE, Studio, running

ALL = 72
STAFF_WORDS = re.compile(
    r"바로잡|확인 대기|PHOTOS\.csv|모델|corrected|review|palette|margin|%|model|api-token", re.IGNORECASE
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("shop")
    drawn_shops.fill(folder).close()
    (folder / "saekdong.toml").write_text('[shop]\nname = "색동상회"\naccent = "#8c1d40"\nrobots = "index"\n')
    with running(folder, "--shop-only") as studio:
        yield studio


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, studio: Studio) -> Iterator[Open]:
    """Open a page of the shop; no page may ask another host, or complain on its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", lang: str = "en", width: int = 1280, quiet: bool = True, **options: object) -> Page:
        locale = {"en": "en-US", "ko": "ko-KR"}[lang]
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda sent: sent.url.startswith(studio.address) or complaints.append(sent.url))
        if quiet:
            page.on("console", lambda told: complaints.append(told.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(studio.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def titles(page: Page) -> list[str]:
    return page.locator("#cards h3").all_inner_texts()


def found(studio: Studio, **query: object) -> list[str]:
    """Return the titles that the catalog itself finds, the newest first unless another order is asked for."""
    query = {"sort": "newest", **query}
    return [each.product.title for each in studio.store.find(Query(limit=48, **query)).products]  # type: ignore[arg-type]


def address_of(page: Page) -> str:
    return re.sub(r"^http://[^/]+", "", page.url)


def choose(page: Page, *labels: str) -> None:
    for label in labels:
        page.locator(f"#color-{label}").check(force=True)
        expect(page.locator(f".toolbar .chips a:has-text('{STARTER.label(label).en}')")).to_be_visible()


def test_a_color_filters_and_its_count_is_what_is_shown(visit, studio):
    page = visit()
    expect(page.locator("#count")).to_have_text(f"{ALL} products")
    assert titles(page) == found(studio)
    counted = page.locator("label:has(#color-navy) .count").inner_text()
    choose(page, "navy")
    assert address_of(page) == "/?color=navy"
    assert titles(page) == found(studio, labels=("navy",))
    assert page.locator("#count").inner_text() == f"{counted} products"
    expect(page).to_have_title("navy · 색동상회")


def test_any_or_all_comes_with_the_second_color(visit, studio):
    page = visit()
    choose(page, "red")
    expect(page.locator(".match")).to_have_count(0)
    choose(page, "white")
    expect(page.locator("#match-any")).to_be_checked()
    assert titles(page) == found(studio, labels=("white", "red"))
    page.locator("#match-all").check(force=True)
    page.wait_for_url("**match=all")
    expect(page.locator(".empty")).to_contain_text("No product matches.")
    page.locator(".empty a:has-text('any of the colors')").click()
    expect(page.locator("#count")).to_have_text("14 products")
    page.locator("#color-white").uncheck(force=True)
    expect(page.locator(".match")).to_have_count(0)
    assert address_of(page) == "/?color=red"


def test_labels_without_products_fold_away_and_the_rest_is_in_the_shops_order(visit):
    page = visit()
    shown = page.locator(".colors > .swatches input").evaluate_all("inputs => inputs.map(input => input.value)")
    assert shown == [*drawn_shops.COLORS, "other"]
    expect(page.locator("#folded")).to_contain_text("Other colors 5")
    expect(page.locator("#color-mint")).to_be_hidden()
    expect(page.locator("label:has(#color-other) path")).to_have_count(6)
    page.locator("#folded summary").click()
    page.locator("#color-mint").check(force=True)
    expect(page.locator(".colors > .swatches #color-mint")).to_be_checked()


def test_cards_show_what_customers_need_and_no_more(visit, studio):
    page = visit("/?q=%EB%A8%B8%EA%B7%B8%EC%BB%B5&sort=price-desc", lang="ko")
    card = page.locator(".card").first
    expect(card.locator("h3")).to_have_text("머그컵 49")
    expect(card.locator(".price")).to_have_text("59,000원")
    expect(card.locator(".dots")).to_have_text("색상: 노랑, 빨강, 초록")
    expect(card.locator(".dots .dot")).to_have_count(3)
    images = card.locator(".photo img")
    expect(images).to_have_count(1)
    card.hover()
    expect(images).to_have_count(2)
    expect(images.last).to_have_css("opacity", "1")
    for path in ("/", "/product?id=p3", "/?q=nothing"):
        page.goto(studio.address + path)
        assert not STAFF_WORDS.search(page.locator("body").inner_text()), path


def test_photos_fill_their_tile_or_stand_on_its_ground(visit):
    page = visit("/?sort=price")
    wide = page.locator(".card:has-text('mug 0') img").first
    expect(wide).to_have_css("object-fit", "contain")
    expect(wide).to_have_css("mix-blend-mode", "multiply")
    expect(page.locator(".card:has-text('mug 2') img").first).to_have_css("object-fit", "cover")


@pytest.mark.parametrize(
    ("lang", "text", "rest", "chip"),
    [("ko", "남색 머그컵", "머그컵", "남색"), ("en", "navy mug", "mug", "navy"), ("ko", "곤색", "", "남색")],
)
@pytest.mark.parametrize("has_script", [True, False])
def test_color_words_of_a_search_become_the_filter(visit, studio, lang, text, rest, chip, has_script):
    page = visit(lang=lang, java_script_enabled=has_script)
    page.locator("#q").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".toolbar .chips a").first).to_contain_text(chip)
    expect(page.locator("#color-navy")).to_be_checked()
    assert titles(page) == found(studio, labels=("navy",), text=rest)
    assert page.locator("#q").input_value() == (rest if not has_script else page.locator("#q").input_value())
    page.locator(".toolbar .chips a").first.click()
    expect(page.locator("#color-navy")).not_to_be_checked()
    assert titles(page) == found(studio, text=rest)


def test_a_search_can_be_taken_literally(visit, studio):
    page = visit("/?q=navy+mug")
    assert address_of(page) == "/?color=navy&q=mug&asked=navy+mug"
    expect(page.locator(".results .note").first).to_contain_text("navy was taken as a color.")
    page.get_by_role("link", name="Search for the words “navy mug” as they are").click()
    expect(page.locator(".empty")).to_contain_text("No product matches")
    assert address_of(page) == "/?q=%22navy+mug%22"
    page.goto(f"{studio.address}/?color=navy&q=mug&category=Bags")
    expect(page.locator(".advice")).to_contain_text("Look in all categories")
    expect(page.locator(".advice")).to_contain_text("Without the words “mug”")


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("/?q=spaceship", []),
        ("/?q=wine", ["Show all products of the color red 7"]),
        ("/?color=navy&q=spaceship", ["Without the words “spaceship” 6"]),
        ("/?color=navy&min=900000", ["Show products at every price 6", "Show products of every color 1"]),
        ("/?color=red&color=navy&match=all", ["Show products with any of the colors 13"]),
        ("/?color=mint&category=Bags", ["Show products of every color 18"]),
    ],
)
def test_nothing_found_is_answered_with_what_fits(visit, address, advice):
    page = visit(address)
    expect(page.locator(".empty")).to_be_visible()
    assert [" ".join(text.split()) for text in page.locator(".advice a").all_inner_texts()] == advice
    if advice:
        page.locator(".advice a").first.click()
        expect(page.locator(".card").first).to_be_visible()
    else:
        expect(page.locator(".empty")).to_contain_text("Check the spelling, or use fewer words.")


def test_categories_go_level_by_level_the_largest_first(visit, studio):
    page = visit()
    names = page.locator(".categories > ul .name").all_inner_texts()
    assert names[:3] == ["Apparel", "Bags", "Kitchen"]
    assert len(names) == 8
    expect(page.locator("#categories-rest")).to_contain_text("Show more 4")
    page.locator("#categories-rest summary").click()
    page.locator("#categories-rest a:has-text('Toys')").click()
    expect(page.locator("#count")).to_have_text("1 product")
    page.locator(".categories .above a").first.click()
    page.locator(".categories a:has-text('Apparel')").click()
    expect(page.locator(".categories [aria-current]")).to_have_text("Apparel")
    assert page.locator(".categories > ul:not(.above) .name").all_inner_texts() == ["Shirts", "Shoes"]
    page.locator(".categories a:has-text('Shoes')").click()
    expect(page.locator("#count")).to_have_text("15 products")
    assert titles(page) == found(studio, category="Apparel > Shoes")


def test_the_picker_of_similar_colors_is_in_view_and_finds_them(visit, studio):
    page = visit()
    box = page.locator(".picker").bounding_box()
    assert box
    assert box["y"] + box["height"] < 900
    page.locator("#near-picked").evaluate(
        "input => { input.value = '#1f2a52'; input.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    expect(page.locator(".toolbar .chips")).to_contain_text("Similar color")
    near = studio.store.nearest((31, 42, 82), Query(limit=48)).products
    assert titles(page) == [each.product.product.title for each in near]
    expect(page.locator("#count")).to_have_text("48 most similar products")
    expect(page.locator("#sort")).to_have_count(0)


def test_back_and_forward_and_shared_links(visit, studio):
    page = visit()
    choose(page, "red", "white")
    page.go_back()
    expect(page.locator("#color-white")).not_to_be_checked()
    expect(page.locator("#color-red")).to_be_checked()
    assert titles(page) == found(studio, labels=("red",))
    page.go_forward()
    expect(page.locator("#color-white")).to_be_checked()
    page.locator("#sort").select_option("price-desc")
    page.wait_for_url("**sort=price-desc")
    expect(page.locator("#sort")).to_have_value("price-desc")
    other = visit(address_of(page), lang="ko")
    assert titles(other) == titles(page) == found(studio, labels=("white", "red"), sort="price-desc")


def test_more_products_come_below_and_stay_on_return(visit):
    page = visit()
    page.get_by_role("link", name="Show more", exact=True).click()
    expect(page.locator(".card")).to_have_count(ALL)
    expect(page.locator(".card").nth(48).locator("a")).to_be_focused()
    expect(page.locator("#said")).to_have_text(f"{ALL - 48} more products")
    assert len(set(page.locator(".card h3 a").evaluate_all("links => links.map(a => a.href)"))) == ALL
    page.locator(".card h3 a").nth(60).click()
    expect(page.locator("h1")).to_be_visible()
    page.get_by_role("link", name="Back to the products").click()
    expect(page.locator("#count")).to_have_text(f"{ALL} products")


def test_a_product_has_its_variants_and_a_way_to_buy_it(visit, studio):
    page = visit("/product?id=p45", lang="ko")
    expect(page.locator("h1")).to_have_text("토트백 45")
    expect(page.locator(".facts > .price")).to_have_text("55,000원")
    expect(page.locator(".photos img")).to_have_count(2)
    expect(page.locator(".names a")).to_have_text("검정")
    expect(page.locator(".variants a")).to_have_count(3)
    expect(page.locator(".variants [aria-current]")).to_have_attribute("href", "/product?id=p45")
    expect(page.get_by_role("link", name="구매하러 가기")).to_have_attribute("href", "https://shop.example/45")
    expect(page.locator(".similar .card")).to_have_count(8)
    page.locator(".variants a").nth(1).click()
    expect(page.locator("h1")).to_have_text("tote bag 46")
    assert httpx.get(f"{studio.address}/product?id=gone").status_code == 404
    assert httpx.get(f"{studio.address}/product?id=none").status_code == 404


def test_a_narrow_screen_filters_in_a_sheet(visit, studio):
    page = visit(lang="ko", width=360, reduced_motion="reduce")
    expect(page.locator("#filter")).to_be_hidden()
    page.get_by_role("button", name="필터").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    expect(page.locator("#sheet-title")).to_be_focused()
    expect(page.locator(".results")).to_have_attribute("inert", "")
    page.locator("#color-navy").check(force=True)
    expect(page.get_by_role("button", name="상품 6개 보기")).to_be_visible()
    expect(sheet).to_be_visible()
    expect(page.locator("#color-navy")).to_be_focused()
    page.locator("#color-pink").check(force=True)
    page.get_by_role("button", name="상품 12개 보기").click()
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator("#open-sheet")).to_be_focused()
    assert titles(page) == found(studio, labels=("navy", "pink"))
    page.get_by_role("button", name="필터 2").click()
    first = page.locator(".colors > .swatches input").evaluate_all("inputs => inputs.map(input => input.value)")
    assert first[:2] == ["navy", "pink"]
    expect(page.locator(".sheet-head .chips a").first).to_be_in_viewport()
    expect(page.locator("#color-pink")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#filter")).to_be_hidden()


def test_a_narrow_screen_keeps_the_bar_and_a_way_to_the_top(visit):
    page = visit("/?color=gray&color=white&color=black&color=red&color=yellow&color=green", width=360)
    expect(page.locator(".to-top")).to_be_hidden()
    page.evaluate("scrollTo(0, 2500)")
    for part in ("#open-sheet", "#sort", ".toolbar .chips a >> nth=0"):
        expect(page.locator(part)).to_be_in_viewport()
    page.locator(".to-top").click()
    page.wait_for_function("scrollY === 0")


def test_the_keyboard_alone_does_it(visit):
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the products")).to_be_focused()
    for _ in range(30):
        if page.evaluate("document.activeElement.id") == "color-red":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".toolbar .chips")).to_contain_text("red")
    expect(page.locator("#color-red")).to_be_focused()
    expect(page.locator("#said")).to_have_text(re.compile(r"^\d+ products$"))
    page.locator(".toolbar .chips a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_be_focused()


def test_it_works_without_scripts(visit, studio):
    for width in (1280, 360):
        page = visit(width=width, java_script_enabled=False)
        page.locator("#color-red").check(force=True)
        page.locator("#color-white").check(force=True)
        page.locator(".groups > .without-script").click()
        assert address_of(page) == "/?color=white&color=red"
        assert titles(page) == found(studio, labels=("white", "red"))
        page.get_by_role("link", name="Remove red").last.click()
        assert address_of(page) == "/?color=white"
        page.locator("#near").fill("#1f2a52")
        page.locator(".near button").click()
        assert address_of(page) == "/?color=white&near=%231f2a52"
        page.goto(studio.address)
        page.get_by_role("link", name="Show more", exact=True).click()
        expect(page.locator(".card")).to_have_count(ALL - 48)
        page.get_by_role("link", name="From the first product").click()
        page.locator(".card h3 a").nth(20).click()
        expect(page.locator("h1")).to_be_visible()
        page.get_by_role("link", name="한국어").click()
        expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_prices_bound_what_is_shown(visit, studio):
    page = visit(lang="ko")
    page.get_by_label("최저 가격").fill("20000")
    page.get_by_label("최고 가격").fill("25000")
    page.keyboard.press("Enter")
    expect(page.locator(".toolbar .chips")).to_contain_text("20,000 – 25,000")
    assert address_of(page) == "/?min=20000&max=25000"
    assert titles(page) == found(studio, price_min=20000, price_max=25000)


def test_photos_that_cannot_be_loaded_leave_no_broken_picture(visit):
    page = visit("/?color=red", quiet=False)
    expect(page.locator("img.broken")).to_have_count(0)
    page.route("**/photo?**", lambda route: route.abort())
    choose(page, "green")
    expect(page.locator("#cards img.broken").first).to_be_hidden()


def test_a_shop_that_does_not_answer_is_told(visit):
    page = visit(quiet=False)
    page.route("**/?color=**", lambda route: route.abort())
    page.locator("#color-red").check(force=True)
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute("**/?color=**")
    page.locator("#color-navy").check(force=True)
    expect(page.locator(".toolbar .chips")).to_contain_text("navy")
    expect(page.locator("#trouble")).to_be_hidden()


def test_less_motion_where_it_is_asked_for(visit):
    page = visit(reduced_motion="reduce")
    assert page.locator(".results").evaluate("part => getComputedStyle(part).transitionDuration") == "0s"


STATES = {
    "listing": "/",
    "filtered": "/?color=red&color=white&min=1&category=Apparel",
    "nothing found": "/?color=navy&q=spaceship",
    "searched": "/?q=navy+mug",
    "near": "/?color=red&color=white&near=%23a5dccb",
    "product": "/product?id=p45",
    "product without photos": "/product?id=missing",
    "no such page": "/nothing",
}


@pytest.mark.parametrize(("lang", "wide", "narrow"), [("en", "light", "dark"), ("ko", "dark", "light")])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(visit, state, lang, wide, narrow):
    for width, scheme in ((1280, wide), (360, narrow)):
        page = visit(STATES[state], lang=lang, width=width, quiet=state != "no such page", color_scheme=scheme)
        for opens in (False, True):
            if opens:
                if not (width == 360 and page.locator("#open-sheet").count()):
                    continue
                page.locator("#open-sheet").click()
                page.wait_for_timeout(300)
            page.evaluate(AXE)
            violations = page.evaluate("axe.run()")["violations"]
            told = [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
            assert told == [], json.dumps(told, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_is_wider_than_the_screen(visit, studio, width, lang):
    page = visit(lang=lang, width=width, quiet=False)
    for state, path in STATES.items():
        page.goto(studio.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state


class Elements(HTMLParser):
    """The elements of a page that could run something, and its texts of JSON-LD."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.data: list[str] = []
        self._is_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append(given)
        self._is_data = given.get("type") == "application/ld+json"
        self.handlers += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data.append(data)
        self._is_data = False


@pytest.mark.parametrize("field", ["id", "title", "category", "currency", "link", "group", "color", "photos"])
@pytest.mark.parametrize(
    "text", [EVIL, "\u2028</ScRiPt ><svg/onload=alert(1)>", "javascript:alert(1)", 'x" onerror="alert(1)']
)
def test_no_text_of_a_feed_runs(studio, field, text):
    values = {"id": "evil", "title": "Evil", "price": 5.0, "group": "evils", "photos": ("0.jpg",)}
    values[field] = (f"http://127.0.0.1:1/{text}", text) if field == "photos" else text
    product = Product(**values)
    run = studio.store.begin("evil")
    studio.store.put([(product, [])], run)
    studio.store.finish(run)
    with httpx.Client(base_url=studio.address) as client:
        answers = [
            client.get("/"),
            client.get("/product", params={"id": product.id}),
            client.get("/", params={"q": text, "category": text}, follow_redirects=True),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    for answer in answers:
        elements = Elements(answer.text)
        sources = [script for script in elements.scripts if script.get("type") != "application/ld+json"]
        assert [list(script) for script in sources] == [["src"]]
        assert elements.handlers == []
        assert all(link.startswith(("/", "#", "http://", "https://")) or not link for link in elements.links)
        for data in elements.data:
            json.loads(data)
    studio.store.finish(studio.store.begin("evil"))


def test_search_engines_read_products_and_where_they_are(studio):
    page = Elements(httpx.get(f"{studio.address}/?color=navy").text)
    data = json.loads(page.data[0])
    assert (data["@type"], data["numberOfItems"]) == ("ItemList", 6)
    assert data["itemListElement"][0]["url"].startswith("/product?id=")
    product = json.loads(Elements(httpx.get(f"{studio.address}/product?id=p45").text).data[0])
    assert product["@type"] == "Product"
    assert product["offers"] == {
        "@type": "Offer",
        "price": 55000,
        "priceCurrency": "KRW",
        "url": "/product?id=p45",
    }
    assert (product["name"], product["color"], len(product["image"])) == ("토트백 45", "black", 2)


@pytest.mark.parametrize(
    ("path", "canonical", "robots"),
    [
        ("/", "/", "index"),
        ("/?color=navy&sort=price", "/?color=navy", "index"),
        ("/?color=navy&category=Bags", "/?color=navy&amp;category=Bags", "index"),
        ("/?color=red&color=navy", "/?color=red&amp;color=navy", "noindex, follow"),
        ("/?q=mug", "/?q=mug", "noindex, follow"),
        ("/product?id=p1", "/product?id=p1", "index"),
    ],
)
def test_one_address_and_one_rule_for_each_page(studio, path, canonical, robots):
    text = httpx.get(studio.address + path).text
    assert f'<link rel="canonical" href="{canonical}">' in text
    assert f'<meta name="robots" content="{robots}">' in text
    assert "Disallow: /desk" in httpx.get(f"{studio.address}/robots.txt").text


def test_a_shops_own_settings_are_shown(tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    (tmp_path / "saekdong.toml").write_text(
        '[shop]\nname = "A & <b>B</b>"\nlogo = "logo.svg"\naccent = "#1f2a52"\ncolumns = 5\ncurrency = "JPY"\n'
        'address = "https://colors.shop.example"\n'
    )
    store = drawn_shops.SqliteStore.open(tmp_path / "catalog.db", STARTER)
    run = store.begin("feed")
    store.put([(Product("1", "One", price=900.0), [])], run)
    store.close()
    with running(tmp_path, "--shop-only") as studio:
        text = httpx.get(studio.address).text
        assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in text
        assert "¥900" in text
        assert '<link rel="canonical" href="https://colors.shop.example/">' in text
        assert '<meta name="robots" content="noindex">' in text
        style = httpx.get(studio.address + re.findall(r'href="(/shop/theme.css[^"]+)"', text)[0]).text
        assert "--accent: #1f2a52; --on-accent: #ffffff;" in style
        assert "--columns-wide: 5;" in style
        logo = httpx.get(f"{studio.address}/shop/logo")
        assert logo.headers["content-type"] == "image/svg+xml"
        assert "script-src 'self'" in logo.headers["content-security-policy"]


def test_customers_alone_reach_nothing_of_the_staffs(studio):
    with httpx.Client(base_url=studio.address) as client:
        for path in ("/desk", "/desk/review", "/api/products", "/api/products/p1", "/openapi.json", "/sign-in"):
            assert client.get(path).status_code == 404, path
        for path in ("/api/products", "/api/products/p1/correction", "/products", "/", "/product"):
            assert client.post(path, json={}).status_code in (404, 405), path
        text = client.get("/api/shop").text
        assert not re.search(r"share|correct|palette|\.jpg|model", text)
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_answers_are_small_and_guarded(studio):
    answer = httpx.get(studio.address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 60_000
    assert "unsafe" not in answer.headers["content-security-policy"]
    again = httpx.get(studio.address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_empty_shop_says_so_without_words_of_the_staff(tmp_path, browser):
    drawn_shops.SqliteStore.open(tmp_path / "catalog.db", STARTER).close()
    with running(tmp_path, "--shop-only") as studio:
        page = browser.new_page(locale="ko-KR")
        page.goto(studio.address)
        expect(page.locator(".empty")).to_contain_text("아직 상품이 없습니다.")
        assert "saekdong" not in page.locator("body").inner_text()
        page.evaluate(AXE)
        assert page.evaluate("axe.run()")["violations"] == []
        page.close()


def test_what_is_wrong_with_the_settings_is_told_at_the_start(tmp_path: Path, saekdong):
    drawn_shops.SqliteStore.open(tmp_path / "catalog.db", STARTER).close()
    (tmp_path / "saekdong.toml").write_text('[shop]\naccent = "#ffee00"\n')
    done = saekdong("studio", "--shop-only")
    assert done.returncode == 2
    assert "[shop] accent = '#ffee00' has a contrast of 1.2 to white" in done.stderr
