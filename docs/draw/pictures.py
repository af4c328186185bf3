"""Draws dashboards in Chromium and writes them as PNG files, in true colors because each color has a meaning."""

import contextlib
import functools
import http.server
import io
import json
import shutil
import threading

from PIL import Image
from playwright.sync_api import sync_playwright

LIMIT_MILLISECONDS = 120_000
PAUSE_MILLISECONDS = 200


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(directory):
    """The URL of a server for the files of the page."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=directory))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


class Painter:
    def __init__(self, browser, url):
        self.browser, self.url = browser, url

    def draw(self, what, width):
        """The picture of one dashboard, and the titles of the panels without data. `what` is the input of the page."""
        page = self.browser.new_page(viewport={"width": width, "height": 900})
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("response", lambda answer: problems.append(f"{answer.status} {answer.url}")
                if answer.status >= 400 else None)
        try:
            page.add_init_script(f"window.picture = {json.dumps(what)}")
            page.goto(self.url, timeout=LIMIT_MILLISECONDS)
            page.wait_for_selector("section, [data-problem]", timeout=LIMIT_MILLISECONDS)
            # Panels below the window are not drawn, so the window becomes as high as the dashboard.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function("!document.querySelector('[data-pending]')", timeout=LIMIT_MILLISECONDS)
            picture = settled(page)
            problems += page.locator("[data-problem]").all_inner_texts()
            assert not problems, f"{what['dashboard']['title']}: {problems}"
            return picture, page.eval_on_selector_all("[data-empty]", "all => all.map(one => one.dataset.empty)")
        finally:
            page.close()


def settled(page):
    """A screenshot that equals the one before, because canvases are drawn after the data has arrived."""
    before = None
    while (picture := page.screenshot(full_page=True, timeout=LIMIT_MILLISECONDS)) != before:
        before = picture
        page.wait_for_timeout(PAUSE_MILLISECONDS)
    return Image.open(io.BytesIO(picture)).convert("RGB")


def write(picture, file):
    """Writes the picture and returns its size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, optimize=True)
    return file.stat().st_size


@contextlib.contextmanager
def painter(page):
    """`page` is the directory of the built page."""
    path = shutil.which("chromium")
    assert path, "chromium not found; install the Debian package chromium, or run tests/run"
    with sync_playwright() as playwright, served(page) as url:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield Painter(browser, url)
        finally:
            browser.close()
