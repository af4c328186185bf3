"""What the pod and the Compose file start, started here: the configuration, the application and the producer.

usage: python stack.py LONGSHORE

The worker runs with the pod's own longshore.toml; only addresses are changed, to free ports of the loopback. It
answers every probe; told to stop first, it ends with no message cut off, and then so does its application; as a job it
ends by itself. Prometheus' and Alertmanager's own tools read the files that Compose mounts. Needs promtool and
amtool. Exits 1 if anything is wrong.
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


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, answer.read().decode()


class Stack:
    """The queue, the application and the worker, by their addresses."""

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
        """Messages of the queue, whoever has them."""
        queue, = json.loads(get(f"http://127.0.0.1:{self.queue}/_local/state")[1])["queues"]
        return queue["visible"] + queue["in_flight"]

    def metric(self, series):
        lines = get(f"http://127.0.0.1:{self.admin}/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(series))


def stop(process):
    """SIGTERM to it alone, as the kubelet sends it; its exit code, and how long it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=STOP_SECONDS), time.monotonic() - began


def ledger(worker):
    found, = (line for line in map(json.loads, worker.said().splitlines()) if line["message"] == "shutdown ledger")
    return found


@contextlib.contextmanager
def busy():
    """A stack whose worker has messages in hand."""
    with contextlib.ExitStack() as scene:
        stack = Stack(scene)
        worker = scene.enter_context(stack.worker())
        wait_for(worker, lambda: answers(f"http://127.0.0.1:{stack.admin}/readyz"))
        scene.enter_context(stack.producer(60))
        wait_for(worker, lambda: stack.metric("longshore_messages_received_total") > 60)
        wait_for(worker, lambda: stack.metric("longshore_messages_in_flight") > 5)
        yield stack, worker


def probes_are_answered_and_a_stop_cuts_nothing_off():
    with busy() as (stack, worker):
        asked = {"/metrics"} | {probe["httpGet"]["path"] for name in OVERLAYS
                                for key, probe in Overlay(name).container(WORKER).items() if key.endswith("Probe")}
        for path in sorted(asked):
            assert get(f"http://127.0.0.1:{stack.admin}{path}")[0] == 200, path
        wait_for(worker, lambda: stack.metric("longshore_messages_in_flight") > 5)
        code, took = stop(worker)
        told = ledger(worker)
        assert code == 0 and told["aborted"] == told["abandoned"] == 0, told
        assert told["completed"] > 0, f"nothing was in hand: {told}"
        assert '"unavailable"' not in worker.said(), "the application was not there to the end"
        code, _ = stop(stack.app)
        assert code == 0, stack.app.said()
    return f"{', '.join(sorted(asked))}; stopped in {took:.1f} s with {told['completed']} in hand, none cut off"


def the_other_way_round_messages_come_back():
    # Why the application is the sidecar: nobody is there for what its worker still has in hand.
    with busy() as (stack, worker):
        stop(stack.app)
        wait_for(worker, lambda: '"unavailable"' in worker.said())
        stop(worker)
        back = worker.said().count('"ending":"unavailable"')
        assert back, worker.said()
    return f"{back} were received for nothing"


def a_job_ends_when_the_queue_is_empty():
    with contextlib.ExitStack() as scene:
        stack = Stack(scene)
        with stack.producer(60) as producer:
            wait_for(producer, lambda: stack.left() > 30)
        sent = stack.left()
        # Twice it must find nothing: 40 seconds with the wait of the pod.
        worker = scene.enter_context(stack.worker("--until-empty", "--set", "defaults.wait=1s"))
        code = worker.wait(timeout=STOP_SECONDS)
        assert code == 0 and stack.left() == 0, worker.said()
        handled = stack.app.said().count(" bytes")
        assert handled == sent, (handled, sent)
    return f"{handled} messages, then exit 0"


def the_tools_read_what_compose_mounts():
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(DEPLOY / "compose/prometheus.yml", scratch)
        shutil.copy(ROOT / "alerts/longshore.rules.yml", scratch)
        said = []
        for command in (["promtool", "check", "config", f"{scratch}/prometheus.yml"],
                        ["amtool", "check-config", DEPLOY / "compose/alertmanager.yml"]):
            checked = subprocess.run(command, capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stdout + checked.stderr
            said.append(command[0])
    return ", ".join(said)


def main():
    for case in (the_tools_read_what_compose_mounts, probes_are_answered_and_a_stop_cuts_nothing_off,
                 the_other_way_round_messages_come_back, a_job_ends_when_the_queue_is_empty):
        print(f"ok     {case.__name__.replace('_', ' ')}: {case()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
