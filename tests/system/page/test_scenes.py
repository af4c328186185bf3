"""Draws the status page in six scenes, so that a person can judge the pictures: what is wrong, and what to do? Each
scene checks the words at the top of the page first."""

import contextlib

import pytest

from page.views import VARIANTS, check_accessibility
from page.worker import deleted, worker
from running.application import application
from running.chromium import opened
from running.processes import until

LONG_POLL = ("--set", "defaults.wait=20s")
# The handler gets the body on its standard input.
FAILS = ["sh", "-c", "exit 1"]
FAILS_FOR_BAD = ["sh", "-c", "! grep -q bad"]


def wait_for_level(worker, expected, seconds=90):
    until(f"a page that is {expected}",
          lambda: worker.report()["fleet"]["verdict"]["level"] == expected, seconds)


@contextlib.contextmanager
def healthy(longshore):
    with application(0.05) as app, worker(longshore, app.url, ("orders", "mail"), *LONG_POLL, receives=3) as (
            started, send):
        send("orders", 200)
        send("mail", 20)
        until("all messages deleted", lambda: deleted(started) == [200, 20])
        wait_for_level(started, "well")
        yield started.url, "all 2 queues are well", None


@contextlib.contextmanager
def failing_handler(longshore):
    with application(0.05) as app:
        handlers = {"orders": FAILS, "mail": app.url}
        with worker(longshore, handlers, tuple(handlers), *LONG_POLL, receives=50) as (started, send):
            send("mail", 30)
            send("orders", 40)
            wait_for_level(started, "failing")
            yield started.url, "(1 of 2 queues)", "read the last failures"


@contextlib.contextmanager
def short_polling(longshore):
    settings = ("--set", "defaults.wait=0s", "--set", "defaults.short_polling=true",
                "--set", "defaults.slo.cost.waste_budget_per_month=10")
    with application(0.05) as app, worker(longshore, app.url, ("orders",), *settings, receives=3) as (started, send):
        send("orders", 20)
        wait_for_level(started, "wasting")
        yield started.url, "orders: wasting $", 'set wait = "20s"'


@contextlib.contextmanager
def aborted_by_a_deploy(longshore):
    settings = ("--set", "shutdown.grace=3s", "--set", "shutdown.last_scrape=10m", "--set", "shutdown.limit=11m")
    with application(300) as app, worker(longshore, app.url, ("orders",), *LONG_POLL, *settings) as (started, send):
        send("orders", 8)
        until("8 messages in flight", lambda: started.report()["fleet"]["in_flight"] == 8)
        started.scrape()
        started.terminate()
        until("the end of the work", lambda: started.report()["queues"][0]["work"]["state"] == "ended")
        yield started.url, "Stopped: 0 messages completed, 0 released, 8 aborted", "raise shutdown.grace"


@contextlib.contextmanager
def dead_letter_queue_filling(longshore):
    settings = (*LONG_POLL, "--set", "defaults.dead_letter_interval=60s", "--set", "defaults.retry.base=1s")
    with worker(longshore, {"orders": FAILS_FOR_BAD}, ("orders",), *settings, receives=1) as (started, send):
        send("orders", 100)
        send("orders", 3, body="bad")
        until("messages in the dead-letter queue",
              lambda: started.report()["queues"][0]["work"]["dead_letters"], 150)
        wait_for_level(started, "at_risk")
        yield started.url, "in the dead-letter queue", "redrive"


@contextlib.contextmanager
def all_receives_denied(longshore):
    denied = [{"fault": "access-denied", "action": "ReceiveMessage"}]
    with application(0.05) as app, worker(longshore, app.url, ("orders",), *LONG_POLL, faults=denied) as (started, _):
        wait_for_level(started, "failing")
        yield started.url, "orders: failing – not polled", "sqs:ReceiveMessage"


SCENES = [healthy, failing_handler, short_polling, aborted_by_a_deploy, dead_letter_queue_filling, all_receives_denied]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_the_status_page_in_six_scenes(longshore, chromium, pictures, scene):
    with scene(longshore) as (url, heading, advice):
        for scheme, width in VARIANTS:
            with opened(chromium, url, scheme, width) as (page, complaints):
                # The plots need some seconds.
                page.locator("svg.plot").nth(2).wait_for()
                assert heading in page.locator("h1").inner_text(), page.locator("h1").inner_text()
                if advice:
                    assert advice in page.locator("main").inner_text(), page.locator("main").inner_text()[:2000]
                page.screenshot(path=pictures / f"scene-{scene.__name__}-{scheme}-{width}.png")
                check_accessibility(page)
                assert complaints == [], complaints
