"""A job that loses its messages within seconds, and a real Prometheus.

With the first scrape, Prometheus sees the loss and the shipped alert fires. Without it, all counters have risen before
Prometheus reads them, so `increase()` is 0.
"""

import pytest

from monitoring.system import SCALE, queues_with_latency, send, until, worker_of
from running.prometheus import prometheus, scrapes
from running.rules import scaled_rules

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


@pytest.fixture(params=["Prometheus 2", "Prometheus 3"])
def program(request, needs):
    if request.param == "Prometheus 3":
        return request.getfixturevalue("prometheus3")
    needs("prometheus")
    return "prometheus"


def test_a_job_that_lost_messages_and_ended_is_seen_and_without_a_first_scrape_it_is_not(
        longshore, program, start, tmp_path):
    jobs = started(longshore, start)
    until("the loss of the job without a first scrape", lambda: lost(jobs["not-scraped-first"]) == LOST)
    assert lost(jobs["scraped-first"]) == 0, "it does not wait for its first scrape"
    targets = {"jobs": (SCRAPE_SECONDS, [job.instance for job in jobs.values()])}
    rules = scaled_rules(longshore, tmp_path, SCALE)
    configuration = {"rule_files": [str(rules / "longshore.rules.yml")], **scrapes(targets)}
    client = start(prometheus(configuration, "--query.lookback-delta=15s", program=program)).client
    try:
        assert_seen(client, jobs["scraped-first"].process)
        assert_not_seen(client)
    except Exception:
        print("\n".join(client.state()))
        raise


def started(longshore, start):
    """The jobs, each with its queue full."""
    queues = start(queues_with_latency(longshore, *JOBS))
    for queue in JOBS:
        send(queues, queue, LOST + (queue == "not-scraped-first"))
    return {queue: start(worker_of(longshore, queues, queue, JOBS[queue], LOSES, "--until-empty")) for queue in JOBS}


def lost(job):
    """The messages that a running job has lost."""
    found = [line for line in job.metrics().splitlines()
             if line.startswith("longshore_slo_events_total{") and 'slo="delivery",result="bad"}' in line]
    line, = found
    return float(line.split()[-1])


def increase(client, queue):
    series = f'longshore_slo_events_total{{queue="{queue}", slo="delivery", result="bad"}}'
    return client.value(f"increase({series}[10m])")


def assert_seen(client, process):
    until("the end of the job with a first scrape", lambda: process.poll() is not None)
    assert process.poll() == 0, process.said()
    assert '"message":"first scrape seen"' in process.said(), process.said()
    until("the increase of the lost messages", lambda: (increase(client, "scraped-first") or 0) >= LOST)
    # LongshoreMessagesLost adds windows that follow each other. At this scale they are as short as three scrapes, so
    # that a loss between two of them is often not in any.
    until("the alert", lambda: ("LongshoreErrorBudgetBurn", "critical", "scraped-first") in client.fired())


def assert_not_seen(client):
    """The same loss, but before Prometheus came."""
    series = 'longshore_slo_events_total{queue="not-scraped-first", slo="delivery", result="bad"}'
    assert client.value(f"last_over_time({series}[10m])") == LOST
    assert increase(client, "not-scraped-first") == 0
    silent = [alert for alert in client.fired() if alert[2] == "not-scraped-first"]
    assert not silent, silent
