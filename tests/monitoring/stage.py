"""Everything that plays: queues, their workers, two speeds of the same rules, and those who are told."""

import contextlib
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass, field

from alertmanager import Alertmanager, alertmanager, told
from prometheus import Prometheus, prometheus
from workers import LocalQueues, local_queues, worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
TAIL_LINES = 12

# How many times shorter than in production. No more, for a long poll takes its 20 seconds at any scale, and an idle
# queue would look stalled.
SHORTER = 20
# Windows of days, for the ticket that a page silences.
MUCH_SHORTER = 60
# Prometheus looks back so long for a sample.
LOOKBACK_SECONDS = 300

# So little that nearly all waste counts. The messages are delayed on purpose.
POLLING = ["defaults.slo.cost.waste_budget_per_month=1", "defaults.slo.freshness.threshold=10m"]
# One message at a time, so that no receive is open beside it.
CUT_OFF = ["defaults.wait=1s", "defaults.concurrency=1", "shutdown.grace=2s", "defaults.handler.timeout=10m"]

# Slowly, so that most messages are late, too.
REFUSES = ["sh", "-c", "sleep 0.2; exit 65"]
# While there is a worker.
NEVER_DONE = ["sh", "-c", "while kill -0 $PPID; do sleep 0.5; done"]

# Of each queue: how its worker is set, and what handles its messages.
WORKERS = {
    "orders": ([*POLLING, "defaults.wait=0s", "defaults.short_polling=true"], ["true"]),
    "mail": ([*POLLING, "defaults.wait=20s"], ["true"]),
    "refunds": (["defaults.concurrency=1", "defaults.on_reject=delete"], REFUSES),
    "kept": ([*CUT_OFF, "shutdown.last_scrape=12s"], NEVER_DONE),
    "lost": ([*CUT_OFF, "shutdown.last_scrape=0s"], NEVER_DONE),
}

# By the scale of the rules: each job, the seconds between its scrapes, the queues of its workers. The long interval
# leaves time to stop between two scrapes.
JOBS = {
    SHORTER: {"shop": (1, ["orders", "mail"]), "deploy": (10, ["kept", "lost"])},
    MUCH_SHORTER: {"billing": (1, ["refunds"])},
}


@dataclass
class Stage:
    queues: LocalQueues
    workers: dict
    prometheus: Prometheus
    # With windows that are much shorter.
    hurried: Prometheus
    alertmanager: Alertmanager
    # What each receiver was told.
    heard: dict
    processes: dict
    # Of the workers that were told to stop, when that was.
    scrapes: dict = field(default_factory=dict)

    def state(self):
        """What to look at when a part fails."""
        lines = []
        for asked in (self.prometheus, self.hurried, self.alertmanager):
            try:
                lines += asked.state()
            except OSError as error:
                lines.append(f"{asked} does not answer: {error}")
        for name, process in self.processes.items():
            lines += [f"--- {name}, exit code {process.poll()}:", *process.said().splitlines()[-TAIL_LINES:]]
        return "\n".join(lines)


@contextlib.contextmanager
def stage(longshore):
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        local = enter(local_queues(longshore, WORKERS))
        # From the beginning, for at its scale an idle queue looks stalled.
        local.queues.send("refunds", 1500)
        workers = {queue: enter(worker(longshore, local.queues.url, queue, *how)) for queue, how in WORKERS.items()}
        alerts = {times: export(longshore, enter(tempfile.TemporaryDirectory()), times) for times in JOBS}
        heard, webhooks = enter(told())
        manager = enter(alertmanager((ROOT / "alerts/alertmanager.example.yml").read_text(), webhooks))
        watching = {times: enter(watched(times, alerts[times], workers, manager.asked.address)) for times in JOBS}
        processes = {"the queues": local, "Alertmanager": manager,
                     **{f"the worker of {queue}": process for queue, process in workers.items()},
                     **{f"Prometheus, {times} times faster": process for times, process in watching.items()}}
        yield Stage(local.queues, workers, watching[SHORTER].asked, watching[MUCH_SHORTER].asked, manager.asked, heard,
                    processes)


def export(longshore, directory, times):
    """Generate the alert rules with every window divided by `times`."""
    subprocess.run([pathlib.Path(longshore).with_name("xtask"), "generate", "--to", directory,
                    "--scale-windows", str(times)], check=True)
    return pathlib.Path(directory, "alerts")


def watched(times, alerts, workers, alertmanager_address):
    jobs = {job: (seconds, [workers[queue].instance for queue in queues])
            for job, (seconds, queues) in JOBS[times].items()}
    lookback = f"{LOOKBACK_SECONDS // times}s"
    return prometheus(str(alerts / "longshore.rules.yml"), lookback, jobs, alertmanager_address)
