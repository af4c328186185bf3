"""`longshore local`, and a client of it."""

import contextlib
import json
import re

import boto3
from botocore.config import Config

from running.processes import running, wait_for
from running.web import fetch

REGION, ACCOUNT = "us-east-1", "000000000000"
# The latency of each receive, about that of SQS within its region. Without it, the rate of a short-polling worker
# depends only on the machine.
RECEIVE_LATENCY = {"fault": "latency", "action": "ReceiveMessage", "milliseconds": 10}


class LocalQueue:
    """A running queue server with its queues."""

    def __init__(self, url, process=None):
        self.url, self.process = url, process

    def queue_url(self, queue):
        return f"{self.url}/{ACCOUNT}/{queue}"

    def call(self, action, **parameters):
        """One request in SQS's JSON protocol. A `QueueUrl` can be the name of the queue."""
        if queue := parameters.get("QueueUrl"):
            parameters["QueueUrl"] = queue if "/" in queue else self.queue_url(queue)
        headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"}
        return json.loads(fetch(self.url, parameters, headers=headers) or "{}")

    def client(self, **settings):
        """A boto3 client."""
        return boto3.client("sqs", endpoint_url=self.url, region_name=REGION, aws_access_key_id="test",
                            aws_secret_access_key="test", config=Config(**settings))

    def send(self, queue, bodies, **more):
        """Sends a message per body, ten at once. `more` has further fields of each entry. A value can be a function of
        the number of the message."""
        entries = [{"Id": str(number), "MessageBody": body, **at(number, more)} for number, body in enumerate(bodies)]
        for first in range(0, len(entries), 10):
            answer = self.call("SendMessageBatch", QueueUrl=queue, Entries=entries[first:first + 10])
            assert not answer.get("Failed"), answer

    def attributes(self, queue):
        return self.call("GetQueueAttributes", QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    def counts(self, queue):
        """The numbers of messages that are visible, in flight and delayed."""
        state = json.loads(fetch(f"{self.url}/_local/state"))
        found = next(one for one in state["queues"] if one["name"] == queue)
        return {name: found[name] for name in ("visible", "in_flight", "delayed")}

    def left(self, queue):
        """All messages of the queue."""
        return sum(self.counts(queue).values())

    def set_faults(self, rules):
        fetch(f"{self.url}/_local/faults", {"rules": list(rules)}, method="PUT")

    def clear_faults(self):
        fetch(f"{self.url}/_local/faults", method="DELETE")


def at(number, fields):
    return {name: value(number) if callable(value) else value for name, value in fields.items()}


def arn(queue):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def redriving(queue, dead, receives):
    """The argument of `--queue` for a queue whose messages go to `dead` after this number of receives. The dead-letter
    queue must come first."""
    policy = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": str(receives)}
    return f"{queue}:RedrivePolicy={json.dumps(policy)}"


@contextlib.contextmanager
def local_queue(longshore, *queues, options=()):
    """A queue server on a free port with these queues."""
    created = [argument for queue in queues for argument in ("--queue", queue)]
    with running([longshore, "local", "--listen", "127.0.0.1:0", *options, *created]) as process:
        found = wait_for(process, lambda: re.search(r"http://127\.0\.0\.1:\d+", process.said()))
        yield LocalQueue(found.group(), process)
