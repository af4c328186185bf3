"""A job that loses its messages within seconds, and a real Prometheus.

usage: python jobs.py PATH_OF_LONGSHORE [PATH_OF_PROMETHEUS]

With the first scrape, Prometheus sees the loss and the shipped alert fires. Without it, all counters have risen before
Prometheus reads them, so `increase()` is 0. Exits 1 if a step fails.
"""

import contextlib
import os
import re
import sys
import tempfile

from prometheus import prometheus, scrapes
from system import SCALE, export
from waiting import fetch, until
from workers import local_queues, worker

LOST = 120
SCRAPE_SECONDS = 5

# A rejected message is deleted without being processed. Message 120 is slow, so that the job without a first scrape
# still runs when Prometheus comes.
LOSES = ["sh", "-c", "read -r message; case $message in m120) sleep 100;; *) exit 65;; esac"]
SETTINGS = ["defaults.wait=1s", "defaults.on_reject=delete", "defaults.concurrency=10", "defaults.gather=0s",
            "defaults.handler.timeout=3m", "defaults.visibility=60s", "shutdown.last_scrape=12s", "shutdown.limit=90s"]
JOBS = {
    "scraped-first": [*SETTINGS, "admin.first_scrape=2m"],
    "not-scraped-first": [*SETTINGS, "admin.first_scrape=0s"],
}


def bad_events(text):
    found = re.search(r'longshore_slo_events_total\{[^}]*slo="delivery",result="bad"\} (\d+)', text)
    return int(found.group(1))


def lost(job):
    """The messages that a running job has lost. This client is not a scraper."""
    return bad_events(fetch(f"http://{job.instance}/metrics"))


def increase(client, queue):
    series = f'longshore_slo_events_total{{queue="{queue}", slo="delivery", result="bad"}}'
    return client.value(f"increase({series}[10m])")


def judge(client, jobs):
    waits = jobs["scraped-first"]
    until("the end of the job with a first scrape", lambda: waits.poll() is not None)
    assert waits.poll() == 0, waits.said()
    assert '"message":"first scrape seen"' in waits.said(), waits.said()
    until("the increase of the lost messages", lambda: (increase(client, "scraped-first") or 0) >= LOST)
    # LongshoreMessagesLost adds windows that follow each other. At this scale they are as short as three scrapes, so
    # that a loss between two of them is often not in any.
    until("the alert", lambda: ("LongshoreErrorBudgetBurn", "critical", "scraped-first") in client.fired())
    # The same loss, but before Prometheus came.
    series = 'longshore_slo_events_total{queue="not-scraped-first", slo="delivery", result="bad"}'
    assert client.value(f"last_over_time({series}[10m])") == LOST
    assert increase(client, "not-scraped-first") == 0
    silent = [alert for alert in client.fired() if alert[2] == "not-scraped-first"]
    assert not silent, silent


def main():
    longshore = os.path.abspath(sys.argv[1])
    program = sys.argv[2] if len(sys.argv) > 2 else "prometheus"
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        queues = enter(local_queues(longshore, JOBS)).queues
        rules = export(longshore, enter(tempfile.TemporaryDirectory()), SCALE)
        for queue in JOBS:
            queues.send(queue, LOST + (queue == "not-scraped-first"))
        jobs = {queue: enter(worker(longshore, queues.url, queue, JOBS[queue], LOSES, "--until-empty"))
                for queue in JOBS}
        until("the loss of the job without a first scrape", lambda: lost(jobs["not-scraped-first"]) == LOST)
        assert lost(jobs["scraped-first"]) == 0, "it does not wait for its first scrape"
        targets = {"jobs": (SCRAPE_SECONDS, [job.instance for job in jobs.values()])}
        configuration = {"rule_files": [str(rules / "longshore.rules.yml")], **scrapes(targets)}
        server = enter(prometheus(configuration, "--query.lookback-delta=15s", program=program))
        try:
            judge(server.client, jobs)
        except Exception:
            print("\n".join(server.client.state()))
            raise
    print(f"ok     a job that lost {LOST} messages and ended is seen by {os.path.basename(program)}; without a first scrape it is not")


if __name__ == "__main__":
    main()
