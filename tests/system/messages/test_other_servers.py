"""The worker with SQS-compatible servers of other projects: 1,000 messages each, sent by boto3."""

import collections
import importlib.metadata
import json
import time

import pytest

from running.other_servers import other_server
from running.worker import until_empty

MESSAGES = 1000
VISIBILITY_SECONDS = 30
ROUNDS = 3


@pytest.fixture
def http_handler(application):
    """The arguments of a worker whose handler is an HTTP server in this process, and a function that returns how often
    it got each body."""
    started = application()
    return ["--http", started.url], lambda: started.begun


@pytest.fixture
def command_handler(tmp_path):
    """The same for a command, which appends the body to a file."""
    record = tmp_path / "bodies"
    command = ["sh", "-c", 'body=$(cat); echo "$body" >> "$1"', "sh", str(record)]
    return ["--", *command], lambda: collections.Counter(record.read_text().split())


def send(sqs, url):
    bodies = [f"m{number}" for number in range(MESSAGES)]
    for start in range(0, MESSAGES, 10):
        entries = [{"Id": body, "MessageBody": body} for body in bodies[start:start + 10]]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert not answer.get("Failed"), answer
    return bodies


def run_worker(longshore, endpoint, handler):
    """Runs the worker until the queue is empty. Returns the log lines above the level INFO."""
    settings = ["--set", "defaults.wait=1s", "--set", "defaults.concurrency=20",
                "--set", f"defaults.visibility={VISIBILITY_SECONDS}s"]
    output = until_empty(longshore, endpoint, *settings, "--queue", "orders", *handler, seconds=600)
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if line["level"] != "INFO"]


def waiting(sqs, url):
    """The numbers of messages that are visible and in flight, as the server reports them."""
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
    return tuple(int(found[kind]) for kind in kinds)


def drain(longshore, sqs, url, endpoint, handler):
    """Runs workers until the server reports no messages."""
    warnings = []
    for _ in range(ROUNDS):
        warnings += run_worker(longshore, endpoint, handler)
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


# moto is slow, a few requests per second, so only one handler runs with it.
@pytest.mark.parametrize(("name", "handler"), [
    pytest.param("ministack", "command_handler", id="ministack, command handler"),
    pytest.param("ministack", "http_handler", id="ministack, http handler"),
    pytest.param("moto", "http_handler", id="moto, http handler", marks=pytest.mark.timeout(1800)),
])
def test_the_worker_with_other_queue_servers(longshore, start, request, name, handler):
    arguments, handled = request.getfixturevalue(handler)
    endpoint = start(other_server(name))
    sqs = endpoint.client(retries={"total_max_attempts": 1})
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sent = send(sqs, url)
    began = time.monotonic()
    warnings = drain(longshore, sqs, url, endpoint.url, arguments)
    took = time.monotonic() - began
    times = handled()
    missing, unknown = set(sent) - set(times), set(times) - set(sent)
    assert not missing, f"missing: {sorted(missing)}"
    assert not unknown, f"never sent: {sorted(unknown)}"
    print(f"{name} {importlib.metadata.version(name)}: {MESSAGES} messages in {took:.1f} s; "
          f"{describe(times.total() - MESSAGES, warnings)}")
