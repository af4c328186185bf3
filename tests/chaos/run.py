"""Processes of the worker under faults: killed, suspended, stopped and replaced at random, behind a proxy
that throttles, breaks and delays requests. Every message is processed, and none is left in the queue.

usage: python run.py PROGRAM [--seconds N] [--server local|ministack] [--seed N] [--write]

  --seconds N   How long the faults last, with each server [default: 40]
  --server S    Only this server: the local queue, or ministack
  --seed N      For the order of the faults [default: 2]
  --write       Write the table into docs/proof.md

The proxy is microburst, of another project, which knows AWS's errors.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../servers"))
from fleet import Fleet  # noqa: E402
from processes import answers, free_port, running, wait_for  # noqa: E402
from service import Service  # noqa: E402

PER_SECOND = 100
BETWEEN_FAULTS = 1
LAST_MESSAGE_WITHIN = 180
# A failed message is hidden for this time, which is shorter than the visibility timeout.
LONGEST_RETRY = 3
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


def request(url, body=None, method="POST", **headers):
    data = None if body is None else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    made = urllib.request.Request(url, data=data, method=method, headers=names)
    with urllib.request.urlopen(made, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Queue:
    def __init__(self, server):
        self.server = server
        self.url = self.call("CreateQueue", QueueName="orders")["QueueUrl"]

    def call(self, action, **body):
        # A server does not check this signature; ministack reads the account from it.
        scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
        return request(self.server, body, content_type="application/x-amz-json-1.0",
                       x_amz_target=f"AmazonSQS.{action}", authorization=scope)

    def send(self, numbers):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in numbers]
        assert not self.call("SendMessageBatch", QueueUrl=self.url, Entries=entries).get("Failed")

    def left(self):
        """Visible and hidden messages."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.call("GetQueueAttributes", QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return [int(attributes[name]) for name in names]


class Run:
    def __init__(self, program, queue, proxy, scratch, arguments):
        self.program, self.queue, self.proxy, self.scratch = program, queue, proxy, scratch
        self.seconds, self.rng = arguments.seconds, random.Random(arguments.seed)
        self.service, self.sent = Service(), 0

    async def play(self):
        server = await asyncio.start_server(self.service.serve, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.fleet = Fleet(self.program, self.proxy, address, self.scratch, self.rng)
        try:
            request(f"{self.proxy}/_microburst/rules", RULES)
            deadline = time.monotonic() + self.seconds
            await asyncio.gather(self.send(deadline), self.disturb(deadline))
            stats = request(f"{self.proxy}/_microburst/stats", method="GET")
            self.faults = stats["requests"]["faulted"]
            request(f"{self.proxy}/_microburst/rules", [])
            self.fleet.has_faults = False
            self.took = await self.finish()
            await self.stop_with_messages()
        finally:
            self.fleet.kill_all()

    async def send(self, deadline):
        while time.monotonic() < deadline:
            await asyncio.to_thread(self.queue.send, range(self.sent, self.sent + 10))
            self.sent += 10
            await asyncio.sleep(10 / PER_SECOND)

    async def disturb(self, deadline):
        while time.monotonic() < deadline:
            await asyncio.sleep(BETWEEN_FAULTS)
            await self.fleet.disturb()

    async def finish(self):
        """Waits until every message is processed and deleted. Returns the seconds."""
        began = time.monotonic()
        is_open = lambda: self.service.processed() < self.sent or any(self.queue.left())
        while is_open() and time.monotonic() - began < LAST_MESSAGE_WITHIN:
            await asyncio.sleep(0.2)
        return time.monotonic() - began

    async def stop_with_messages(self):
        """A clean stop of all workers with messages in flight leaves none hidden. Another worker gets them."""
        for _ in range(40):
            self.queue.send(range(self.sent, self.sent + 10))
            self.sent += 10
        while self.service.processed() < self.sent - 350:
            await asyncio.sleep(0.001)
        await self.fleet.stop_all()
        stopped = time.monotonic()
        visible, self.hidden = self.queue.left()
        assert visible, "the workers were not stopped with messages in the queue"
        while self.hidden and time.monotonic() - stopped < LONGEST_RETRY:
            await asyncio.sleep(0.1)
            self.hidden = self.queue.left()[1]
        self.fleet.add()
        await self.finish()
        await self.fleet.stop_all()

    def judge(self, server):
        """The row of the table, and the problems."""
        explained = unexplained = 0
        for message, done in self.service.done.items():
            for (first, worker), (second, other) in zip(done, done[1:]):
                if self.fleet.explains(worker, first, second) or self.fleet.explains(other, first, second):
                    explained += 1
                else:
                    unexplained += 1
                    print(f"message {message}: worker {worker}, and worker {other} {second - first:.1f} s later")
        lost, left, counts = self.sent - self.service.processed(), sum(self.queue.left()), self.fleet.counts
        problems = self.fleet.problems[:3]
        for count, what in ((lost, "were never processed"), (left, "are left in the queue"),
                            (self.hidden, "are hidden after a clean stop"),
                            (unexplained, "were processed again without a reason")):
            if count:
                problems.append(f"{count} messages {what}")
        row = [server, f"{self.seconds / 60:.1f}", f"{self.sent:,}", lost, self.hidden, explained, unexplained,
               counts["kill"], counts["suspend"], counts["stop"] + counts["stop twice"], f"{self.faults:,}",
               f"{self.took:.0f} s"]
        return row, problems


@contextlib.contextmanager
def server_of(name, program):
    port = free_port()
    if name == "local":
        command, environment = [program, "local", "--port", str(port)], {}
    else:
        command = [os.path.join(os.path.dirname(sys.executable), "ministack")]
        environment = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    with running(command, **environment) as process:
        wait_for(process, lambda: answers(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}"


def against(name, program, arguments):
    microburst = os.path.join(os.path.dirname(sys.executable), "microburst")
    port = free_port()
    proxy = f"http://127.0.0.1:{port}"
    with server_of(name, program) as server, tempfile.TemporaryDirectory() as scratch, \
            running([microburst, "--upstream", server, "--port", str(port)]) as process:
        wait_for(process, lambda: answers(f"{proxy}/_microburst/health"))
        run = Run(program, Queue(server), proxy, scratch, arguments)
        asyncio.run(run.play())
        row, problems = run.judge({"local": "the local queue", "ministack": "ministack"}[name])
    for problem in problems:
        print("FAILED", problem)
    print("FAILED" if problems else "ok    ", ", ".join(f"{heading}: {cell}" for heading, cell in zip(HEADINGS, row)),
          flush=True)
    return row, problems


def write(rows):
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
    table = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    before, rest = open(PAGE).read().split(MARKERS[0])
    after = rest.split(MARKERS[1])[1]
    with open(PAGE, "w") as page:
        page.write(f"{before}{MARKERS[0]}\n{table}\n\n{MARKERS[1]}{after}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--server", choices=["local", "ministack"])
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    servers = [arguments.server] if arguments.server else ["local", "ministack"]
    results = [against(name, arguments.program, arguments) for name in servers]
    has_failed = any(problems for _, problems in results)
    if arguments.write and not has_failed:
        write([row for row, _ in results])
    sys.exit(1 if has_failed else 0)


if __name__ == "__main__":
    main()
