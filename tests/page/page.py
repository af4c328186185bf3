"""The status page in a real browser: what it shows is what /slo says, with and without a script, on light and
on dark, narrow and wide. Leaves screenshots.

usage: python page.py PATH_OF_LONGSHORE FOLDER_FOR_SCREENSHOTS

Exits 1 if any case fails.
"""

import os
import pathlib
import signal
import sys
import traceback

from browser import NARROW, WIDE, at, chromium, figures, free_port, opened, running, violations, wait_for
from worker import answers, application, report, scrape, until, worker

LONGSHORE = os.path.abspath(sys.argv[1])
SHOTS = pathlib.Path(sys.argv[2])
ACT_SECONDS = 15
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (NARROW, WIDE)]
NAMES = {NARROW: "narrow", WIDE: "wide"}


def compare(page, said):
    """Every figure on the page is the one of /slo, to the last digit."""
    shown = figures(page)
    assert len(shown) >= 30, f"only {len(shown)} figures"
    for pointer, value, text, visible in shown:
        expected = at(said, pointer)
        same = value == "" if expected is None else float(value) == float(expected)
        assert same, f"{pointer}: the page has {value!r}, /slo has {expected!r}"
        assert visible and text, f"{pointer} is not to be seen"


def the_demo_tells_its_story_in_every_light_and_width(browser):
    url = f"http://127.0.0.1:{free_port()}/"
    listen = url.removeprefix("http://").removesuffix("/")
    with running([LONGSHORE, "demo", "--listen", listen]) as demo:
        wait_for(demo, lambda: answers(url))
        with opened(browser, url) as (page, complaints):
            page.locator("h1", has_text="wasting $").wait_for(timeout=ACT_SECONDS * 1000)
            page.locator("#queue-1").wait_for(timeout=3 * ACT_SECONDS * 1000)
            page.locator("#queue-1.well svg.plot").first.wait_for(timeout=2 * ACT_SECONDS * 1000)
            page.wait_for_timeout(ACT_SECONDS * 1000)
            assert complaints == [], complaints
        for scheme, width in LOOKS:
            with opened(browser, url, scheme, width) as (page, complaints):
                look(page, scheme, width)
                assert complaints == [], complaints
        with opened(browser, url, script=False) as (page, complaints):
            assert page.locator("h1").inner_text().startswith("1 of 2 queues wastes money: $")
            assert page.locator("text=Reload").is_visible() and not page.locator("button").count()
            page.screenshot(path=SHOTS / "page-without-script.png", full_page=True)
            assert complaints == [], complaints


def look(page, scheme, width):
    classes = page.eval_on_selector_all(".queue", "all => all.map(one => one.className)")
    assert classes == ["queue wasting", "queue well"], classes
    assert 'set wait = "20s"' in page.locator("#queue-0 .verdict").inner_text()
    spent = [float(page.locator(f"#queue-{queue} [data-slo$=projected_spend_per_month_usd]").get_attribute("value"))
             for queue in (0, 1)]
    assert spent[1] * 2 < spent[0], spent
    beside = page.locator("#queue-0").bounding_box()["y"] == page.locator("#queue-1").bounding_box()["y"]
    assert beside == (width == WIDE), "queues stand side by side where there is room"
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"{overflow} px have to be scrolled to, at {width}"
    page.screenshot(path=SHOTS / f"page-{scheme}-{NAMES[width]}.png", full_page=True)
    found = violations(page)
    assert not found, "\n".join(found)


def figures_follow_without_a_reload_and_nothing_is_lost_to_the_reader(browser):
    with application(0) as app, worker(LONGSHORE, app) as (_, url, send):
        with opened(browser, url, width=NARROW) as (page, complaints):
            handled = page.locator("[data-slo='/queues/0/work/deleted']")
            send("orders", 1)
            # Plots come when there is something to draw, and take their room once.
            page.locator("#queue-1 svg.plot").nth(2).wait_for(timeout=20_000)
            page.locator("#queue-0 svg.plot").nth(3).wait_for(timeout=20_000)
            page.evaluate("window.same = document.querySelector('h1')")
            page.locator("footer a").first.focus()
            page.evaluate("scrollTo(0, 700)")
            send("orders", 29)
            handled.locator("text=30").wait_for(timeout=30_000)
            state = page.evaluate("[scrollY, document.activeElement.getAttribute('href'),"
                                  " window.same === document.querySelector('h1')]")
            assert state == [700, "slo", True], state
            button = page.locator("button")
            button.click()
            send("orders", 5)
            until("handled", lambda: report(url)["queues"][0]["work"]["deleted"] == 35)
            page.wait_for_timeout(3_000)
            assert handled.inner_text() == "30", "it was paused"
            button.click()
            handled.locator("text=35").wait_for(timeout=10_000)
            assert complaints == [], complaints


def what_a_quiet_worker_shows_is_what_slo_says(browser):
    with application(0.05) as app, worker(LONGSHORE, app) as (process, url, send):
        send("orders", 40)
        send("mail", 7)
        until("quiet", lambda: [queue["work"]["deleted"] for queue in report(url)["queues"]] == [40, 7])
        with opened(browser, url) as (page, complaints):
            counted = {f"/queues/{queue}/{what}" for queue in (0, 1)
                       for what in ("work/deleted", "work/in_flight", "slos/0/good", "slos/1/bad", "slos/2/good")}
            said, shown = report(url), figures(page)
            assert counted <= {pointer for pointer, *_ in shown}
            for pointer, value, _, _ in shown:
                if pointer in counted:
                    assert float(value) == at(said, pointer), pointer
            assert complaints == [], complaints


def when_it_has_stopped_every_figure_is_final_and_that_of_slo(browser):
    settings = ("--set", "shutdown.last_scrape=60s", "--set", "shutdown.limit=120s")
    with application(4) as app, worker(LONGSHORE, app, ("orders",), *settings) as (process, url, send):
        send("orders", 3)
        until("in flight", lambda: report(url)["fleet"]["in_flight"] == 3)
        scrape(url)
        process.send_signal(signal.SIGTERM)
        with opened(browser, url) as (page, complaints):
            page.locator("h1", has_text="Stopping: 3 messages of orders still in flight").wait_for(timeout=3_000)
            page.screenshot(path=SHOTS / "page-draining.png", full_page=True)
            page.locator("h1", has_text="Stopped: 3 messages finished, 0 given back, 0 cut off").wait_for(timeout=20_000)
            compare(page, report(url))
            assert complaints == [], complaints
            scrape(url)
            process.wait(timeout=20)
            # From here on the browser has reason to complain.
            page.locator("html.lost .fresh", has_text="does not answer").wait_for(timeout=10_000)
            page.screenshot(path=SHOTS / "page-lost.png", full_page=True)


CASES = [
    the_demo_tells_its_story_in_every_light_and_width,
    figures_follow_without_a_reload_and_nothing_is_lost_to_the_reader,
    what_a_quiet_worker_shows_is_what_slo_says,
    when_it_has_stopped_every_figure_is_final_and_that_of_slo,
]


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    with chromium() as browser:
        print(f"Chromium {browser.version}")
        for case in CASES:
            sentence = case.__name__.replace("_", " ")
            try:
                case(browser)
            except Exception:  # noqa: BLE001: whatever a case raises is its failure
                failed += 1
                print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
            else:
                print(f"ok     {sentence}", flush=True)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
