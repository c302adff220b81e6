"""Make docs/images/shop.webp, the customers' pages on three screens, and docs/images/studio.png, one of them.

python scripts/shop_pictures.py

It draws a shop with variants and second photos, serves it on this machine and takes pictures with Chromium.
"""

import csv
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from saekdong.files import write_whole
from saekdong.samples.catalog import draw_products

IMAGES = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PORT = 8377
SETTINGS = '[shop]\nname = "색동상회"\naccent = "#8c1d40"\n'
PAGES = (
    ("/", "ko", "light", ""),
    ("/?color=white&color=navy", "en", "dark", ""),
    ("/?color=white&color=navy", "ko", "light", "#open-sheet"),
    ("/product?id=bag-004", "en", "light", ""),
    ("/?q=남색 우주선", "ko", "dark", ""),
)
ONE = ("/?color=white&color=navy", "en", "light", "")
WIDTHS = (1280, 768, 360)
HEIGHT, ROW, GAP, QUALITY = 900, 360, 12, 80


def main() -> None:
    """Draw the shop, take the pictures and put them on one sheet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        command = [sys.executable, "-m", "saekdong", "studio", "--shop-only", "--port", str(PORT)]
        process = subprocess.Popen(command, cwd=folder)
        try:
            wait(f"http://127.0.0.1:{PORT}/")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                rows = [[take(browser, *page, width) for width in WIDTHS] for page in PAGES]
                one = take(browser, *ONE, max(WIDTHS))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    save(put_together(rows), "shop.webp", quality=QUALITY, method=6)
    save(one, "studio.png", optimize=True)


def save(picture: Image.Image, name: str, **options: object) -> None:
    """Write a picture."""
    stream = io.BytesIO()
    picture.save(stream, Path(name).suffix[1:].upper(), **options)
    write_whole(IMAGES / name, stream.getvalue())


def fill(folder: Path) -> None:
    """Draw products in Korean, those of one name as variants, and tag them."""
    products = list(draw_products(96, "ko", seed=4))
    for each in products:
        write_whole(folder / f"{each.id}.jpg", each.photo)
    with (folder / "feed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "category", "price", "currency", "group", "link", "photo"))
        for each in products:
            link = f"https://shop.example/{each.id}"
            writer.writerow((each.id, each.title, each.category, each.price, "KRW", each.title, link, f"{each.id}.jpg"))
    (folder / "saekdong.toml").write_text(SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", "saekdong", "catalog", "add", "feed.csv", "--model", "starter"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def wait(address: str) -> None:
    """Wait until the pages answer."""
    while True:
        try:
            urllib.request.urlopen(address).close()  # noqa: S310
        except OSError:
            time.sleep(0.2)
        else:
            return


def take(browser: Browser, path: str, lang: str, scheme: str, opens: str, width: int) -> Image.Image:
    """Return a picture of a page, after a click on the element `opens` if it is shown."""
    locale = {"en": "en-US", "ko": "ko-KR"}[lang]
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale=locale, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}{path}", wait_until="networkidle")
    if opens and page.locator(opens).is_visible():
        page.locator(opens).click()
        page.wait_for_timeout(400)
    content = page.screenshot()
    context.close()
    return Image.open(io.BytesIO(content)).convert("RGB")


def put_together(rows: list[list[Image.Image]]) -> Image.Image:
    """Return one sheet: a row a page, all pictures of one height."""
    small = [
        [picture.resize((picture.width * ROW // HEIGHT, ROW), Image.Resampling.LANCZOS) for picture in row]
        for row in rows
    ]
    width = max(sum(picture.width + GAP for picture in row) for row in small) + GAP
    sheet = Image.new("RGB", (width, len(small) * (ROW + GAP) + GAP), "#808085")
    for at, row in enumerate(small):
        left = GAP
        for picture in row:
            sheet.paste(picture, (left, GAP + at * (ROW + GAP)))
            left += picture.width + GAP
    return sheet


if __name__ == "__main__":
    main()
