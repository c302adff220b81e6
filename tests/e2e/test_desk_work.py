"""The desk's pages that start long work, in a real browser: models, training, endpoints, data, notebooks."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from saekdong import locks
from saekdong.jobs import JobOrder, Jobs
from saekdong.jobs.folder import mark_of
from studios import AXE, Studio, running
from trained_shop import EVIL, fill_trained_shop
from waiting import until

pytestmark = pytest.mark.slow

Open = Callable[..., Page]
DIFFERENCE = "/desk/models/diff?of=challenger&from=champion"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("shop")
    fill_trained_shop(folder)
    with running(folder) as studio:
        yield studio


@pytest.fixture
def visit(browser: Browser, studio: Studio) -> Iterator[Open]:
    """Open a page of the desk; none may complain on its console."""
    contexts, complaints = [], []

    def open_page(path: str, *, lang: str = "en-US", width: int = 1280, signed_in: bool = True, **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=lang, **options)
        contexts.append(context)
        if signed_in:
            context.request.get(studio.sign_in)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: is_complaint(said) and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(studio.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def is_complaint(said: ConsoleMessage) -> bool:
    """Return whether a browser complains, other than about the status of a refusal that was asked for."""
    return said.type == "error" and "the server responded" not in said.text


def finish(page: Page) -> None:
    """Wait on a job's page until the job is done."""
    assert "/desk/job?number=" in page.url

    def is_over() -> bool:
        page.reload()
        return page.locator(".lamp.yellow").count() == 0

    until(is_over)
    expect(page.locator(".lamp")).to_have_class("lamp green")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [each["id"] for each in found["violations"]]


def check_looks(visit: Open, *paths: str) -> None:
    """Check that pages are accessible and fit the screen: in both languages, light and dark, at three widths."""
    for lang, scheme, width in (("ko-KR", "light", 360), ("en-US", "dark", 768), ("ko-KR", "dark", 1280)):
        page = visit(paths[0], lang=lang, width=width, color_scheme=scheme, bypass_csp=True)
        for path in paths:
            page.goto(f"{page.url.partition('/desk')[0]}{path}")
            assert violations(page) == [], f"{path} {lang} {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} {width}"
            assert page.title() != "owned"


def test_a_color_and_a_photo_are_tried_with_both_models(visit: Open, studio: Studio) -> None:
    # The first of the shop's tests: the one below promotes the challenger.
    page = visit("/desk/inference?color=%23c8202f", java_script_enabled=False)
    expect(page.locator(".bars")).to_have_count(2)
    expect(page.locator(".bars").nth(1)).to_contain_text("red")
    page.get_by_label("Photo").set_input_files(studio.folder / "0.jpg")
    page.get_by_role("button", name="Tag it").click()
    expect(page.locator(".bars").nth(0)).to_contain_text("green")
    expect(page.locator(".bars").nth(1)).to_contain_text("red")
    page.get_by_label("Photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    page.get_by_role("button", name="Tag it").click()
    expect(page.get_by_role("alert").filter(has_text="not an image")).to_be_visible()
    page.goto(f"{studio.address}/desk/inference?color=reddish")
    expect(page.get_by_role("alert").filter(has_text="#495474")).to_be_visible()
    check_looks(visit, "/desk/inference", "/desk/inference?color=%23c8202f", "/desk/notebooks")


def test_a_challenger_is_compared_promoted_and_rolled_back(visit: Open, studio: Studio) -> None:
    page = visit("/desk/models", java_script_enabled=False)
    expect(page.locator("table").first).to_contain_text("shop@2")
    expect(page.locator("body")).to_contain_text(EVIL)
    page.goto(f"{studio.address}{DIFFERENCE}")
    page.get_by_role("button", name="Compare now").click()
    finish(page)
    page.get_by_role("link", name="See what would change").click()
    expect(page.locator(".gate")).to_contain_text("needs more answers")
    expect(page.locator(".flow-grid")).to_contain_text("12")
    page.get_by_role("link", name="12", exact=True).click()
    assert "flow=green" in page.url
    assert page.locator(".strip li").count() == 12
    check_looks(visit, "/desk/models", DIFFERENCE, page.url.removeprefix(studio.address), "/desk/job?number=1")
    check_looks(visit, "/desk/models/promote?version=challenger")

    page.goto(f"{studio.address}/desk/models/promote?version=challenger")
    page.get_by_label("Reason").fill("blue; $(touch hacked)")
    page.get_by_role("button", name="Promote shop@2").click()
    finish(page)
    page.goto(f"{studio.address}/desk/models")
    expect(page.locator(".figure").first).to_have_text("shop@2")
    expect(page.locator("body")).to_contain_text("blue; $(touch hacked)")
    assert not list(Path(studio.folder).rglob("hacked"))
    assert studio.store.get("p0").tags[0].label == "red"

    check_looks(visit, "/desk/models/rollback")
    page.get_by_role("link", name="Roll back…").click()
    page.get_by_role("button", name="Roll back to shop@1").click()
    finish(page)
    page.goto(f"{studio.address}/desk/models")
    expect(page.locator(".figure").first).to_have_text("shop@1")


def test_a_promotion_past_the_gate_needs_a_reason(visit: Open) -> None:
    page = visit("/desk/models/promote?version=shop@2", java_script_enabled=False)
    page.locator("[name=why]").evaluate("field => field.removeAttribute('required')")
    page.get_by_role("button", name="Promote shop@2").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a reason")


def test_readers_are_offered_nothing_that_they_may_not_do(visit: Open) -> None:
    page = visit("/desk/models", signed_in=False)
    expect(page.locator("main")).to_contain_text("Sign in to start work")
    assert page.locator("main form").count() == 0
    check_looks(visit, "/desk/models")


def test_a_teaching_that_cannot_be_done_says_why_and_is_listed(visit: Open, studio: Studio) -> None:
    page = visit("/desk/training", java_script_enabled=False)
    page.get_by_role("button", name="Start: Teach from corrections").click()

    def is_over() -> bool:
        page.reload()
        return page.locator(".lamp.yellow").count() == 0

    until(is_over)
    expect(page.locator(".lamp")).to_have_text("Failed")
    page.goto(f"{studio.address}/desk/training?kind=teach")
    expect(page.locator("tbody tr")).to_have_count(1)
    check_looks(visit, "/desk/training", "/desk/training?kind=teach", page.url.removeprefix(studio.address))


def test_one_job_runs_at_a_time_and_a_killed_one_is_shown_as_such(visit: Open, studio: Studio) -> None:
    jobs = Jobs(studio.folder / "jobs")
    (studio.folder / "watched").mkdir()
    job = jobs.start(JobOrder("add", [["catalog", "watch", "watched", "--every", "1000"]], "mina"))
    try:
        page = visit("/desk/training")
        expect(page.locator("main")).to_contain_text(f"Job {job.number} is running")
        page.get_by_role("button", name="Start: Retrain").click()
        expect(page.locator("main")).to_contain_text("Another job is running")
        page.goto(f"{studio.address}/desk/job?number={job.number}")
        check_looks(visit, f"/desk/job?number={job.number}")
    finally:
        os.kill(locks.holder(mark_of(job.folder)), signal.SIGKILL)
    expect(page.locator(".lamp")).to_have_text("Killed")


def test_an_uploaded_feed_is_added_after_its_preview(visit: Open, studio: Studio) -> None:
    page = visit("/desk/data", java_script_enabled=False)
    expect(page.locator("tbody").first).to_contain_text("spring.csv")
    row = f"new-1,{EVIL.replace(',', ' ')},photos/1.jpg\nnew-1,twice,photos/1.jpg\n".replace('"', "'")
    feed = {"name": "summer.csv", "mimeType": "text/csv", "buffer": f"id,title,image_link\n{row}".encode()}
    page.get_by_label("File").set_input_files(feed)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("main")).to_contain_text("occurs before on line 2")
    check_looks(visit, "/desk/data", page.url.removeprefix(studio.address))
    assert studio.store.get("new-1") is None
    page.get_by_role("button", name="Add it").click()
    assert "/desk/job?number=" in page.url

    def is_over() -> bool:
        page.reload()
        return page.locator(".lamp.yellow").count() == 0

    until(is_over)
    assert studio.store.get("new-1") is not None
    assert (studio.folder / "uploads" / "summer.csv").exists()


def test_an_upload_that_cannot_be_used_says_why(visit: Open, studio: Studio) -> None:
    page = visit("/desk/data")
    page.get_by_label("File").set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK nothing"})
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("alert").filter(has_text="archive")).to_be_visible()
    assert not list((studio.folder / "uploads" / "pending").iterdir())


def test_an_endpoint_is_deployed_and_stopped_here(visit: Open, studio: Studio) -> None:
    page = visit("/desk/inference", java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill("desk-test")
    page.get_by_label("Captured requests").select_option("10")
    page.get_by_role("button", name="Deploy…").click()
    expect(page.locator("pre")).to_contain_text("deploy --name=desk-test --capture=10 -- shop@")
    check_looks(visit, page.url.removeprefix(studio.address))
    page.get_by_role("button", name="Deploy desk-test").click()
    finish(page)
    page.goto(f"{studio.address}/desk/inference")
    expect(page.locator("tbody tr").first).to_contain_text("InService")
    expect(page.locator("tbody tr").first).to_contain_text("10")
    check_looks(visit, "/desk/inference")
    page.get_by_role("link", name="Stop desk-test").click()
    page.get_by_role("button", name="Stop desk-test").click()
    finish(page)
    assert not (studio.folder / "endpoints" / "desk-test").exists()


def test_an_endpoint_needs_a_name_that_hosts_accept(visit: Open) -> None:
    page = visit("/desk/inference/deploy?name=--help&version=shop@1&capture=0")
    expect(page.get_by_role("alert").filter(has_text="letters")).to_be_visible()


def test_what_the_ledger_records_is_shown_without_asking_aws(visit: Open, studio: Studio) -> None:
    entry = {"event": "creating", "name": "cloudy", "of": "cloudy", "account": "1", "region": "ap-northeast-2"}
    kinds = ({**entry, "kind": "endpoint"}, {**entry, "kind": "notebook", "name": "colors"})
    (studio.folder / "ledger.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in kinds), encoding="utf-8")
    page = visit("/desk/inference")
    expect(page.locator("main")).to_contain_text("cloudy")
    expect(page.locator("main")).to_contain_text("not looked yet")
    page.goto(f"{studio.address}/desk/notebooks")
    expect(page.locator("main")).to_contain_text("saekdong notebook open colors")
    check_looks(visit, "/desk/inference", "/desk/notebooks")
    (studio.folder / "ledger.jsonl").unlink()
