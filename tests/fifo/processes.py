"""The order of a FIFO queue when worker processes get SIGTERM, as an HTTP service sees it.

Three processes of the program share a local queue with faults, one of them with batches. The service fails,
breaks connections and is slow. The oldest process gets SIGTERM and is replaced every two seconds. At the end
each message was processed, those of each group in order and never two at once, no process aborted a message,
and the queue is empty.

usage: python processes.py PROGRAM [MESSAGES GROUPS]
"""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../servers"))
from processes import answers, free_ports, running, wait_for  # noqa: E402

QUEUE = "orders.fifo"
REPLACED_AFTER = 2
LIMIT = 1200
FAULTS = [
    {"fault": "lose-answer", "action": "ReceiveMessage", "chance": 0.05},
    {"fault": "lose-answer", "action": "DeleteMessageBatch", "chance": 0.05},
    {"fault": "cut-connection", "chance": 0.01},
    {"fault": "internal-failure", "chance": 0.01},
    {"fault": "fail-entry", "action": "DeleteMessageBatch", "chance": 0.02},
]
WORKER = """
[aws]
endpoint_url = "{local}"
[admin]
listen = "127.0.0.1:{port}"
[[queue]]
name = "{queue}"
handler = {{ http = "{service}", timeout = "5s" }}
concurrency = 50
wait = "2s"
visibility = "10s"
gather = "0s"
retry = {{ base = "1s", max = "1s" }}
{batch}
"""


class Journal:
    """What the service did."""

    def __init__(self, messages, groups):
        self.messages, self.groups = messages, groups
        self.next, self.running = [0] * groups, [0] * groups
        self.done = self.calls = self.failed = self.repeated = 0
        self.problems = []
        self.all_done = asyncio.Event()

    async def handle(self, number, receives):
        """Whether the message was processed. Of a hundred, two fail, one breaks, two are slow at first."""
        place, group = divmod(number, self.groups)
        self.calls += 1
        if place > self.next[group]:
            self.problems.append(f"group {group}: {place} began before {self.next[group]} was done")
        if self.running[group]:
            self.problems.append(f"group {group}: {place} began while another message ran")
        self.running[group] += 1
        try:
            kind = number % 97
            if kind in (13, 57) and receives <= 2 or kind == 29 and receives == 1:
                self.failed += 1
                return False
            await asyncio.sleep(0.3 if kind in (41, 83) else 0.001)
            if place == self.next[group]:
                self.next[group] += 1
                self.done += 1
            else:
                self.repeated += 1
            if self.done == self.messages:
                self.all_done.set()
            return True
        finally:
            self.running[group] -= 1

    async def one(self, headers, body):
        number = int(body)
        if await self.handle(number, int(headers["x-aws-sqsd-receive-count"])):
            return 200, b""
        return (None, b"") if number % 97 == 29 else (422, b"")

    async def batch(self, body):
        """From the first failure of a group on, the rest of the group fails."""
        failed, groups = [], set()
        for record in json.loads(body)["Records"]:
            attributes = record["attributes"]
            group = attributes["MessageGroupId"]
            receives = int(attributes["ApproximateReceiveCount"])
            if group in groups or not await self.handle(int(record["body"]), receives):
                groups.add(group)
                failed.append({"itemIdentifier": record["messageId"]})
        return 200, json.dumps({"batchItemFailures": failed}).encode()

    async def serve(self, reader, writer):
        """One connection. Status `None` breaks it."""
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                path = lines[0].split()[1]
                status, answer = await (self.batch(body) if path == "/batch" else self.one(headers, body))
                if status is None:
                    return
                writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Fleet:
    """The processes."""

    def __init__(self, program, local, service, scratch):
        self.program, self.local, self.service, self.scratch = program, local, service, scratch
        self.numbers, self.processes, self.replaced, self.problems = itertools.count(), [], 0, []

    def add(self):
        number = next(self.numbers)
        has_batches = number % 3 == 2
        path = os.path.join(self.scratch, f"worker-{number}.toml")
        with open(path, "w") as config:
            config.write(WORKER.format(
                local=self.local, port=free_ports(1)[0], queue=QUEUE,
                service=self.service + ("/batch" if has_batches else "/"),
                batch='batch = { max = 20, window = "20ms" }' if has_batches else ""))
        log = open(os.path.join(self.scratch, f"worker-{number}.log"), "w")
        process = subprocess.Popen([self.program, "run", "--config", path, "--log-format", "json"],
                                   stdout=log, stderr=log, start_new_session=True)
        self.processes.append((process, log.name))

    async def end(self):
        """The oldest gets SIGTERM, and must end by itself, without an aborted message."""
        process, log = self.processes.pop(0)
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 60)
        if code != 0:
            self.problems.append(f"a worker ended with {code}: {open(log).read()[-2000:]}")
        self.replaced += 1

    def kill(self):
        for process, _ in self.processes:
            process.kill()
            process.wait()


def call(local, method, path, body=None):
    request = urllib.request.Request(local + path, method=method, data=json.dumps(body).encode() if body else None)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or "null")


def send(local, messages, groups):
    """Message 0 of each group, then message 1 of each, and so on."""
    url = f"{local}/000000000000/{QUEUE}"
    for first in range(0, messages, 10):
        numbers = range(first, min(first + 10, messages))
        entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": f"group-{n % groups}",
                    "MessageDeduplicationId": str(n)} for n in numbers]
        request = urllib.request.Request(local, data=json.dumps({"QueueUrl": url, "Entries": entries}).encode())
        request.add_header("content-type", "application/x-amz-json-1.0")
        request.add_header("x-amz-target", "AmazonSQS.SendMessageBatch")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert not json.loads(answer.read()).get("Failed")


async def play(program, local, messages, groups, scratch):
    journal = Journal(messages, groups)
    server = await asyncio.start_server(journal.serve, "127.0.0.1", 0)
    service = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    fleet = Fleet(program, local, service, scratch)
    began = time.monotonic()
    try:
        [fleet.add() for _ in range(3)]
        while not journal.all_done.is_set() and time.monotonic() - began < LIMIT:
            try:
                await asyncio.wait_for(journal.all_done.wait(), REPLACED_AFTER)
            except asyncio.TimeoutError:
                fleet.add()
                await fleet.end()
        while fleet.processes:
            await fleet.end()
    finally:
        fleet.kill()
    took = time.monotonic() - began
    print(f"{journal.calls} calls: {journal.done} processed, {journal.failed} failed, {journal.repeated} repeated; "
          f"{fleet.replaced} processes ended by SIGTERM, {took:.0f} s")
    return journal, fleet


def problems(journal, fleet, state):
    found = journal.problems[:10] + fleet.problems[:3]
    if journal.done != journal.messages:
        found.append(f"{journal.messages - journal.done} messages were never processed")
    queue = next(queue for queue in state["queues"] if queue["name"] == QUEUE)
    left = {name: queue[name] for name in ("visible", "in_flight", "delayed")}
    # A message is processed again only if its lease was lost, and no lease is in this test.
    if journal.repeated:
        found.append(f"{journal.repeated} messages were processed again")
    if any(left.values()):
        found.append(f"the queue is not empty: {left}")
    return found


def main():
    program = os.path.abspath(sys.argv[1])
    messages, groups = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 else (6000, 200)
    port, = free_ports(1)
    local = f"http://127.0.0.1:{port}"
    with running([program, "local", "--port", str(port), "--queue", QUEUE]) as process, \
            tempfile.TemporaryDirectory() as scratch:
        wait_for(process, lambda: answers(f"{local}/_local/state"))
        send(local, messages, groups)
        call(local, "PUT", "/_local/faults", {"rules": FAULTS})
        journal, fleet = asyncio.run(play(program, local, messages, groups, scratch))
        call(local, "DELETE", "/_local/faults")
        found = problems(journal, fleet, call(local, "GET", "/_local/state"))
    for problem in found:
        print("FAILED", problem)
    print("FAILED" if found else "ok    ", f"the order of {groups} groups through processes that get SIGTERM")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
