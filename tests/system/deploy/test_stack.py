"""The processes of the pod and of the Compose file: worker, application and producer.

The worker uses the pod's longshore.toml. Only the addresses are changed, to free ports on loopback."""

import shutil
import subprocess
import sys
import time

import pytest

from deploy.manifests import DEPLOY, OVERLAYS, ROOT, WORKER, Overlay
from running.processes import answers, free_port, running, wait_for
from running.web import fetch

QUEUE = "orders"
STOP_SECONDS = 90
# The log line of a worker whose application is unreachable.
OUTAGE = "circuit breaker is open"


class Stack:
    """The queue and the application, with their addresses. It starts workers and producers for them."""

    def __init__(self, local_queue, worker, start):
        self.queue, self.run, self.start = local_queue(QUEUE), worker, start
        port = free_port()
        self.application = f"http://127.0.0.1:{port}/"
        self.app = start(running([sys.executable, "-u", DEPLOY / "application/app.py"],
                                 HOST="127.0.0.1", PORT=str(port), SECONDS_EACH="0.2"))
        wait_for(self.app, lambda: answers(self.application))

    def producer(self, a_second):
        return running([sys.executable, "-u", DEPLOY / "compose/producer.py"], QUEUE_URL=self.queue.queue_url(QUEUE),
                       MESSAGES_A_SECOND=str(a_second))

    def worker(self, *arguments):
        changed = [f"queue.orders.url={self.queue.queue_url(QUEUE)}", f"defaults.handler.http={self.application}"]
        settings = [part for entry in changed for part in ("--set", entry)]
        config = (DEPLOY / "kubernetes/base/longshore.toml").read_text()
        return self.run(self.queue, *settings, *arguments, config=config, AWS_ACCESS_KEY_ID="local",
                        AWS_SECRET_ACCESS_KEY="local")

    def busy_worker(self):
        """A worker that is processing messages."""
        worker = self.worker()
        wait_for(worker.process, lambda: answers(f"{worker.url}/readyz"))
        self.start(self.producer(60))
        wait_for(worker.process, lambda: worker.metric("longshore_messages_received_total") > 60)
        wait_for(worker.process, lambda: worker.metric("longshore_messages_in_flight") > 5)
        return worker


@pytest.fixture
def stack(local_queue, worker, start):
    return Stack(local_queue, worker, start)


@pytest.mark.parametrize("command", [
    ["promtool", "check", "config", "prometheus.yml"], ["amtool", "check-config", "alertmanager.yml"]],
    ids=lambda command: command[0])
def test_monitoring_tools_accept_the_mounted_files(command, needs, tmp_path):
    needs(command[0])
    for path in (DEPLOY / "compose/prometheus.yml", DEPLOY / "compose/alertmanager.yml",
                 ROOT / "alerts/longshore.rules.yml"):
        shutil.copy(path, tmp_path)
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_probes_succeed_and_a_stop_aborts_nothing(stack):
    worker = stack.busy_worker()
    asked = {"/metrics"} | {probe["httpGet"]["path"] for name in OVERLAYS
                            for key, probe in Overlay(name).container(WORKER).items() if key.endswith("Probe")}
    for path in sorted(asked):
        fetch(f"{worker.url}{path}")
    wait_for(worker.process, lambda: worker.metric("longshore_messages_in_flight") > 5)
    code, took = stop(worker.process)
    _, counts = worker.ledger()
    assert (code, counts["aborted"], counts["abandoned"]) == (0, 0, 0), counts
    assert counts["completed"] > 0, f"no message was being processed: {counts}"
    assert OUTAGE not in worker.said(), "the application stopped before the worker"
    code, _ = stop(stack.app)
    assert code == 0, stack.app.said()
    print(f"{', '.join(sorted(asked))}; stopped in {took:.1f} s with {counts['completed']} completed and none aborted")


def test_stopping_the_application_first_returns_messages(stack):
    # This is why the application is the sidecar: if it stops first, the worker buffers its messages and releases them.
    worker = stack.busy_worker()
    stop(stack.app)
    wait_for(worker.process, lambda: OUTAGE in worker.said())
    stop(worker.process)
    _, counts = worker.ledger()
    returned = counts["completed"] + counts["released"]
    assert returned > 0, counts
    assert (counts["aborted"], counts["abandoned"]) == (0, 0), counts
    print(f"{returned} messages were completed or released")


def test_a_job_ends_when_the_queue_is_empty(stack):
    with stack.producer(60) as producer:
        wait_for(producer, lambda: stack.queue.left(QUEUE) > 30)
    sent = stack.queue.left(QUEUE)
    # The worker exits after two empty receives, which take 40 s with the wait of the pod.
    worker = stack.worker("--until-empty", "--set", "defaults.wait=1s")
    code = worker.wait(STOP_SECONDS)
    assert (code, stack.queue.left(QUEUE)) == (0, 0), worker.said()
    handled = stack.app.said().count(" bytes")
    assert handled == sent
    print(f"{handled} messages, then exit 0")


def stop(process):
    """Sends SIGTERM to the process only, like the kubelet. Returns its exit code and the time it took."""
    began = time.monotonic()
    process.terminate()
    return process.wait(timeout=STOP_SECONDS), time.monotonic() - began
