"""Draws the status page in six scenes, so that a person can judge the pictures: what is wrong, and what to do? Each
scene checks the words at the top of the page first.

usage: python scenes.py PATH_OF_LONGSHORE FOLDER_FOR_SCREENSHOTS [NAME]
"""

import contextlib
import os
import pathlib
import signal
import sys

from browser import NARROW, WIDE, chromium, opened, violations
from worker import application, report, scrape, until, worker

LONGSHORE = os.path.abspath(sys.argv[1])
SHOTS = pathlib.Path(sys.argv[2])
LONG_POLL = ("--set", "defaults.wait=20s")
# The handler gets the body on its standard input.
FAILS = ["sh", "-c", "exit 1"]
FAILS_FOR_BAD = ["sh", "-c", "! grep -q bad"]


def verdict(url):
    return report(url)["fleet"]["verdict"]


def level(url, expected, seconds=90):
    until(f"a page that is {expected}", lambda: verdict(url)["level"] == expected, seconds)


@contextlib.contextmanager
def healthy():
    with application(0.05) as app, worker(LONGSHORE, app, ("orders", "mail"), *LONG_POLL, receives=3) as (_, url, send):
        send("orders", 200)
        send("mail", 20)
        until("all messages deleted", lambda: [queue["work"]["deleted"] for queue in report(url)["queues"]] == [200, 20])
        level(url, "well")
        yield url, "all 2 queues are well", None


@contextlib.contextmanager
def failing_handler():
    with application(0.05) as app:
        handlers = {"orders": FAILS, "mail": app}
        with worker(LONGSHORE, handlers, tuple(handlers), *LONG_POLL, receives=50) as (_, url, send):
            send("mail", 30)
            send("orders", 40)
            level(url, "failing")
            yield url, "(1 of 2 queues)", "read the last failures"


@contextlib.contextmanager
def short_polling():
    settings = ("--set", "defaults.wait=0s", "--set", "defaults.short_polling=true",
                "--set", "defaults.slo.cost.waste_budget_per_month=10")
    with application(0.05) as app, worker(LONGSHORE, app, ("orders",), *settings, receives=3) as (_, url, send):
        send("orders", 20)
        level(url, "wasting")
        yield url, "orders: wasting $", 'set wait = "20s"'


@contextlib.contextmanager
def aborted_by_a_deploy():
    settings = ("--set", "shutdown.grace=3s", "--set", "shutdown.last_scrape=120s", "--set", "shutdown.limit=200s")
    with application(300) as app, worker(LONGSHORE, app, ("orders",), *LONG_POLL, *settings) as (process, url, send):
        send("orders", 8)
        until("8 messages in flight", lambda: report(url)["fleet"]["in_flight"] == 8)
        scrape(url)
        process.send_signal(signal.SIGTERM)
        until("the end of the work", lambda: report(url)["queues"][0]["work"]["state"] == "ended")
        yield url, "Stopped: 0 messages completed, 0 released, 8 aborted", "raise shutdown.grace"


@contextlib.contextmanager
def dead_letter_queue_filling():
    settings = (*LONG_POLL, "--set", "defaults.dead_letter_interval=60s", "--set", "defaults.retry.base=1s")
    with worker(LONGSHORE, {"orders": FAILS_FOR_BAD}, ("orders",), *settings, receives=1) as (_, url, send):
        send("orders", 100)
        send("orders", 3, body="bad")
        until("messages in the dead-letter queue", lambda: report(url)["queues"][0]["work"]["dead_letters"], 150)
        level(url, "at_risk")
        yield url, "in the dead-letter queue", "redrive"


@contextlib.contextmanager
def all_receives_denied():
    denied = [{"fault": "access-denied", "action": "ReceiveMessage"}]
    with application(0.05) as app, worker(LONGSHORE, app, ("orders",), *LONG_POLL, faults=denied) as (_, url, _send):
        level(url, "failing")
        yield url, "orders: failing – not polled", "sqs:ReceiveMessage"


SCENES = [healthy, failing_handler, short_polling, aborted_by_a_deploy, dead_letter_queue_filling, all_receives_denied]


def draw(browser, scene):
    with scene() as (url, heading, advice):
        for scheme, width in (("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)):
            with opened(browser, url, scheme, width) as (page, complaints):
                # The plots need some seconds.
                page.locator("svg.plot").nth(2).wait_for()
                assert heading in page.locator("h1").inner_text(), page.locator("h1").inner_text()
                if advice:
                    assert advice in page.locator("main").inner_text(), page.locator("main").inner_text()[:2000]
                page.screenshot(path=SHOTS / f"scene-{scene.__name__}-{scheme}-{width}.png")
                found = violations(page)
                assert not found, "\n".join(found)
                assert complaints == [], complaints


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    wanted = (sys.argv[3:] or [""])[0]
    with chromium() as browser:
        for scene in SCENES:
            if wanted in scene.__name__:
                draw(browser, scene)
                print(f"drawn  {scene.__name__.replace('_', ' ')}", flush=True)


if __name__ == "__main__":
    main()
