"""`longshore run`, and what it reports."""

import contextlib
import json
import os
import re
import signal
import tempfile

from running.processes import running, wait_for
from running.web import fetch

# The scraper that a worker waits for when it stops.
SCRAPER = {"User-Agent": "Prometheus/2.42.0"}


class Worker:
    def __init__(self, process, instance):
        self.process, self.instance = process, instance
        self.url = f"http://{instance}"

    def said(self):
        return self.process.said()

    def report(self):
        """The answer of `/slo`."""
        return json.loads(fetch(f"{self.url}/slo"))

    def metrics(self):
        """The text of all metrics. This client is not a scraper."""
        return fetch(f"{self.url}/metrics")

    def scrape(self):
        """The same, as Prometheus requests it."""
        return fetch(f"{self.url}/metrics", headers=SCRAPER)

    def metric(self, series):
        """The value of a series. The sum, if several lines begin with it."""
        found = [line for line in self.metrics().splitlines() if line.startswith(series)]
        assert found, f"no series {series}"
        return sum(float(line.split()[-1]) for line in found)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def wait(self, seconds=60):
        """The exit code."""
        return self.process.wait(timeout=seconds)

    def ledger(self):
        """The exit code and the shutdown ledger, after the end."""
        code = self.wait(120)
        lines = (json.loads(line) for line in self.said().splitlines() if line.startswith("{"))
        ledger = next((line for line in lines if line["message"] == "shutdown ledger"), None)
        assert ledger, f"exit code {code}, and no shutdown ledger:\n{self.said()}"
        return code, ledger


@contextlib.contextmanager
def worker(longshore, endpoint, *arguments, config=None, listen="127.0.0.1:0", **environment):
    """A worker of the queues at `endpoint`, which is a URL or a `LocalQueue`. `config` is the text of its
    configuration. `arguments` come last, because a command can be among them. It is killed at the end, because a
    normal shutdown waits for the open long poll."""
    with started(longshore, endpoint, "--listen", listen, *arguments, config=config, **environment) as process:
        found = wait_for(process, lambda: re.search(r'admin"?[:=]"?http://([\w.:]+)', process.said()))
        try:
            yield Worker(process, found.group(1))
        finally:
            process.kill()


def until_empty(longshore, endpoint, *arguments, seconds=120, **options):
    """Runs a worker until its queues are empty, and returns its output. The other arguments are those of `worker`."""
    arguments = ("--listen", "127.0.0.1:0", "--until-empty", *arguments)
    with started(longshore, endpoint, *arguments, **options) as process:
        code = process.wait(timeout=seconds)
        assert code == 0, f"expected exit code 0, found {code}. Output of the worker:\n{process.said()[-3000:]}"
        return process.said()


@contextlib.contextmanager
def started(longshore, endpoint, *arguments, config=None, **environment):
    with tempfile.TemporaryDirectory() as scratch:
        command = [longshore, "run", "--endpoint-url", getattr(endpoint, "url", endpoint), *configured(scratch, config)]
        with running([*command, *arguments], **environment) as process:
            yield process


def configured(scratch, text):
    if text is None:
        return []
    path = os.path.join(scratch, "longshore.toml")
    with open(path, "w") as file:
        file.write(text)
    return ["--config", path]


def check(longshore, *arguments):
    """`longshore check` accepts this configuration."""
    with running([longshore, "check", *arguments]) as process:
        assert process.wait(timeout=60) == 0, f"{arguments}\n{process.said()}"
