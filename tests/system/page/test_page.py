"""The status page in a real browser: its figures equal those of /slo, with and without JavaScript, in light and
dark schemes, narrow and wide. Saves screenshots."""

import urllib.request

from page.views import NAMES, VARIANTS, check_accessibility, check_layout
from page.worker import deleted, worker
from running.application import application
from running.chromium import NARROW, WIDE, at, figures, opened
from running.processes import answers, free_port, running, until, wait_for

ACT_SECONDS = 15
# 100 queues on a slow machine.
MANY_SECONDS = 240


def compare(page, expected_report):
    """Every figure on the page equals that of /slo."""
    shown = figures(page)
    assert len(shown) >= 30, f"expected at least 30 figures, found {len(shown)}"
    for pointer, value, text, visible in shown:
        expected = at(expected_report, pointer)
        same = value == "" if expected is None else float(value) == float(expected)
        assert same, f"{pointer}: the page has {value!r}, /slo has {expected!r}"
        assert visible, f"{pointer} is not visible"
        assert text, f"{pointer} is not visible"


def test_the_demo_in_each_color_scheme_and_width(longshore, chromium, pictures):
    url = f"http://127.0.0.1:{free_port()}/"
    listen = url.removeprefix("http://").removesuffix("/")
    # Long enough for all pictures during the second act.
    with running([longshore, "demo", "--for", "200s", "--listen", listen]) as demo:
        wait_for(demo, lambda: answers(url))
        with opened(chromium, url) as (page, complaints):
            page.locator("h1", has_text="wasting $").wait_for(timeout=ACT_SECONDS * 1000)
            page.locator("#queue-1").wait_for(timeout=8 * ACT_SECONDS * 1000)
            page.locator("#queue-1.well svg.plot").first.wait_for(timeout=2 * ACT_SECONDS * 1000)
            page.wait_for_timeout(ACT_SECONDS * 500)
            assert complaints == [], complaints
        for scheme, width in VARIANTS:
            with opened(chromium, url, scheme, width) as (page, complaints):
                check_demo(page, pictures, scheme, width)
                assert complaints == [], complaints
        with opened(chromium, url, script=False) as (page, complaints):
            assert page.locator("h1").inner_text().endswith("a month on empty receives (1 of 2 queues)")
            assert page.locator("text=Reload").is_visible()
            assert not page.locator("button").count()
            page.screenshot(path=pictures / "page-without-script.png", full_page=True)
            assert complaints == [], complaints


def check_demo(page, pictures, scheme, width):
    classes = page.eval_on_selector_all(".queue", "all => all.map(one => one.className)")
    assert classes == ["queue wasting", "queue well"], classes
    assert 'set wait = "20s"' in page.locator("#queue-0 .verdict").inner_text()
    spent = [float(page.locator(f"#queue-{queue} [data-slo$=projected_spend_per_month_usd]").get_attribute("value"))
             for queue in (0, 1)]
    assert spent[1] * 2 < spent[0], spent
    side_by_side = page.locator("#queue-0").bounding_box()["y"] == page.locator("#queue-1").bounding_box()["y"]
    assert side_by_side == (width == WIDE), "queues must be side by side on wide pages"
    page.screenshot(path=pictures / f"page-{scheme}-{NAMES[width]}.png", full_page=True)
    check_layout(page, width)


def test_the_page_refreshes_and_keeps_scroll_position_and_focus(longshore, chromium):
    with (application(0) as app, worker(longshore, app.url) as (started, send),
          opened(chromium, started.url, width=NARROW) as (page, complaints)):
        handled = page.locator("[data-slo='/queues/0/work/deleted']")
        send("orders", 1)
        # Charts appear when they have data. Their height changes only then.
        page.locator("#queue-1 svg.plot").nth(2).wait_for(timeout=60_000)
        page.locator("#queue-0 svg.plot").nth(3).wait_for(timeout=60_000)
        page.evaluate("window.same = document.querySelector('h1')")
        page.locator("footer a").first.focus()
        page.evaluate("scrollTo(0, 700)")
        send("orders", 29)
        handled.locator("text=30").wait_for(timeout=60_000)
        state = page.evaluate("[scrollY, document.activeElement.getAttribute('href'),"
                              " window.same === document.querySelector('h1')]")
        assert state == [700, "slo", True], state
        button = page.locator("button")
        button.click()
        send("orders", 5)
        until("35 messages deleted", lambda: deleted(started)[0] == 35)
        page.wait_for_timeout(3_000)
        assert handled.inner_text() == "30", "a paused page must not change"
        button.click()
        handled.locator("text=35").wait_for(timeout=60_000)
        assert complaints == [], complaints


def test_the_figures_of_an_idle_worker_equal_those_of_slo(longshore, chromium):
    with application(0.05) as app, worker(longshore, app.url) as (started, send):
        send("orders", 40)
        send("mail", 7)
        until("all messages deleted", lambda: deleted(started) == [40, 7])
        with opened(chromium, started.url) as (page, complaints):
            counted = {f"/queues/{queue}/{what}" for queue in (0, 1)
                       for what in ("work/deleted", "work/in_flight", "slos/0/good", "slos/1/bad", "slos/2/good")}
            expected_report, shown = started.report(), figures(page)
            assert counted <= {pointer for pointer, *_ in shown}
            for pointer, value, _, _ in shown:
                if pointer in counted:
                    assert float(value) == at(expected_report, pointer), pointer
            assert complaints == [], complaints


def test_the_figures_after_the_shutdown_are_final_and_equal_those_of_slo(longshore, chromium, pictures):
    settings = ("--set", "shutdown.last_scrape=60s", "--set", "shutdown.limit=120s")
    with application(15) as app, worker(longshore, app.url, ("orders",), *settings) as (started, send):
        send("orders", 3)
        until("3 messages in flight", lambda: started.report()["fleet"]["in_flight"] == 3)
        started.scrape()
        started.terminate()
        with opened(chromium, started.url) as (page, complaints):
            page.locator("h1", has_text="Stopping: 3 messages of orders in flight").wait_for(timeout=10_000)
            page.screenshot(path=pictures / "page-draining.png", full_page=True)
            ended = "Stopped: 3 messages completed, 0 released, 0 aborted or abandoned"
            page.locator("h1", has_text=ended).wait_for(timeout=60_000)
            compare(page, started.report())
            assert complaints == [], complaints
            started.scrape()
            started.wait(60)
            # From here on requests fail, and the browser logs errors.
            page.locator("html.lost .fresh", has_text="does not answer").wait_for(timeout=10_000)
            page.screenshot(path=pictures / "page-lost.png", full_page=True)
            check_accessibility(page)


def test_three_total_failures_have_three_verdicts_and_the_worst_is_first(longshore, chromium, pictures):
    handlers = {"hanging": ["sleep", "1000"], "failing": ["false"], "denied": ["true"]}
    settings = ["--set", "defaults.concurrency=5", "--set", "defaults.visibility=10s",
                "--set", "defaults.handler.timeout=1h"]
    denied = [{"fault": "access-denied", "action": action} for action in ("DeleteMessage", "DeleteMessageBatch")]
    with worker(longshore, handlers, tuple(handlers), *settings, faults=denied) as (started, send):
        for queue in handlers:
            send(queue, 30)
        until("three failures", lambda: levels(started) == {"failing"}, seconds=120)
        with opened(chromium, started.url) as (page, complaints):
            assert page.locator("h1").inner_text().startswith("3 of 3 queues need attention now")
            ranked = page.locator(".group li").all_inner_texts()
            advice = {"denied": "sqs:DeleteMessage", "hanging": "handler.timeout", "failing": "last failures"}
            assert len(ranked) == len(advice), ranked
            for line, (queue, words) in zip(ranked, advice.items(), strict=True):
                assert {True} == {word in line for word in (queue, "failing", words)}, ranked
            page.screenshot(path=pictures / "page-three-failures.png", full_page=True)
            assert complaints == [], complaints


def levels(worker):
    return {queue["verdict"]["level"] for queue in worker.report()["queues"]}


def test_the_page_of_many_queues_is_short_and_small(longshore, chromium, pictures):
    """Prints bytes and heights for docs/page.md."""
    with application(0.01) as app:
        for number in (1, 10, 100):
            queues = tuple(f"queue-{queue:03}" for queue in range(number))
            with worker(longshore, app.url, queues, "--set", "defaults.wait=20s") as (started, send):
                send_and_wait(started, send, queues)
                healthy = measure(chromium, started.url, pictures, f"{number}-healthy")
                assert healthy < 60_000, f"{number} healthy queues: {healthy} bytes"


def send_and_wait(started, send, queues):
    """Sends 3 messages to each queue, and waits until all are deleted."""
    for queue in queues:
        send(queue, 3)
    until("all messages deleted", lambda: deleted(started) == [3] * len(queues), MANY_SECONDS)


def measure(chromium, url, pictures, name):
    """Saves screenshots, checks the page, and returns its bytes."""
    plain, packed = (len(get(url, {"Accept-Encoding": encoding})) for encoding in ("identity", "gzip"))
    heights = []
    for scheme, width in (("light", WIDE), ("dark", NARROW)):
        with opened(chromium, url, scheme, width) as (page, complaints):
            heights.append(page.evaluate("document.body.scrollHeight"))
            page.screenshot(path=pictures / f"page-{name}-{scheme}-{NAMES[width]}.png", full_page=True)
            check_layout(page, width)
            assert complaints == [], complaints
    print(f"{name}: {plain} bytes, {packed} as gzip, {heights[0]} px high at {WIDE} px, {heights[1]} at {NARROW}")
    return plain


def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read()


def test_a_failing_queue_among_a_hundred_is_found_with_the_keyboard(longshore, chromium, pictures):
    queues = tuple(f"queue-{queue:03}" for queue in range(100))
    with application(0.01) as app:
        handlers = dict.fromkeys(queues, app.url) | {"queue-042": ["sh", "-c", "exit 1"]}
        with worker(longshore, handlers, queues, "--set", "defaults.wait=20s") as (started, send):
            for queue in queues:
                send(queue, 1)
            send("queue-042", 30)
            until("one failing queue", lambda: "failing" in levels(started), MANY_SECONDS)
            measure(chromium, started.url, pictures, "100-with-one-failing")
            with opened(chromium, started.url) as (page, complaints):
                unfold_the_healthy_queues(page)
                page.screenshot(path=pictures / "page-100-unfolded.png", full_page=True)
                choose_a_queue(page)
                assert complaints == [], complaints
            with opened(chromium, started.url, script=False) as (page, complaints):
                choose_a_queue_without_script(page)
                assert complaints == [], complaints


def unfold_the_healthy_queues(page):
    assert page.locator("section.group li").count() == 1
    assert page.locator("#queue-42 .failures .reason").is_visible()
    healthy = page.locator("details.group li").first
    assert not healthy.is_visible()
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    healthy.wait_for()
    page.wait_for_timeout(5_000)
    assert healthy.is_visible(), "a refresh must not close the list"


def choose_a_queue(page):
    """By the list, then by the filter."""
    tab_to(page, "details a[href*='queue-007']")
    page.keyboard.press("Enter")
    page.locator("#queue-7").wait_for()
    assert page.url.endswith("?queue=queue-007#queue-7"), page.url
    tab_to(page, "#filter")
    page.keyboard.type("E-04")
    page.wait_for_timeout(3_000)
    assert page.locator("#filter").input_value() == "E-04", "a refresh must not change what is typed"
    page.keyboard.press("Enter")
    page.get_by_text("10 of 100 queues").wait_for()
    assert page.locator("h1").inner_text().endswith("(1 of 100 queues)")


def choose_a_queue_without_script(page):
    page.locator("#filter").fill("queue-05")
    page.locator("button", has_text="Filter").click()
    page.get_by_text("10 of 100 queues").wait_for()
    page.locator("summary").click()
    page.get_by_role("link", name="queue-051").click()
    assert page.locator(".queue h2").all_inner_texts() == ["queue-051"]


def tab_to(page, selector):
    """Presses Tab until the element has the focus."""
    wanted = page.locator(selector).first
    for _ in range(200):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def test_a_page_without_news_is_sent_once(longshore, chromium):
    settings = ("--set", "shutdown.last_scrape=60s", "--set", "shutdown.limit=120s")
    with application(0.01) as app, worker(longshore, app.url, ("orders",), *settings) as (started, send):
        send("orders", 3)
        until("3 messages deleted", lambda: deleted(started) == [3])
        started.scrape()
        started.terminate()
        until("the end of the work", lambda: started.report()["queues"][0]["work"]["state"] == "ended")
        with opened(chromium, started.url) as (page, complaints):
            with page.expect_response(lambda response: response.status == 304):
                seen = page.locator("[data-now] time").inner_text()
            page.wait_for_function(f"document.querySelector('[data-now] time').textContent !== {seen!r}")
            assert complaints == [], complaints
