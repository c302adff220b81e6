"""Make docs/images/desk.webp: the desk's pages on three screens, in both languages, light and dark.

python scripts/desk_pictures.py

It runs `saekdong demo`, fills the review queue, serves the desk on this machine and takes pictures with Chromium.
"""

import io
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from saekdong.files import write_whole
from saekdong.serving.tokens import TOKEN_FILE
from shop_pictures import CHROMIUM, HEIGHT, QUALITY, WIDTHS, put_together, wait

TARGET = Path(__file__).parents[1] / "docs" / "images" / "desk.webp"
PORT = 8378
PAGES = (
    ("/desk", "ko", "light"),
    ("/desk/review", "ko", "light"),
    ("/desk/review/bulk?label=navy", "en", "dark"),
    ("/desk/products", "en", "light"),
    ("/desk/models", "ko", "light"),
    ("/desk/training", "en", "dark"),
)


def main() -> None:
    """Live through the demo's days, take the pictures and put them on one sheet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo" / "shop"
        saekdong = [sys.executable, "-m", "saekdong"]
        subprocess.run([*saekdong, "demo", "--no-serve", "--out", str(folder.parent)], check=True, capture_output=True)
        subprocess.run([*saekdong, "review", "draw"], cwd=folder, check=True, capture_output=True)
        process = subprocess.Popen([*saekdong, "studio", "--port", str(PORT)], cwd=folder)
        try:
            wait(f"http://127.0.0.1:{PORT}/")
            token = (folder / TOKEN_FILE).read_text(encoding="utf-8").strip()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                rows = [[take(browser, token, *page, width) for width in WIDTHS] for page in PAGES]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    stream = io.BytesIO()
    put_together(rows).save(stream, "WEBP", quality=QUALITY, method=6)
    write_whole(TARGET, stream.getvalue())


def take(browser: Browser, token: str, path: str, lang: str, scheme: str, width: int) -> Image.Image:
    """Return a picture of a page, as a person sees it who is signed in."""
    locale = {"en": "en-US", "ko": "ko-KR"}[lang]
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale=locale, color_scheme=scheme)
    context.request.get(f"http://127.0.0.1:{PORT}/sign-in", params={"token": token})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}{path}", wait_until="networkidle")
    content = page.screenshot()
    context.close()
    return Image.open(io.BytesIO(content)).convert("RGB")


if __name__ == "__main__":
    main()
