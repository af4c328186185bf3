"""Functions of AWS Lambda run unchanged on Longshore, in the runtimes of AWS for Python, Node.js and Rust.

Each function processes 10,000 orders; LAMBDA_ORDERS is another number. One order in 50 fails at its first receive, and
one makes its runtime exit. In the middle the worker gets SIGTERM, and another one continues. Then each order must be
processed, and none may be a dead letter.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
from typing import NamedTuple

import pytest

from running.local_queue import redriving
from running.processes import until, wait_for
from running.web import fetch

HERE = pathlib.Path(__file__).resolve().parent / "functions"
ORDERS = int(os.environ.get("LAMBDA_ORDERS", 10_000))
# After three failed receives an order is a dead letter. One failure and one crash of its batch leave one.
RECEIVES = 3
# The orders of the batch whose runtime exited, before the one that made it exit.
MOST_AGAIN = 9
PROCESS_SECONDS = 300
CONFIG = """
[[queue]]
name = "orders"
concurrency = 40
batch = {{ max = 10, window = "50ms" }}
retry = {{ base = "1s", max = "1s" }}
handler = {{ lambda = {command}, {settings}timeout = "20s" }}
"""


class Function(NamedTuple):
    command: list[str]
    # The folder of the code.
    root: pathlib.Path | None = None
    environment: dict[str, str] = {}

    def config(self):
        settings = f"task_root = {json.dumps(str(self.root))}, " if self.root else ""
        return CONFIG.format(command=json.dumps(self.command), settings=settings)


@pytest.fixture
def python(root):
    return Function([sys.executable, "-m", "awslambdaric", "app.handler"], HERE / "python")


@pytest.fixture
def node(needs, node_modules):
    needs("node")
    runtime = node_modules / "aws-lambda-ric/bin/index.mjs"
    return Function(["node", str(runtime), "app.handler"], HERE / "node", {"PACKAGES": str(node_modules.parent)})


@pytest.fixture(scope="session")
def rust(root):
    if not shutil.which("cargo"):
        pytest.skip("cargo is missing, which builds the function in Rust; install Rust: https://rustup.rs")
    target = root / "target/lambda/rust"
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--manifest-path", HERE / "rust/Cargo.toml",
                    "--target-dir", target], check=True)
    return Function([str(target / "debug/lambda-function")])


@pytest.fixture
def queue(local_queue):
    return local_queue("dead", redriving("orders", "dead", RECEIVES))


def asks(number):
    if number == ORDERS // 2 + 1:
        return "crash"
    return "fail" if number % 50 == 7 else "work"


def send_orders(queue):
    queue.send("orders", [json.dumps({"number": number, "asks": asks(number)}) for number in range(ORDERS)])


def most_receives(queue):
    """The largest receive count of the messages, seen without a receive."""
    headers = {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"}
    url = f"{queue.url}/_aws/sqs/messages?QueueUrl={queue.queue_url('orders')}&ShowInvisible=true"
    messages = json.loads(fetch(url, {}, headers=headers))["Messages"]
    assert len(messages) == ORDERS, f"{len(messages)} messages"
    return max(int(message["Attributes"]["ApproximateReceiveCount"]) for message in messages)


def test_a_broken_runtime_uses_up_no_receive(queue, worker):
    """/readyz is 503, and /slo has the last lines of the runtime."""
    send_orders(queue)
    broken = Function([sys.executable, "-c", "import no_such_module_of_the_function"])
    started = worker(queue, config=broken.config())

    def is_reported():
        try:
            fetch(f"{started.url}/readyz")
        except urllib.error.HTTPError as error:
            return error.code == 503 and (
                "No module named 'no_such_module_of_the_function'" in fetch(f"{started.url}/slo"))
        return False

    wait_for(started.process, is_reported)
    assert most_receives(queue) == 0


@pytest.mark.parametrize("runtime", [
    pytest.param("python", id="Python with Powertools"),
    pytest.param("node", id="Node.js with middy"),
    # The time of the build counts too.
    pytest.param("rust", id="Rust", marks=pytest.mark.timeout(1800)),
])
def test_all_orders_are_processed(queue, worker, tmp_path, request, runtime):
    function = request.getfixturevalue(runtime)
    record = tmp_path / "done"
    send_orders(queue)
    process_all(queue, lambda: worker(queue, config=function.config(), DONE=str(record), **function.environment))
    assert queue.left("dead") == 0, "an order is a dead letter"
    done = collections.Counter(int(line) for line in record.read_text().splitlines())
    missing = set(range(ORDERS)) - set(done)
    assert not missing, f"{len(missing)} orders were not processed, such as {sorted(missing)[:5]}"
    again = done.total() - len(done)
    assert again <= MOST_AGAIN, f"{again} orders were processed again"
    print(f"{ORDERS} orders, {again} processed again")


def process_all(queue, started):
    """A worker gets SIGTERM in the middle, and another one continues."""
    first = started()
    wait_for_orders(queue, first, ORDERS // 2)
    first.terminate()
    code = first.wait(90)
    assert code == 0, f"the worker ended with {code}:\n{first.said()[-3000:]}"
    second = started()
    wait_for_orders(queue, second, 0)
    assert "exit status: 7" in first.said() + second.said(), "the runtime did not exit"


def wait_for_orders(queue, worker, most):
    """Waits until at most this number of orders is left."""
    def is_reached():
        assert worker.process.poll() is None, f"the worker ended:\n{worker.said()[-3000:]}"
        return queue.left("orders") <= most

    until(f"at most {most} orders", is_reached, PROCESS_SECONDS)


def test_the_sample_of_the_document_runs(local_queue, worker, python, root, tmp_path):
    """The sample of docs/lambda.md."""
    code = re.search(r"```python\n# app.py\n(.*?)```", (root / "docs/lambda.md").read_text(), re.DOTALL).group(1)
    (tmp_path / "app.py").write_text(code)
    queue = local_queue("orders")
    queue.send("orders", [json.dumps({"items": items}) for items in (["oranges"], [])])
    started = worker(queue, config=python._replace(root=tmp_path).config())
    for text in (": ['oranges']", "reported in batchItemFailures"):
        wait_for(started.process, lambda text=text: text in started.said())
    until("only the order without items", lambda: queue.left("orders") == 1)
