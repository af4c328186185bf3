"""A rollout and a scale-in under load: each message is processed exactly once.

usage: python rollout.py PATH_OF_LONGSHORE

Five workers on one queue are replaced one by one, as a Deployment replaces its pods: a new worker is
ready before an old worker gets SIGTERM. Then four of the five new workers get SIGTERM at the same time,
as in a scale-in. Exits 1 if a message is lost, processed twice, left hidden or aborted, or if the
shutdown ledgers and Prometheus do not agree.
"""

import contextlib
import json
import os
import sys
import threading
import time

from application import application
from processes import free_ports, running, wait_for
from prometheus import prometheus, scrapes
from waiting import fetch, is_ready, until
from workers import RECEIVE_LATENCY, local_queues, terminate, wait_for_ledger

QUEUE = "orders"
WORKERS = 5
# Time of a handler. It is long enough that a stop always finds running handlers, and much shorter
# than the grace.
HANDLER_SECONDS = 0.3
MESSAGES_A_SECOND = 120
SCRAPE_SECONDS = 2
# SQS redelivers a message that is not released only after this time, which is longer than the test.
VISIBILITY_SECONDS = 600

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

    def __init__(self, queues):
        super().__init__(daemon=True)
        self.queues, self.sent, self.over, self.failure = queues, 0, threading.Event(), None

    def run(self):
        try:
            while not self.over.wait(10 / MESSAGES_A_SECOND):
                entries = [{"Id": f"m{n}", "MessageBody": f"m{self.sent + n}"} for n in range(10)]
                body = {"QueueUrl": f"{self.queues.url}/000000000000/{QUEUE}", "Entries": entries}
                answer = fetch(self.queues.url, body, headers={"X-Amz-Target": "AmazonSQS.SendMessageBatch"})
                assert not json.loads(answer).get("Failed"), answer
                self.sent += 10
        except Exception as error:  # noqa: BLE001: stop() reports it
            self.failure = error

    def stop(self):
        self.over.set()
        self.join()
        assert self.failure is None, self.failure
        return self.sent


def counts(queues):
    """The numbers of messages that are visible, in flight and delayed."""
    names = ["", "NotVisible", "Delayed"]
    body = {"QueueUrl": f"{queues.url}/000000000000/{QUEUE}", "AttributeNames": ["All"]}
    answer = fetch(queues.url, body, headers={"X-Amz-Target": "AmazonSQS.GetQueueAttributes"})
    found = json.loads(answer)["Attributes"]
    return [int(found[f"ApproximateNumberOfMessages{name}"]) for name in names]


class Fleet:
    """The workers. Prometheus knows their addresses before they start."""

    def __init__(self, longshore, queues, app, addresses, stack):
        self.longshore, self.queues, self.app, self.stack = longshore, queues, app, stack
        self.addresses, self.started = iter(addresses), []

    def start(self):
        """Starts one more worker and returns it when it is ready."""
        address = next(self.addresses)
        settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
        command = [self.longshore, "run", "--endpoint-url", self.queues.url, "--listen", address, *settings,
                   "--queue", QUEUE, "--http", self.app.url]
        worker = self.stack.enter_context(running(command))
        wait_for(worker, lambda: is_ready(f"http://{address}/readyz"))
        worker.address = address
        self.started.append(worker)
        return worker


def replace_each(fleet, prom):
    """Starts a new worker for each old one and stops the old one when the new one is ready.

    This is a rollout with maxSurge 1 and maxUnavailable 0. It does not wait until the old worker exits.
    """
    for old in list(fleet.started):
        fleet.start()
        # Stop a worker only after Prometheus has scraped it, because the test compares its metrics.
        until("a scrape of the worker", lambda: scrape_count(prom, old))
        terminate(old)


def scale_in(fleet, prom):
    """Stops four of five workers at the same time."""
    going = fleet.started[WORKERS:-1]
    assert len(going) == WORKERS - 1
    for worker in going:
        until("a scrape of the worker", lambda: scrape_count(prom, worker))
    for worker in going:
        terminate(worker)


def scrape_count(prom, worker):
    return prom.value(f'count_over_time(longshore_messages_in_flight{{instance="{worker.address}"}}[1h])') or 0


def check_messages(app, sent):
    lost = [f"m{n}" for n in range(sent) if app.done[f"m{n}"] == 0]
    twice = {body: times for body, times in app.begun.items() if times > 1}
    assert not lost, f"{len(lost)} messages were never processed: {lost[:10]}"
    assert not twice, f"processed more than once: {twice}"
    assert sum(app.done.values()) == sent


def check_accounts(endings, prom, sent):
    """Compares the shutdown ledgers, the metrics in Prometheus and the number of sent messages."""
    ledger = {fate: sum(account[fate] for _, account in endings) for fate in FATES}
    for code, account in endings:
        assert (code, account["aborted"], account["abandoned"]) == (0, 0, 0), (code, account)
        assert account["last_scrape"] == "seen", account
    for fate in FATES:
        until(f"Prometheus to have the same count of {fate} as the ledgers",
              lambda: total(prom, f'longshore_shutdown_messages_total{{fate="{fate}"}}') == ledger[fate])
    assert ledger["completed"] > 0, "no stop found a running handler, so the test checks nothing"
    assert ledger["released"] > 0, "no stop released a message, so the test checks nothing"
    deleted = total(prom, 'longshore_messages_total{result="deleted"}')
    received = total(prom, "longshore_messages_received_total")
    released = total(prom, 'longshore_messages_total{result="released"}')
    again = total(prom, 'longshore_messages_received_total{delivery="redelivery"}')
    assert deleted == sent, f"{sent} messages were sent, {deleted} deleted"
    assert received == deleted + released, (received, deleted, released)
    assert again == released, "only released messages may be redelivered"
    assert total(prom, "longshore_messages_aborted_total") == 0
    assert total(prom, "longshore_messages_in_flight") == 0
    return ledger, released


def total(prom, series):
    """The sum of the last known value of each worker, including stopped ones."""
    return prom.value(f"sum(last_over_time({series}[1h]))")


def play(longshore, stack):
    local = stack.enter_context(local_queues(longshore, [QUEUE]))
    app = stack.enter_context(application(HANDLER_SECONDS))
    # Like SQS: a receive whose client has gone still hides the messages that it returns.
    local.queues.set_faults([RECEIVE_LATENCY, {"fault": "orphan-poll"}])
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2 * WORKERS)]
    watching = stack.enter_context(prometheus(scrapes({"longshore": (SCRAPE_SECONDS, addresses)})))
    fleet = Fleet(longshore, local.queues, app, addresses, stack)
    producer = Producer(local.queues)
    producer.start()
    began = time.monotonic()
    for _ in range(WORKERS):
        fleet.start()
    print(f"{WORKERS} workers are ready ({time.monotonic() - began:.0f} s)")
    replace_each(fleet, watching.client)
    print(f"each worker was replaced ({time.monotonic() - began:.0f} s)")
    scale_in(fleet, watching.client)
    endings = [wait_for_ledger(worker) for worker in fleet.started[:-1]]
    print(f"four of five workers have stopped at the same time ({time.monotonic() - began:.0f} s)")
    sent = producer.stop()
    # This must happen long before SQS would redeliver a hidden message.
    until("an empty queue", lambda: counts(local.queues) == [0, 0, 0])
    until("a scrape of the last worker", lambda: scrape_count(watching.client, fleet.started[-1]))
    terminate(fleet.started[-1])
    endings.append(wait_for_ledger(fleet.started[-1]))
    assert time.monotonic() - began < VISIBILITY_SECONDS
    check_messages(app, sent)
    ledger, released = check_accounts(endings, watching.client, sent)
    seconds = max(account["seconds"] for _, account in endings)
    print(f"{sent} messages, {len(endings)} stops: each message processed once, none hidden, aborted or "
          f"abandoned; {ledger['completed']} completed during a stop, {released:.0f} released; the longest drain took "
          f"{seconds:.1f} s")


def main():
    with contextlib.ExitStack() as stack:
        play(os.path.abspath(sys.argv[1]), stack)
    print("1 passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
