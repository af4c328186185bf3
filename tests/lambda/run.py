"""Functions of AWS Lambda run unchanged on Longshore, in the runtimes of AWS for Python, Node.js and Rust.

usage: python run.py PATH_OF_LONGSHORE FOLDER_WITH_NODE_MODULES PATH_OF_THE_RUST_FUNCTION [ORDERS]

Each function processes 10,000 orders. One order in 50 fails at its first receive, and one makes its runtime exit. In the
middle the worker gets SIGTERM, and another one continues. Then each order must be processed, and none may be a dead
letter. Before that, a runtime that cannot start must use up no receive. Exits 1 if anything differs.
"""

import collections
import json
import os
import re
import signal
import sys
import tempfile
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))
from processes import free_port, running, wait_for  # noqa: E402: in another folder of tests

ORDERS = int((sys.argv[4:] or [10_000])[0])
# After three failed receives an order is a dead letter. One failure and one crash of its batch leave one.
POLICY = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": "3"}
CONFIG = """
[admin]
listen = "127.0.0.1:{port}"
[[queue]]
name = "orders"
concurrency = 40
batch = {{ max = 10, window = "50ms" }}
retry = {{ base = "1s", max = "1s" }}
handler = {{ lambda = {command}, {settings}timeout = "20s" }}
"""


def asks(number):
    if number == ORDERS // 2 + 1:
        return "crash"
    return "fail" if number % 50 == 7 else "work"


class Queue:
    """The queue of the local server."""

    def __init__(self, url):
        self.url = url

    def call(self, action, **parameters):
        headers = {"x-amz-target": f"AmazonSQS.{action}", "content-type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(self.url, json.dumps(parameters).encode(), headers)
        return json.load(urllib.request.urlopen(request, timeout=10))

    def send_orders(self):
        url = f"{self.url}/000000000000/orders"
        for first in range(0, ORDERS, 10):
            entries = [{"Id": str(n), "MessageBody": json.dumps({"number": n, "asks": asks(n)})}
                       for n in range(first, min(first + 10, ORDERS))]
            self.call("SendMessageBatch", QueueUrl=url, Entries=entries)

    def counts(self, name):
        state = json.load(urllib.request.urlopen(f"{self.url}/_local/state", timeout=10))
        queue = next(queue for queue in state["queues"] if queue["name"] == name)
        return {key: queue[key] for key in ("visible", "in_flight", "delayed")}

    def left(self):
        return sum(self.counts("orders").values())

    def most_receives(self):
        """The largest receive count of the messages, seen without a receive."""
        request = urllib.request.Request(
            f"{self.url}/_aws/sqs/messages?QueueUrl={self.url}/000000000000/orders&ShowInvisible=true",
            headers={"x-amz-target": "AmazonSQS.ReceiveMessage", "content-type": "application/x-amz-json-1.0"},
            data=b"{}")
        messages = json.load(urllib.request.urlopen(request, timeout=30)).get("Messages", [])
        return max((int(message["Attributes"]["ApproximateReceiveCount"]) for message in messages), default=0)


def worker(scratch, queue, command, settings, environment):
    config = os.path.join(scratch, "longshore.toml")
    port = free_port()
    with open(config, "w") as file:
        file.write(CONFIG.format(port=port, command=json.dumps(command), settings=settings))
    process = running([LONGSHORE, "run", "--config", config, "--endpoint-url", queue.url], **environment)
    return process, f"http://127.0.0.1:{port}"


def a_broken_runtime_uses_up_no_receive(scratch, queue, environment):
    command = [sys.executable, "-c", "import no_such_module_of_the_function"]
    process, admin = worker(scratch, queue, command, "", environment)
    with process as process:
        def says_why():
            """Whether /readyz is 503, and /slo has the last lines of the runtime."""
            try:
                urllib.request.urlopen(f"{admin}/readyz", timeout=2)
            except urllib.error.HTTPError:
                verdict = urllib.request.urlopen(f"{admin}/slo", timeout=2).read().decode()
                return "No module named 'no_such_module_of_the_function'" in verdict
            except OSError:
                return False
        wait_for(process, says_why)
        assert queue.most_receives() == 0, queue.most_receives()


def all_orders_are_processed(scratch, queue, function, environment):
    command, settings = function
    process, _ = worker(scratch, queue, command, settings, environment)
    with process as process:
        wait_for(process, lambda: queue.left() < ORDERS / 2)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=40)
        first = process.said()
        assert code == 0, f"the worker ended with {code}:\n{first[-3000:]}"
    process, _ = worker(scratch, queue, command, settings, environment)
    with process as process:
        wait_for(process, lambda: queue.left() == 0)
        assert "exit status: 7" in first + process.said(), "the runtime did not exit"


def tried(name, function, environment):
    dead = ["--queue", "dead", "--queue", f"orders:RedrivePolicy={json.dumps(POLICY)}"]
    with tempfile.TemporaryDirectory() as scratch, running([LONGSHORE, "local", "--listen", "127.0.0.1:0", *dead]) as local:
        queue = Queue(wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group())
        environment = {"DONE": os.path.join(scratch, "done"), **environment}
        queue.send_orders()
        a_broken_runtime_uses_up_no_receive(scratch, queue, environment)
        all_orders_are_processed(scratch, queue, function, environment)
        assert sum(queue.counts("dead").values()) == 0, "an order is a dead letter"
        done = collections.Counter(int(line) for line in open(environment["DONE"]))
    missing = set(range(ORDERS)) - set(done)
    assert not missing, f"{len(missing)} orders were not processed, such as {sorted(missing)[:5]}"
    again = sum(count - 1 for count in done.values())
    # The orders of the batch whose runtime exited, before the one that made it exit.
    assert again <= 9, f"{again} orders were processed again"
    print(f"ok     {name}: {ORDERS} orders, {again} processed again", flush=True)


def the_sample_of_the_document_runs():
    document = open(os.path.join(HERE, "..", "..", "docs", "lambda.md")).read()
    code = re.search(r"```python\n# app.py\n(.*?)```", document, re.DOTALL).group(1)
    with tempfile.TemporaryDirectory() as scratch, \
            running([LONGSHORE, "local", "--listen", "127.0.0.1:0", "--queue", "orders"]) as local:
        queue = Queue(wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group())
        with open(os.path.join(scratch, "app.py"), "w") as file:
            file.write(code)
        for items in (["oranges"], []):
            queue.call("SendMessage", QueueUrl=f"{queue.url}/000000000000/orders", MessageBody=json.dumps({"items": items}))
        command = [sys.executable, "-m", "awslambdaric", "app.handler"]
        process, _ = worker(scratch, queue, command, f"task_root = {json.dumps(scratch)}, ", {})
        with process as process:
            wait_for(process, lambda: ": ['oranges']" in process.said() and "reported in batchItemFailures" in process.said())
        assert queue.left() == 1, "only the order without items is left"
    print("ok     the sample of docs/lambda.md", flush=True)


def main():
    global LONGSHORE
    LONGSHORE, modules, rust = map(os.path.abspath, sys.argv[1:4])
    python = [sys.executable, "-m", "awslambdaric", "app.handler"]
    node = ["node", os.path.join(modules, "aws-lambda-ric", "bin", "index.mjs"), "app.handler"]
    root = "task_root = {}, ".format
    functions = {
        "Python with Powertools": ((python, root(json.dumps(os.path.join(HERE, "python")))), {}),
        "Node.js with middy": ((node, root(json.dumps(os.path.join(HERE, "node")))), {"PACKAGES": os.path.dirname(modules)}),
        "Rust": (([rust], ""), {}),
    }
    failed = 0
    the_sample_of_the_document_runs()
    for name, (function, environment) in functions.items():
        try:
            tried(name, function, environment)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
    print(f"{len(functions) - failed} of {len(functions)} runtimes passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
