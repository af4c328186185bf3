"""Processes that are killed, suspended and stopped, behind a proxy with faults, which throttles, breaks and delays
requests. Every message is processed, and none is left in the queue.

The proxy is microburst, of another project, which knows AWS's errors. docs/proof.md has the command of a long run.
"""

import asyncio
import contextlib
import itertools
import json
import random
import time

import pytest

from messages.fleet import DisturbedFleet
from messages.service import Application
from running.local_queue import local_queue
from running.other_servers import installed, other_server
from running.processes import answers, free_port, running, wait_for
from running.web import fetch

SECONDS, SEED = 40, 2
QUEUE = "orders"
PER_SECOND = 100
BETWEEN_FAULTS = 1
LAST_MESSAGE_WITHIN = 180
# A failed message is hidden for this time, which is shorter than the visibility timeout.
LONGEST_RETRY = 3
SERVERS = {"local": "the local queue", "ministack": "ministack"}
PAGE = "docs/proof.md"
MARKERS = ("<!-- chaos: begin -->\n", "<!-- chaos: end -->")
RULES = [
    {"service": "sqs", "probability": 0.02, "error": {"code": "RequestThrottled", "status": 403}},
    {"service": "sqs", "probability": 0.02, "error": {"code": "InternalFailure", "status": 500}},
    {"service": "sqs", "probability": 0.02, "reset": True},
    {"service": "sqs", "probability": 0.02, "response": {"abort_frac": 0.5}},
    {"service": "sqs", "probability": 0.02, "latency": {"min": 500, "max": 4000}},
]
HEADINGS = ["queue server", "minutes", "messages", "lost", "hidden after a clean stop", "processed again, explained",
            "unexplained", "killed", "suspended", "stopped", "faults of the proxy", "last message after"]


class Proxy:
    def __init__(self, url):
        self.url = url

    def set_rules(self, rules):
        fetch(f"{self.url}/_microburst/rules", rules)

    def faults(self):
        """The number of requests that it broke or delayed."""
        return json.loads(fetch(f"{self.url}/_microburst/stats"))["requests"]["faulted"]


@contextlib.contextmanager
def microburst(upstream):
    proxy = Proxy(f"http://127.0.0.1:{free_port()}")
    port = proxy.url.rsplit(":", 1)[1]
    with running([installed("microburst"), "--upstream", upstream, "--port", port]) as process:
        wait_for(process, lambda: answers(f"{proxy.url}/_microburst/health"))
        yield proxy


class Run:
    """Messages through a fleet whose workers are disturbed, behind the proxy."""

    def __init__(self, queues, proxy, seconds, seed):
        self.queues, self.proxy, self.seconds, self.rng = queues, proxy, seconds, random.Random(seed)
        self.application, self.sent = Application(), 0

    async def play(self, longshore):
        async with self.application.listening() as service:
            self.fleet = DisturbedFleet(longshore, self.proxy.url, service, self.rng)
            try:
                # The workers also start under faults.
                self.proxy.set_rules(RULES)
                await self.fleet.start()
                await self.disturb_all()
                self.took = await self.finish()
                await self.stop_with_messages()
            finally:
                self.fleet.close()

    async def disturb_all(self):
        deadline = time.monotonic() + self.seconds
        await asyncio.gather(self.send_until(deadline), self.disturb_until(deadline))
        self.faults = self.proxy.faults()
        self.proxy.set_rules([])
        self.fleet.has_faults = False

    def send(self):
        """Sends ten messages."""
        self.queues.send(QUEUE, map(str, range(self.sent, self.sent + 10)))
        self.sent += 10

    async def send_until(self, deadline):
        while time.monotonic() < deadline:
            await asyncio.to_thread(self.send)
            await asyncio.sleep(10 / PER_SECOND)

    async def disturb_until(self, deadline):
        while time.monotonic() < deadline:
            await asyncio.sleep(BETWEEN_FAULTS)
            await self.fleet.disturb()

    def left(self):
        """Visible and hidden messages."""
        attributes = self.queues.attributes(QUEUE)
        return [int(attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible")]

    async def finish(self):
        """Waits until every message is processed and deleted. Returns the seconds."""
        began = time.monotonic()
        while self.application.processed() < self.sent or any(self.left()):
            if time.monotonic() - began > LAST_MESSAGE_WITHIN:
                break
            await asyncio.sleep(0.2)
        return time.monotonic() - began

    async def stop_with_messages(self):
        """A clean stop of all workers with messages in flight leaves none hidden. Another worker gets them."""
        for _ in range(40):
            self.send()
        deadline = time.monotonic() + LAST_MESSAGE_WITHIN
        while self.application.processed() < self.sent - 350 and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        await self.fleet.stop_all()
        stopped = time.monotonic()
        visible, self.hidden = self.left()
        assert visible, "the workers were not stopped with messages in the queue"
        while self.hidden and time.monotonic() - stopped < LONGEST_RETRY:
            await asyncio.sleep(0.1)
            self.hidden = self.left()[1]
        await self.fleet.add()
        await self.finish()
        await self.fleet.stop_all()

    def repeats(self):
        """How many messages were processed again with and without an explanation."""
        explained = unexplained = 0
        for message, done in self.application.done.items():
            for (first, worker), (second, other) in itertools.pairwise(done):
                if self.fleet.explains(worker, first, second) or self.fleet.explains(other, first, second):
                    explained += 1
                else:
                    unexplained += 1
                    print(f"message {message}: worker {worker}, and worker {other} {second - first:.1f} s later")
        return explained, unexplained

    def judge(self, server):
        """The row of the table, and the problems."""
        explained, unexplained = self.repeats()
        lost, left, counts = self.sent - self.application.processed(), sum(self.left()), self.fleet.counts
        found = {"were never processed": lost, "are left in the queue": left,
                 "are hidden after a clean stop": self.hidden, "were processed again without a reason": unexplained}
        problems = [f"{count} messages {what}" for what, count in found.items() if count]
        row = [SERVERS[server], f"{self.seconds / 60:.1f}", f"{self.sent:,}", lost, self.hidden, explained, unexplained,
               counts["kill"], counts["suspend"], counts["stop"] + counts["stop twice"], f"{self.faults:,}",
               f"{self.took:.0f} s"]
        return row, self.fleet.problems[:3] + problems


def write(rows, page):
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
    table = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    before, rest = page.read_text().split(MARKERS[0])
    after = rest.split(MARKERS[1])[1]
    page.write_text(f"{before}{MARKERS[0]}\n{table}\n\n{MARKERS[1]}{after}")


def pytest_generate_tests(metafunc):
    if "server" in metafunc.fixturenames:
        only = metafunc.config.getoption("server", default=None)
        metafunc.parametrize("server", [only] if only else list(SERVERS), scope="module")


@pytest.fixture(scope="module")
def rows(request, root):
    """The rows of the table. With `--write`, they are written if no server had a problem."""
    found, failed = [], request.session.testsfailed
    yield found
    if request.config.getoption("write", default=False) and request.session.testsfailed == failed:
        write(found, root / PAGE)


# With `--seconds 600`, a run takes about 15 minutes.
@pytest.mark.timeout(3600)
def test_processes_that_are_killed_suspended_and_stopped_behind_a_proxy_with_faults(
        longshore, start, request, rows, server):
    queues = start(local_queue(longshore) if server == "local" else other_server(server))
    queues.call("CreateQueue", QueueName=QUEUE)
    seconds, seed = (request.config.getoption(name, default=None) for name in ("seconds", "seed"))
    run = Run(queues, start(microburst(queues.url)), seconds or SECONDS, SEED if seed is None else seed)
    asyncio.run(run.play(longshore))
    row, problems = run.judge(server)
    print(", ".join(f"{heading}: {cell}" for heading, cell in zip(HEADINGS, row, strict=True)))
    assert not problems, "\n".join(problems)
    rows.append(row)
