"""A worker and the local queue at a high rate for half an hour: memory and file descriptors stay flat.

usage: python run.py PROGRAM [--seconds N] [--rate N] [--write]

  --seconds N   How long messages are sent [default: 1800]
  --rate N      Messages per second [default: 1000]
  --write       Write the figures into docs/proof.md, and docs/soak.svg

Needs a release build. Exits with 1 if a process grows, or if a message is not processed exactly once.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../system"))
import plot
from samples import Samples

from running.processes import answers, free_port, running, wait_for
from running.web import fetch

PAGE = "docs/proof.md"
PICTURE = "docs/soak.svg"
MARKERS = ("<!-- soak: begin -->\n", "<!-- soak: end -->")
CONFIG = """
[aws]
endpoint_url = "{endpoint}"
region = "us-east-1"
[admin]
listen = "127.0.0.1:{admin}"
[[queue]]
name = "orders"
handler = {{ http = "{service}" }}
concurrency = 50
"""
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
SCRAPE_SECONDS = 15


class Application:
    """An HTTP service that answers 200 and counts the calls with each message."""

    def __init__(self):
        self.calls = Counter()

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                body = await reader.readexactly(int(length.split(b":")[1]))
                self.calls[int(body)] += 1
                writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def call(endpoint, action, **body):
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AmazonSQS.{action}"}
    request = urllib.request.Request(endpoint, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


class Soak:
    def __init__(self, endpoint, url, application, arguments):
        self.endpoint, self.url, self.application = endpoint, url, application
        self.seconds, self.rate, self.sent = arguments.seconds, arguments.rate, 0

    async def send(self):
        """Sends batches of ten at the rate."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < self.seconds:
            while self.sent < passed * self.rate:
                entries = [{"Id": str(n), "MessageBody": str(self.sent + n)} for n in range(10)]
                await asyncio.to_thread(call, self.endpoint, "SendMessageBatch", QueueUrl=self.url, Entries=entries)
                self.sent += 10
            await asyncio.sleep(0.01)

    async def scrape(self, admin):
        """A scraper, and a reader of the status page, as in production."""
        while True:
            for path in ("/metrics", "/"):
                await asyncio.to_thread(fetch, f"http://{admin}{path}")
            await asyncio.sleep(SCRAPE_SECONDS)

    async def finish(self):
        """Waits until every message is deleted."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            answer = await asyncio.to_thread(
                call, self.endpoint, "GetQueueAttributes", QueueUrl=self.url, AttributeNames=names)
            if not any(int(answer["Attributes"][name]) for name in names):
                return []
            await asyncio.sleep(0.1)
        return [f"messages are left in the queue: {answer['Attributes']}"]

    def problems(self):
        calls = self.application.calls
        lost = sum(number not in calls for number in range(self.sent))
        again = sum(count > 1 for count in calls.values())
        found = ((lost, "lost"), (again, "processed again"))
        return [f"{count} messages were {what}" for count, what in found if count]


async def play(program, arguments, scratch):
    application = Application()
    server = await asyncio.start_server(application.serve, "127.0.0.1", 0)
    service = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    port, admin = free_port(), free_port()
    endpoint, path = f"http://127.0.0.1:{port}", os.path.join(scratch, "longshore.toml")
    with open(path, "w") as config:
        config.write(CONFIG.format(endpoint=endpoint, admin=admin, service=service))
    with running([program, "local", "--port", str(port)]) as local:
        wait_for(local, lambda: answers(endpoint))
        url = call(endpoint, "CreateQueue", QueueName="orders")["QueueUrl"]
        with running([program, "run", "--config", path], **KEYS) as worker:
            wait_for(worker, lambda: answers(f"http://127.0.0.1:{admin}/livez"))
            soak = Soak(endpoint, url, application, arguments)
            samples = Samples({"the worker": worker.pid, "the local queue": local.pid})
            others = [asyncio.create_task(one) for one in (samples.take(), soak.scrape(f"127.0.0.1:{admin}"))]
            await soak.send()
            problems = await soak.finish()
            problems += [str(other.exception()) for other in others if other.done()]
            for other in others:
                other.cancel()
    return soak, samples, problems + soak.problems() + samples.problems()


def write(soak, samples):
    text = (f"{soak.seconds / 60:.0f} minutes with {soak.sent / soak.seconds:,.0f} messages per second, "
            f"{soak.sent:,} in all. Each was processed once.\n\n{samples.table()}\n")
    with open(PAGE) as page:
        before, rest = page.read().split(MARKERS[0])
    after = rest.split(MARKERS[1])[1]
    with open(PAGE, "w") as page:
        page.write(f"{before}{MARKERS[0]}\n{text}\n{MARKERS[1]}{after}")
    with open(PICTURE, "w") as picture:
        picture.write(plot.svg(samples.memory(), "Resident memory of the worker and of the local queue", "MiB"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        soak, samples, problems = asyncio.run(play(arguments.program, arguments, scratch))
    for problem in problems:
        print("FAILED", problem)
    print(samples.table())
    print("FAILED" if problems else "ok    ", f"{soak.sent:,} messages in {soak.seconds} s")
    if arguments.write and not problems:
        write(soak, samples)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
