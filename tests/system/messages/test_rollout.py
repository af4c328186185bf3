"""A rollout and a scale-in under load: each message is processed exactly once.

Five workers on one queue are replaced one by one, as a Deployment replaces its pods: a new worker is ready before an
old worker gets SIGTERM. Then four of the five new workers get SIGTERM at the same time, as in a scale-in. No message is
lost, processed twice, left hidden or aborted, and the shutdown ledgers and Prometheus agree.
"""

import threading
import time

import pytest

from running.local_queue import RECEIVE_LATENCY
from running.processes import free_ports, succeeds, until
from running.prometheus import scrapes

QUEUE = "orders"
# One worker drains what the others left. A slow machine needs many times the usual time.
DRAIN_SECONDS = 300
WORKERS = 5
# Time of a handler. It is long enough that a stop always finds running handlers, and much shorter
# than the grace.
HANDLER_SECONDS = 0.3
MESSAGES_A_SECOND = 120
SCRAPE_SECONDS = 2
# SQS redelivers a message that is not released only after this time, which is longer than the test.
VISIBILITY_SECONDS = 600
# As with SQS, a receive whose client has gone still hides the messages that it returns.
FAULTS = [RECEIVE_LATENCY, {"fault": "orphan-poll"}]
SETTINGS = [
    f"defaults.visibility={VISIBILITY_SECONDS}s",
    "defaults.concurrency=10",
    "defaults.handler.timeout=20s",
    # At least the scrape interval of Prometheus plus 1 s.
    f"shutdown.last_scrape={SCRAPE_SECONDS + 4}s",
    "shutdown.limit=60s",
]
# These names are used in the ledger and in the metric.
FATES = ["completed", "released", "aborted", "abandoned"]


class Producer(threading.Thread):
    """Sends messages until it is stopped. Each body is different."""

    def __init__(self, local):
        super().__init__(daemon=True)
        self.local, self.sent, self.over, self.failure = local, 0, threading.Event(), None

    def run(self):
        try:
            while not self.over.wait(10 / MESSAGES_A_SECOND):
                self.local.send(QUEUE, [f"m{self.sent + number}" for number in range(10)])
                self.sent += 10
        except Exception as error:
            # stop() reports it.
            self.failure = error

    def stop(self):
        self.over.set()
        self.join()
        assert self.failure is None, self.failure
        return self.sent


class Fleet:
    """The workers. Prometheus knows their addresses before they start."""

    def __init__(self, worker, local, app, addresses):
        self.worker, self.local, self.app = worker, local, app
        self.addresses, self.started = iter(addresses), []

    def start(self):
        """Starts one more worker. It is ready afterwards."""
        settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
        worker = self.worker(self.local, *settings, "--queue", QUEUE, "--http", self.app.url,
                             listen=next(self.addresses))
        until("a worker that is ready", lambda: succeeds(f"{worker.url}/readyz"), DRAIN_SECONDS)
        self.started.append(worker)


def replace_each(fleet, client):
    """Starts a new worker for each old one and stops the old one when the new one is ready.

    This is a rollout with maxSurge 1 and maxUnavailable 0. It does not wait until the old worker exits.
    """
    for old in list(fleet.started):
        fleet.start()
        wait_for_scrape(old, client)
        old.terminate()


def scale_in(fleet, client):
    """Stops four of five workers at the same time."""
    going = fleet.started[WORKERS:-1]
    assert len(going) == WORKERS - 1
    for worker in going:
        wait_for_scrape(worker, client)
    for worker in going:
        worker.terminate()


def wait_for_scrape(worker, client):
    """A worker must be stopped only after Prometheus has scraped it, because the test compares its metrics."""
    series = f'longshore_messages_in_flight{{instance="{worker.instance}"}}'
    until("a scrape of the worker", lambda: client.value(f"count_over_time({series}[1h])"), DRAIN_SECONDS)


def check_messages(app, sent):
    lost = [f"m{n}" for n in range(sent) if app.done[f"m{n}"] == 0]
    twice = {body: times for body, times in app.begun.items() if times > 1}
    assert not lost, f"{len(lost)} messages were never processed: {lost[:10]}"
    assert not twice, f"processed more than once: {twice}"
    assert sum(app.done.values()) == sent


def check_ledgers(endings, client):
    """Compares the shutdown ledgers with the metrics in Prometheus. Returns their sums."""
    for code, account in endings:
        assert (code, account["aborted"], account["abandoned"]) == (0, 0, 0), (code, account)
        assert account["last_scrape"] == "seen", account
    ledger = {fate: sum(account[fate] for _, account in endings) for fate in FATES}
    for fate, count in ledger.items():
        series = f'longshore_shutdown_messages_total{{fate="{fate}"}}'
        until(f"Prometheus to have the same count of {fate} as the ledgers",
              lambda series=series, count=count: total(client, series) == count)
    assert ledger["completed"] > 0, "no stop found a running handler, so the test checks nothing"
    assert ledger["released"] > 0, "no stop released a message, so the test checks nothing"
    return ledger


def check_metrics(client, sent):
    """Compares the metrics in Prometheus with the number of sent messages. Returns the released messages."""
    deleted = total(client, 'longshore_messages_total{result="deleted"}')
    received = total(client, "longshore_messages_received_total")
    released = total(client, 'longshore_messages_total{result="released"}')
    again = total(client, 'longshore_messages_received_total{delivery="redelivery"}')
    assert deleted == sent, f"{sent} messages were sent, {deleted} deleted"
    assert received == deleted + released, (received, deleted, released)
    assert again == released, "only released messages may be redelivered"
    assert total(client, "longshore_messages_aborted_total") == 0
    assert total(client, "longshore_messages_in_flight") == 0
    return released


def total(client, series):
    """The sum of the last known value of each worker, including stopped ones."""
    return client.value(f"sum(last_over_time({series}[1h]))")


@pytest.fixture
def local(local_queue):
    started = local_queue(QUEUE)
    started.set_faults(FAULTS)
    return started


def stop_last(fleet, local, client):
    """Waits until the queue is empty, and stops the last worker."""
    until("an empty queue", lambda: local.left(QUEUE) == 0, DRAIN_SECONDS)
    wait_for_scrape(fleet.started[-1], client)
    fleet.started[-1].terminate()
    return fleet.started[-1].ledger()


def test_a_rollout_and_a_scale_in_under_load(local, worker, application, prometheus):
    app = application(HANDLER_SECONDS)
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2 * WORKERS)]
    client = prometheus(scrapes({"longshore": (SCRAPE_SECONDS, addresses)}))
    fleet, producer = Fleet(worker, local, app, addresses), Producer(local)
    producer.start()
    began = time.monotonic()
    for _ in range(WORKERS):
        fleet.start()
    print(f"{WORKERS} workers are ready ({time.monotonic() - began:.0f} s)")
    replace_each(fleet, client)
    print(f"each worker was replaced ({time.monotonic() - began:.0f} s)")
    scale_in(fleet, client)
    endings = [worker.ledger() for worker in fleet.started[:-1]]
    print(f"four of five workers have stopped at the same time ({time.monotonic() - began:.0f} s)")
    sent = producer.stop()
    endings.append(stop_last(fleet, local, client))
    # This must happen long before SQS would redeliver a hidden message.
    assert time.monotonic() - began < VISIBILITY_SECONDS
    check_messages(app, sent)
    ledger, released = check_ledgers(endings, client), check_metrics(client, sent)
    seconds = max(account["seconds"] for _, account in endings)
    print(f"{sent} messages, {len(endings)} stops: each message processed once, none hidden, aborted or "
          f"abandoned; {ledger['completed']} completed during a stop, {released:.0f} released; the longest drain took "
          f"{seconds:.1f} s")
