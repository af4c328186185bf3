"""A rollout and a scale-in: workers come and go under load, and no message notices.

usage: python rollout.py PATH_OF_LONGSHORE

Five workers on one queue are replaced one by one, as a Deployment replaces its pods: a new one is ready before an old
one gets its SIGTERM. Then four of the new five are told to stop at once, as an autoscaler's HPA does it. Exits 1 if a message
was lost, handled twice, left hidden or cut off, or if the workers' own accounts and Prometheus do not agree.
"""

import contextlib
import json
import os
import sys
import threading
import time

from application import application
from processes import free_ports, running, wait_for
from prometheus import prometheus
from waiting import fetch, is_ready, until
from workers import RECEIVES_TAKE, ending, local_queues, terminate

QUEUE = "orders"
WORKERS = 5
# Of each message in its handler: long enough that a stop always finds some, many times shorter than the grace.
HANDLER_SECONDS = 0.3
MESSAGES_A_SECOND = 120
SCRAPE_SECONDS = 2
# A message that nobody gives back comes again only after this, which is longer than the whole play.
VISIBILITY_SECONDS = 600

SETTINGS = [
    f"defaults.visibility={VISIBILITY_SECONDS}s",
    "defaults.concurrency=10",
    "defaults.handler.timeout=20s",
    # Waited for is Prometheus's interval and a second.
    f"shutdown.last_scrape={SCRAPE_SECONDS + 4}s",
    "shutdown.limit=60s",
]
# In the ledger as in the metric.
FATES = ["completed", "released", "aborted", "abandoned"]


class Producer(threading.Thread):
    """Sends on and on until it is told to stop; every body is another."""

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
        except Exception as error:  # noqa: BLE001: told by the thread that waits for it
            self.failure = error

    def stop(self):
        self.over.set()
        self.join()
        assert self.failure is None, self.failure
        return self.sent


def counts(queues):
    """Messages that are visible, in flight and delayed."""
    names = ["", "NotVisible", "Delayed"]
    body = {"QueueUrl": f"{queues.url}/000000000000/{QUEUE}", "AttributeNames": ["All"]}
    answer = fetch(queues.url, body, headers={"X-Amz-Target": "AmazonSQS.GetQueueAttributes"})
    found = json.loads(answer)["Attributes"]
    return [int(found[f"ApproximateNumberOfMessages{name}"]) for name in names]


class Fleet:
    """The workers, by the addresses that Prometheus knows beforehand."""

    def __init__(self, longshore, queues, app, addresses, stack):
        self.longshore, self.queues, self.app, self.stack = longshore, queues, app, stack
        self.addresses, self.started = iter(addresses), []

    def start(self):
        """One more, when it is ready."""
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
    """maxSurge 1, maxUnavailable 0: the next is ready before the last has gone, and nobody waits for that."""
    for old in list(fleet.started):
        fleet.start()
        # A pod that Prometheus has never seen is expected by no one.
        until("a scrape of the worker", lambda: scrapes(prom, old))
        terminate(old)


def scale_in(fleet, prom):
    """From five to one, at once."""
    going = fleet.started[WORKERS:-1]
    assert len(going) == WORKERS - 1
    for worker in going:
        until("a scrape of the worker", lambda: scrapes(prom, worker))
    for worker in going:
        terminate(worker)


def scrapes(prom, worker):
    return prom.value(f'count_over_time(longshore_messages_in_flight{{instance="{worker.address}"}}[1h])') or 0


def check_messages(app, sent):
    lost = [f"m{n}" for n in range(sent) if app.done[f"m{n}"] == 0]
    twice = {body: times for body, times in app.begun.items() if times > 1}
    assert not lost, f"{len(lost)} messages were never handled: {lost[:10]}"
    assert not twice, f"handled more than once: {twice}"
    assert sum(app.done.values()) == sent


def check_accounts(endings, prom, sent):
    """What the workers said at their end, what Prometheus has, and what was sent."""
    ledger = {fate: sum(account[fate] for _, account in endings) for fate in FATES}
    for code, account in endings:
        assert (code, account["aborted"], account["abandoned"]) == (0, 0, 0), (code, account)
        assert account["last_scrape"] == "seen", account
    for fate in FATES:
        until(f"Prometheus to have what the ledgers have of {fate}",
              lambda: total(prom, f'longshore_shutdown_messages_total{{fate="{fate}"}}') == ledger[fate])
    assert ledger["completed"] > 0, "no stop found a message in its handler, which proves nothing"
    assert ledger["released"] > 0, "no stop had a message to give back, which proves nothing"
    deleted = total(prom, 'longshore_messages_total{result="deleted"}')
    received = total(prom, "longshore_messages_received_total")
    released = total(prom, 'longshore_messages_total{result="released"}')
    again = total(prom, 'longshore_messages_received_total{delivery="redelivery"}')
    assert deleted == sent, f"{sent} were sent, {deleted} deleted"
    assert received == deleted + released, (received, deleted, released)
    assert again == released, "what was given back unstarted came again, and nothing else did"
    assert total(prom, "longshore_messages_aborted_total") == 0
    assert total(prom, "longshore_messages_in_flight") == 0
    return ledger, released


def total(prom, series):
    """Over all workers that ever were: the last that is known of each."""
    return prom.value(f"sum(last_over_time({series}[1h]))")


def play(longshore, stack):
    local = stack.enter_context(local_queues(longshore, [QUEUE]))
    app = stack.enter_context(application(HANDLER_SECONDS))
    # As SQS does: what comes to a receive whose client has gone is hidden all the same.
    local.queues.set_faults([RECEIVES_TAKE, {"fault": "orphan-poll"}])
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2 * WORKERS)]
    rules = os.devnull
    watching = stack.enter_context(
        prometheus(rules, "5m", {"longshore": (SCRAPE_SECONDS, addresses)}, "127.0.0.1:1"))
    fleet = Fleet(longshore, local.queues, app, addresses, stack)
    producer = Producer(local.queues)
    producer.start()
    began = time.monotonic()
    for _ in range(WORKERS):
        fleet.start()
    print(f"{WORKERS} workers are ready ({time.monotonic() - began:.0f} s)")
    replace_each(fleet, watching.asked)
    print(f"each was replaced in turn ({time.monotonic() - began:.0f} s)")
    scale_in(fleet, watching.asked)
    endings = [ending(worker) for worker in fleet.started[:-1]]
    print(f"four of five have gone at once ({time.monotonic() - began:.0f} s)")
    sent = producer.stop()
    # Far sooner than a message that was left hidden would come again.
    until("an empty queue", lambda: counts(local.queues) == [0, 0, 0])
    until("a scrape of the last", lambda: scrapes(watching.asked, fleet.started[-1]))
    terminate(fleet.started[-1])
    endings.append(ending(fleet.started[-1]))
    assert time.monotonic() - began < VISIBILITY_SECONDS
    check_messages(app, sent)
    ledger, released = check_accounts(endings, watching.asked, sent)
    seconds = max(account["seconds"] for _, account in endings)
    print(f"{sent} messages, {len(endings)} stops: each message handled once, none hidden, aborted or abandoned; "
          f"{ledger['completed']} finished during a stop, {released:.0f} given back unstarted; the longest drain "
          f"{seconds:.1f} s")


def main():
    with contextlib.ExitStack() as stack:
        play(os.path.abspath(sys.argv[1]), stack)
    print("1 passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
