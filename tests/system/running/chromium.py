"""Opens pages in Debian's Chromium, because Playwright would download its own."""

import contextlib
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

# The widths of a small phone and of a wall screen.
NARROW, WIDE = 400, 1600
# Levels A and AA of WCAG 2.2, and the best practices of axe.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        assert path, "chromium not found; install the Debian package chromium, or run tests/run"
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser, url, scheme="light", width=WIDE, script=True):
    """Opens the page. `complaints` collects errors, warnings and requests to other servers."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 1000},
                                  java_script_enabled=script)
    page, complaints = context.new_page(), []
    # The slash ends the port, because another server can have a port that starts with the same digits.
    own = url.rstrip("/") + "/"
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}")
            if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    listen_for_failed_requests(page, complaints)
    page.on("response", lambda response: complaints.append(f"{response.status}: {response.url}")
            if response.status >= 400 else None)
    page.on("request", lambda request: complaints.append(f"request to another server: {request.url}")
            if not request.url.startswith((own, "data:")) else None)
    try:
        answer = page.goto(url, wait_until="networkidle")
        assert answer.status == 200, f"expected status 200 from {url}, found {answer.status}"
        yield page, complaints
    finally:
        context.close()


def listen_for_failed_requests(page, complaints):
    """A navigation during a refresh ends that request. This is not a failure."""
    state = {"left": 0, "loaded": 0}
    documents = {}

    def began(request):
        documents[request] = state["loaded"]
        state["left"] += request.is_navigation_request()

    def failed(request):
        replaced = documents.get(request, 0) < state["left"]
        if not (replaced and request.failure == "net::ERR_ABORTED"):
            complaints.append(f"failed: {request.url} {request.failure}")

    page.on("request", began)
    page.on("domcontentloaded", lambda _: state.update(loaded=state["left"]))
    page.on("requestfailed", failed)


def figures(page):
    """Each figure on the page: its JSON pointer in /slo, its value, its text, and whether it is visible."""
    return page.eval_on_selector_all(
        "[data-slo]", "all => all.map(one => [one.dataset.slo, one.value ?? one.getAttribute('value'),"
                      " one.textContent.trim(), one.getClientRects().length > 0])")


def at(report, pointer):
    for part in pointer.strip("/").split("/"):
        report = report[int(part)] if isinstance(report, list) else report[part]
    return report


def violations(page):
    found = Axe().run(page, options=RULES).response
    assert found["passes"], "axe checked nothing"
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
            for rule in found["violations"]]
