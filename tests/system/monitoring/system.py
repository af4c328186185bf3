"""The system under test: queues, workers, two Prometheus servers with the rules at two scales, and Alertmanager."""

import contextlib
import functools
import os
import pathlib
import tempfile
from dataclasses import dataclass, field

import running.processes
from running.alertmanager import Alertmanager, alertmanager, webhook_server
from running.local_queue import RECEIVE_LATENCY, LocalQueue, local_queue, redriving
from running.prometheus import Prometheus, prometheus, scrapes
from running.rules import scaled_rules
from running.worker import check, worker

ROOT = pathlib.Path(__file__).resolve().parents[3]
TAIL_LINES = 12

# The factor by which the windows of the rules are shorter than in production. It cannot be higher: a long poll always
# takes 20 seconds, so an idle queue would look stalled.
SCALE = 20
# The factor for windows of days, for the ticket that a page inhibits.
FAST_SCALE = 60
# The default lookback of Prometheus.
LOOKBACK_SECONDS = 300

# A small budget, so that nearly all waste counts. The test delays the messages, so freshness needs a high threshold.
POLLING = ["defaults.slo.cost.waste_budget_per_month=1", "defaults.slo.freshness.threshold=10m"]
# One message at a time, so that no receive is open while it is processed.
ABORTS = ["defaults.wait=1s", "defaults.concurrency=1", "shutdown.grace=2s", "defaults.handler.timeout=10m"]

# Rejects slowly, so that most messages are also late.
REJECTS = ["sh", "-c", "sleep 0.2; exit 65"]
# While this file exists, the handler of claims fails. Each call takes a second.
BROKEN = pathlib.Path(tempfile.gettempdir(), f"longshore-broken-{os.getpid()}")
FAILS_IF_BROKEN = ["sh", "-c", f"sleep 1; test ! -e '{BROKEN}'"]
# Runs until the worker stops.
NEVER_DONE = ["sh", "-c", "while kill -0 $PPID; do sleep 0.5; done"]

# The settings and the handler of the worker of each queue.
WORKERS = {
    "orders": ([*POLLING, "defaults.wait=0s", "defaults.short_polling=true", "defaults.dead_letter_interval=5s"],
               ["true"]),
    "mail": ([*POLLING, "defaults.wait=20s"], ["true"]),
    "claims": (POLLING, FAILS_IF_BROKEN),
    "refunds": (["defaults.concurrency=1", "defaults.on_reject=delete"], REJECTS),
    "kept": ([*ABORTS, "shutdown.last_scrape=12s"], NEVER_DONE),
    "lost": ([*ABORTS, "shutdown.last_scrape=0s"], NEVER_DONE),
}
# The rules on dead-letter queues have data because of these queues. SQS moves no message of the
# test, because none is received maxReceiveCount times.
WITH_DEAD_LETTERS = ("orders", "refunds", "claims")
MAX_RECEIVES = 1000

# For each scale of the rules: each job with its scrape interval in seconds and the queues of its workers. The interval
# of 10 s leaves time to stop between two scrapes.
JOBS = {
    SCALE: {"shop": (1, ["orders", "mail", "claims"]), "deploy": (10, ["kept", "lost"])},
    FAST_SCALE: {"billing": (1, ["refunds"])},
}

# An alert needs minutes even at SCALE, and longer on a slow machine.
until = functools.partial(running.processes.until, seconds=300)


@dataclass
class System:
    queues: LocalQueue
    workers: dict
    prometheus: Prometheus
    # The rules with FAST_SCALE.
    fast_prometheus: Prometheus
    alertmanager: Alertmanager
    # The notifications of each receiver.
    notifications: dict
    processes: dict
    # The number of scrapes of each worker when its shutdown began.
    scrapes: dict = field(default_factory=dict)

    def state(self):
        """The state to print after a failure."""
        lines = []
        for client in (self.prometheus, self.fast_prometheus, self.alertmanager):
            try:
                lines += client.state()
            except OSError as error:
                lines.append(f"{client} is unreachable: {error}")
        for name, process in self.processes.items():
            lines += [f"--- {name}, exit code {process.poll()}:", *process.said().splitlines()[-TAIL_LINES:]]
        return "\n".join(lines)


@contextlib.contextmanager
def system(longshore):
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        queues = enter(queues_with_latency(longshore, *queues_and_dead_letters()))
        # Messages from the start, because an idle queue looks stalled at FAST_SCALE.
        send(queues, "refunds", 1500)
        workers = {queue: enter(worker_of(longshore, queues, queue, *setup)) for queue, setup in WORKERS.items()}
        notifications, webhooks = enter(webhook_server())
        manager = enter(alertmanager((ROOT / "alerts/alertmanager.example.yml").read_text(), webhooks))
        servers = {}
        for scale in JOBS:
            rules = scaled_rules(longshore, enter(tempfile.TemporaryDirectory()), scale)
            servers[scale] = enter(prometheus_at(scale, rules, workers, manager.client.address))
        processes = {"longshore local": queues.process, "Alertmanager": manager,
                     **{f"worker of {queue}": worker.process for queue, worker in workers.items()},
                     **{f"Prometheus at scale {scale}": process for scale, process in servers.items()}}
        stack.callback(BROKEN.unlink, missing_ok=True)
        yield System(queues, workers, servers[SCALE].client, servers[FAST_SCALE].client, manager.client,
                     notifications, processes)


def queues_and_dead_letters():
    for queue in WORKERS:
        if queue in WITH_DEAD_LETTERS:
            yield f"{queue}-dead"
            yield redriving(queue, f"{queue}-dead", MAX_RECEIVES)
        else:
            yield queue


@contextlib.contextmanager
def queues_with_latency(longshore, *names):
    with local_queue(longshore, *names) as queues:
        queues.set_faults([RECEIVE_LATENCY])
        yield queues


def send(queues, queue, count, seconds_between=0):
    """Sends all messages at once. The queue delivers one after the other."""
    queues.send(queue, [f"m{number}" for number in range(count)],
                DelaySeconds=lambda number: number * seconds_between)


def worker_of(longshore, queues, queue, settings, handler, *options):
    """A worker of one queue. `longshore check` must accept its configuration."""
    settings = [argument for setting in settings for argument in ("--set", setting)]
    arguments = [*settings, "--queue", queue, "--", *handler]
    check(longshore, "--endpoint-url", queues.url, "--listen", "127.0.0.1:0", *arguments)
    return worker(longshore, queues, *options, *arguments)


def prometheus_at(scale, rules, workers, alertmanager_address):
    jobs = {job: (seconds, [workers[queue].instance for queue in queues])
            for job, (seconds, queues) in JOBS[scale].items()}
    configuration = {
        "rule_files": [str(rules / "longshore.rules.yml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager_address]}]}]},
        **scrapes(jobs),
    }
    return prometheus(configuration, f"--query.lookback-delta={LOOKBACK_SECONDS // scale}s")
