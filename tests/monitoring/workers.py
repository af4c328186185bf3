"""The local queues and their workers."""

import contextlib
import json
import re
import signal

from processes import running, wait_for
from waiting import fetch

# The latency of each receive, about that of SQS within its region. Without it, the rate of a short-polling worker
# depends only on the machine.
LATENCY_MILLISECONDS = 10
RECEIVE_LATENCY = {"fault": "latency", "action": "ReceiveMessage", "milliseconds": LATENCY_MILLISECONDS}


class LocalQueues:
    """A client of `longshore local`."""

    def __init__(self, url):
        self.url = url

    def send(self, queue, count, seconds_between=0):
        """Sends all messages at once. The queue delivers one after the other."""
        messages = [{"Id": f"m{n}", "MessageBody": f"m{n}", "DelaySeconds": n * seconds_between}
                    for n in range(count)]
        for start in range(0, count, 10):
            body = {"QueueUrl": f"{self.url}/000000000000/{queue}", "Entries": messages[start:start + 10]}
            response = self.ask("SendMessageBatch", body)
            assert not json.loads(response).get("Failed"), response

    def give_dead_letter_queue(self, queue, max_receives=1000):
        """An empty one. With the default no message of a test is moved there."""
        self.ask("CreateQueue", {"QueueName": f"{queue}-dead"})
        policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{queue}-dead",
                  "maxReceiveCount": max_receives}
        self.ask("SetQueueAttributes", {"QueueUrl": f"{self.url}/000000000000/{queue}",
                                        "Attributes": {"RedrivePolicy": json.dumps(policy)}})

    def ask(self, action, body):
        return fetch(self.url, body, headers={"X-Amz-Target": f"AmazonSQS.{action}"})

    def set_faults(self, rules):
        fetch(f"{self.url}/_local/faults", {"rules": rules}, method="PUT")


@contextlib.contextmanager
def local_queues(longshore, names):
    queues = [argument for name in names for argument in ("--queue", name)]
    with running([longshore, "local", "--listen", "127.0.0.1:0", *queues]) as process:
        found = wait_for(process, lambda: re.search(r"http://127\.0\.0\.1:\d+", process.said()))
        process.queues = LocalQueues(found.group())
        process.queues.set_faults([RECEIVE_LATENCY])
        yield process


@contextlib.contextmanager
def worker(longshore, endpoint, queue, settings, handler, *options):
    """A worker of one queue. `longshore check` must accept its configuration."""
    settings = [argument for setting in settings for argument in ("--set", setting)]
    arguments = ["--endpoint-url", endpoint, "--listen", "127.0.0.1:0", *settings, "--queue", queue, "--", *handler]
    with running([longshore, "check", *arguments]) as check:
        assert check.wait(timeout=60) == 0, f"{arguments}\n{check.said()}"
    with running([longshore, "run", *options, *arguments]) as process:
        found = wait_for(process, lambda: re.search(r'"admin":"http://([^"]+)"', process.said()))
        process.instance = found.group(1)
        try:
            yield process
        finally:
            # A normal shutdown would wait for the open long poll.
            process.kill()


def terminate(process):
    process.send_signal(signal.SIGTERM)


def wait_for_ledger(process):
    """The exit code of the worker, and its shutdown ledger."""
    code = process.wait(timeout=60)
    lines = (json.loads(line) for line in process.said().splitlines() if line.startswith("{"))
    ledger = next((line for line in lines if line["message"] == "shutdown ledger"), None)
    assert ledger, f"exit code {code}, and no shutdown ledger:\n{process.said()}"
    return code, ledger
