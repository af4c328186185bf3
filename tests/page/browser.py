"""Chromium on the status page: Debian's own, since playwright's would have to be downloaded."""

import contextlib
import pathlib
import shutil
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402, F401

# From the narrowest phone that anybody still has to a screen on a wall.
NARROW, WIDE = 400, 1600
# What the page promises: level A and AA of WCAG 2.2, and what axe knows to be good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        assert path, "there is no chromium"
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser, url, scheme="light", width=WIDE, script=True):
    """The page; whatever a browser complains of is in `complaints`, and fails the test."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 1000},
                                  java_script_enabled=script)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}")
            if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url} {request.failure}"))
    page.on("response", lambda response: complaints.append(f"{response.status}: {response.url}")
            if response.status >= 400 else None)
    page.on("request", lambda request: complaints.append(f"elsewhere: {request.url}")
            if not request.url.startswith((url, "data:")) else None)
    try:
        answer = page.goto(url, wait_until="networkidle")
        assert answer.status == 200
        yield page, complaints
    finally:
        context.close()


def figures(page):
    """Each figure on the page: where it stands in /slo, its value, and what a person reads."""
    return page.eval_on_selector_all(
        "[data-slo]", "all => all.map(one => [one.dataset.slo, one.value ?? one.getAttribute('value'),"
                      " one.textContent.trim(), one.getClientRects().length > 0])")


def at(report, pointer):
    for part in pointer.strip("/").split("/"):
        report = report[int(part)] if isinstance(report, list) else report[part]
    return report


def violations(page):
    found = Axe().run(page, options=RULES).response
    assert found["passes"], "axe has not looked at anything"
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
            for rule in found["violations"]]
