"""The worker with SQS-compatible servers of other projects: 1,000 messages each, sent by boto3.

usage: python other_servers.py PATH_OF_LONGSHORE

Exits 1 if any case fails.
"""

import collections
import contextlib
import http.server
import importlib.metadata
import json
import os
import sys
import tempfile
import threading
import time
import traceback

import boto3
from botocore.config import Config

from processes import answers, free_port, running, wait_for

LONGSHORE = os.path.abspath(sys.argv[1])
MESSAGES = 1000
VISIBILITY_SECONDS = 30
ROUNDS = 3
SERVERS = {
    "ministack": lambda port: (["ministack"], {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}),
    "moto": lambda port: (["moto_server", "--host", "127.0.0.1", "--port", str(port)], {}),
}


@contextlib.contextmanager
def server(name):
    port = free_port()
    (program, *arguments), environment = SERVERS[name](port)
    program = os.path.join(os.path.dirname(sys.executable), program)
    with running([program, *arguments], **environment) as process:
        url = f"http://127.0.0.1:{port}"
        wait_for(process, lambda: answers(url))
        yield url


@contextlib.contextmanager
def http_handler(handled):
    """The arguments of a worker whose handler is an HTTP server in this process."""

    class Application(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            handled.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    application.daemon_threads = True
    threading.Thread(target=application.serve_forever, daemon=True).start()
    try:
        yield ["--http", f"http://127.0.0.1:{application.server_port}/"]
    finally:
        application.shutdown()
        application.server_close()


@contextlib.contextmanager
def command_handler(handled):
    """The arguments of a worker that runs a command, which appends the body to a file."""
    with tempfile.NamedTemporaryFile("r") as record:
        yield ["--", "sh", "-c", 'body=$(cat); echo "$body" >> "$1"', "sh", record.name]
        handled.extend(record.read().split())


def send(sqs, url):
    bodies = [f"m{number}" for number in range(MESSAGES)]
    for start in range(0, MESSAGES, 10):
        entries = [{"Id": body, "MessageBody": body} for body in bodies[start:start + 10]]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert not answer.get("Failed"), answer
    return bodies


def run_worker(endpoint, handler):
    """Runs the worker until the queue is empty. Returns the log lines above the level INFO."""
    settings = ["--set", "defaults.wait=1s", "--set", "defaults.concurrency=20",
                "--set", f"defaults.visibility={VISIBILITY_SECONDS}s"]
    command = [LONGSHORE, "run", "--until-empty", "--endpoint-url", endpoint, "--listen", "127.0.0.1:0", *settings,
               "--queue", "orders", *handler]
    with running(command) as worker:
        code = worker.wait(timeout=600)
        assert code == 0, f"expected exit code 0, found {code}. Output of the worker:\n{worker.said()}"
        lines = [json.loads(line) for line in worker.said().splitlines()]
    return [line for line in lines if line["level"] != "INFO"]


def waiting(sqs, url):
    """The numbers of messages that are visible and in flight, as the server reports them."""
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
    return tuple(int(found[kind]) for kind in kinds)


def drain(sqs, url, endpoint, handler):
    """Runs workers until the server reports no messages."""
    warnings = []
    for _ in range(ROUNDS):
        warnings += run_worker(endpoint, handler)
        deadline = time.monotonic() + VISIBILITY_SECONDS + 10
        while waiting(sqs, url)[1] and time.monotonic() < deadline:
            time.sleep(0.5)
        if waiting(sqs, url) == (0, 0):
            return warnings
    visible, in_flight = waiting(sqs, url)
    raise AssertionError(f"expected an empty queue after {ROUNDS} rounds, "
                         f"found {visible} visible messages and {in_flight} in flight")


def describe(twice, warnings):
    if not twice:
        return "each delivered once"
    if not warnings:
        # The worker logs a warning for each delete that is not confirmed.
        return f"{twice} redelivered, although the server had confirmed each delete"
    return f"{twice} redelivered; the worker logged: {collections.Counter(w['message'] for w in warnings)}"


def case(name, handler):
    with server(name) as endpoint:
        sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                           aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sent, handled = send(sqs, url), []
        started = time.monotonic()
        with handler(handled) as arguments:
            warnings = drain(sqs, url, endpoint, arguments)
        took = time.monotonic() - started
        times = collections.Counter(handled)
        missing, unknown = set(sent) - set(times), set(times) - set(sent)
        assert not missing and not unknown, f"missing: {sorted(missing)}; never sent: {sorted(unknown)}"
        print(f"       {MESSAGES} messages in {took:.1f} s; {describe(len(handled) - MESSAGES, warnings)}")


# moto is slow, a few requests per second, so only one handler runs with it.
CASES = [("ministack", command_handler), ("ministack", http_handler), ("moto", http_handler)]


def main():
    failed = 0
    for name, handler in CASES:
        sentence = f"{name} {importlib.metadata.version(name)}, {handler.__name__.replace('_', ' ')}"
        try:
            case(name, handler)
        except Exception:  # noqa: BLE001: any exception is a failure of the case
            failed += 1
            print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
        else:
            print(f"ok     {sentence}", flush=True)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
