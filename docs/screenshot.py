"""Makes the README's picture: `uv run python docs/screenshot.py` starts the product and generates a sample."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

HERE = Path(__file__).resolve().parent
SIZE = ViewportSize(width=1280, height=1380)


def main() -> None:
    data = Path(tempfile.mkdtemp(prefix="throughline-screenshot-"))
    log = data.with_suffix(".log")
    command = [sys.executable, "manage.py", "up", "--port", "0", "--data", str(data)]
    with log.open("wb") as output:
        product = subprocess.Popen(command, cwd=HERE.parent, stdout=output, stderr=output)  # noqa: S603 (ours)
    try:
        address, password = wait_for_greeting(log)
        take_picture(address, password)
    finally:
        product.send_signal(signal.SIGINT)
        product.wait()
        shutil.rmtree(data, ignore_errors=True)
        log.unlink()


def wait_for_greeting(log: Path) -> tuple[str, str]:
    """Address and password, as they are printed to a person."""
    for _ in range(600):
        if said := re.search(r"Open +(\S+)/\s+Log in +admin / (\S+)", log.read_text()):
            return said[1], said[2]
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


def take_picture(address: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.click("text=The night train >> nth=0")
        page.click("button:has-text('Generate') >> nth=0")
        wait_until_done(page)
        page.screenshot(path=HERE / "board.png")
        browser.close()


def wait_until_done(page: Page) -> None:
    page.locator("text=30 of 30 done").nth(2).wait_for(timeout=90_000)
    page.wait_for_timeout(8_000)  # the short message goes, the full-size files come
    page.reload()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
