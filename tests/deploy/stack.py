"""Starts the processes of the pod and of the Compose file: worker, application and producer.

usage: python stack.py LONGSHORE

The worker uses the pod's longshore.toml. Only the addresses are changed, to free ports on loopback. The
worker must answer every probe. If it stops before its application, it must abort no message. As a job it
must exit by itself. promtool and amtool check the files that Compose mounts. Exits 1 if a check fails.
"""

import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from processes import answers, free_port, running, wait_for

from manifests import DEPLOY, OVERLAYS, ROOT, WORKER, Overlay

BINARY = pathlib.Path(sys.argv[1]).resolve()
STOP_SECONDS = 30
# The log line of a worker whose application is away.
OUTAGE = "circuit breaker is open"


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, answer.read().decode()


class Stack:
    """The queue, the application and the worker, with their addresses."""

    def __init__(self, stack):
        self.queue, self.application, self.admin = free_port(), free_port(), free_port()
        queue = stack.enter_context(running([BINARY, "local", f"--listen=127.0.0.1:{self.queue}", "--queue=orders"]))
        self.app = stack.enter_context(running([sys.executable, "-u", DEPLOY / "application/app.py"],
                                               HOST="127.0.0.1", PORT=str(self.application), SECONDS_EACH="0.2"))
        wait_for(self.app, lambda: answers(f"http://127.0.0.1:{self.application}/"))
        wait_for(queue, lambda: answers(f"http://127.0.0.1:{self.queue}/_local/state"))

    @property
    def queue_url(self):
        return f"http://127.0.0.1:{self.queue}/000000000000/orders"

    def producer(self, a_second):
        return running([sys.executable, "-u", DEPLOY / "compose/producer.py"], QUEUE_URL=self.queue_url,
                       MESSAGES_A_SECOND=str(a_second))

    def worker(self, *arguments):
        address = f"http://127.0.0.1:{self.application}/"
        changed = [f"aws.endpoint_url=http://127.0.0.1:{self.queue}", f"admin.listen=127.0.0.1:{self.admin}",
                   f"queue.orders.url={self.queue_url}", f"defaults.handler.http={address}"]
        return running([BINARY, "run", *arguments, "--config", DEPLOY / "kubernetes/base/longshore.toml",
                        *(part for entry in changed for part in ("--set", entry))],
                       AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local")

    def left(self):
        """The number of messages in the queue, visible or in flight."""
        queue, = json.loads(get(f"http://127.0.0.1:{self.queue}/_local/state")[1])["queues"]
        return queue["visible"] + queue["in_flight"]

    def metric(self, series):
        lines = get(f"http://127.0.0.1:{self.admin}/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(series))


def stop(process):
    """Sends SIGTERM to the process only, like the kubelet. Returns its exit code and the time it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=STOP_SECONDS), time.monotonic() - began


def ledger(worker):
    found, = (line for line in map(json.loads, worker.said().splitlines()) if line["message"] == "shutdown ledger")
    return found


@contextlib.contextmanager
def busy():
    """A stack whose worker is processing messages."""
    with contextlib.ExitStack() as scene:
        stack = Stack(scene)
        worker = scene.enter_context(stack.worker())
        wait_for(worker, lambda: answers(f"http://127.0.0.1:{stack.admin}/readyz"))
        scene.enter_context(stack.producer(60))
        wait_for(worker, lambda: stack.metric("longshore_messages_received_total") > 60)
        wait_for(worker, lambda: stack.metric("longshore_messages_in_flight") > 5)
        yield stack, worker


def probes_succeed_and_a_stop_aborts_nothing():
    with busy() as (stack, worker):
        asked = {"/metrics"} | {probe["httpGet"]["path"] for name in OVERLAYS
                                for key, probe in Overlay(name).container(WORKER).items() if key.endswith("Probe")}
        for path in sorted(asked):
            assert get(f"http://127.0.0.1:{stack.admin}{path}")[0] == 200, path
        wait_for(worker, lambda: stack.metric("longshore_messages_in_flight") > 5)
        code, took = stop(worker)
        counts = ledger(worker)
        assert code == 0 and counts["aborted"] == counts["abandoned"] == 0, counts
        assert counts["completed"] > 0, f"no message was being processed: {counts}"
        assert OUTAGE not in worker.said(), "the application stopped before the worker"
        code, _ = stop(stack.app)
        assert code == 0, stack.app.said()
    return f"{', '.join(sorted(asked))}; stopped in {took:.1f} s with {counts['completed']} completed and none aborted"


def stopping_the_application_first_returns_messages():
    # This is why the application is the sidecar: if it stops first, the worker holds its messages and returns them.
    with busy() as (stack, worker):
        stop(stack.app)
        wait_for(worker, lambda: OUTAGE in worker.said())
        stop(worker)
        counts = ledger(worker)
        returned = counts["completed"] + counts["released"]
        assert returned > 0 and counts["aborted"] == counts["abandoned"] == 0, counts
    return f"{returned} messages were held and returned"


def a_job_ends_when_the_queue_is_empty():
    with contextlib.ExitStack() as scene:
        stack = Stack(scene)
        with stack.producer(60) as producer:
            wait_for(producer, lambda: stack.left() > 30)
        sent = stack.left()
        # The worker exits after two empty receives, which take 40 s with the wait of the pod.
        worker = scene.enter_context(stack.worker("--until-empty", "--set", "defaults.wait=1s"))
        code = worker.wait(timeout=STOP_SECONDS)
        assert code == 0 and stack.left() == 0, worker.said()
        handled = stack.app.said().count(" bytes")
        assert handled == sent, (handled, sent)
    return f"{handled} messages, then exit 0"


def monitoring_tools_accept_the_mounted_files():
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(DEPLOY / "compose/prometheus.yml", scratch)
        shutil.copy(ROOT / "alerts/longshore.rules.yml", scratch)
        passed = []
        for command in (["promtool", "check", "config", f"{scratch}/prometheus.yml"],
                        ["amtool", "check-config", DEPLOY / "compose/alertmanager.yml"]):
            checked = subprocess.run(command, capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stdout + checked.stderr
            passed.append(command[0])
    return ", ".join(passed)


def main():
    for case in (monitoring_tools_accept_the_mounted_files, probes_succeed_and_a_stop_aborts_nothing,
                 stopping_the_application_first_returns_messages, a_job_ends_when_the_queue_is_empty):
        print(f"ok     {case.__name__.replace('_', ' ')}: {case()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
