"""The system under test: queues, workers, two Prometheus servers with the rules at two scales, and Alertmanager."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass, field

from alertmanager import Alertmanager, alertmanager, webhook_server
from prometheus import Prometheus, prometheus, scrapes
from workers import LocalQueues, local_queues, worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
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

# For each scale of the rules: each job with its scrape interval in seconds and the queues of its workers. The interval
# of 10 s leaves time to stop between two scrapes.
JOBS = {
    SCALE: {"shop": (1, ["orders", "mail", "claims"]), "deploy": (10, ["kept", "lost"])},
    FAST_SCALE: {"billing": (1, ["refunds"])},
}


@dataclass
class System:
    queues: LocalQueues
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
        local = enter(local_queues(longshore, WORKERS))
        # The rules on dead-letter queues then have data.
        for queue in ("orders", "refunds", "claims"):
            local.queues.give_dead_letter_queue(queue)
        # Messages from the start, because an idle queue looks stalled at FAST_SCALE.
        local.queues.send("refunds", 1500)
        workers = {queue: enter(worker(longshore, local.queues.url, queue, *setup)) for queue, setup in WORKERS.items()}
        alerts = {scale: export(longshore, enter(tempfile.TemporaryDirectory()), scale) for scale in JOBS}
        notifications, webhooks = enter(webhook_server())
        manager = enter(alertmanager((ROOT / "alerts/alertmanager.example.yml").read_text(), webhooks))
        servers = {scale: enter(prometheus_at(scale, alerts[scale], workers, manager.client.address)) for scale in JOBS}
        processes = {"longshore local": local, "Alertmanager": manager,
                     **{f"worker of {queue}": process for queue, process in workers.items()},
                     **{f"Prometheus at scale {scale}": process for scale, process in servers.items()}}
        stack.callback(BROKEN.unlink, missing_ok=True)
        yield System(local.queues, workers, servers[SCALE].client, servers[FAST_SCALE].client, manager.client,
                     notifications, processes)


def export(longshore, directory, scale):
    """Generate the alert rules with every window divided by `scale`."""
    subprocess.run([pathlib.Path(longshore).with_name("xtask"), "generate", "--to", directory,
                    "--scale-windows", str(scale)], check=True)
    return pathlib.Path(directory, "alerts")


def prometheus_at(scale, alerts, workers, alertmanager_address):
    jobs = {job: (seconds, [workers[queue].instance for queue in queues])
            for job, (seconds, queues) in JOBS[scale].items()}
    configuration = {
        "rule_files": [str(alerts / "longshore.rules.yml")],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager_address]}]}]},
        **scrapes(jobs),
    }
    return prometheus(configuration, f"--query.lookback-delta={LOOKBACK_SECONDS // scale}s")
