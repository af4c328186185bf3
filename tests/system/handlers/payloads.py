"""Queues with payloads in S3: the queue server is `longshore local`, and S3 is moto in the process of the test."""

import hashlib
import logging
import random

import boto3
import moto.server
import pytest

from running.local_queue import redriving
from running.processes import free_port
from running.web import fetch
from running.worker import until_empty, worker

BUCKET = "payloads"
QUEUES = ("kept", "deleted")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
# A hash, the number of receives, and how many attributes of the extended client the handler has.
HANDLER = """set -e
sum=$(sha256sum); attributes=$(env | grep -c LONGSHORE_ATTR_.*PAYLOAD || true)
echo "$LONGSHORE_QUEUE ${sum%% *} $LONGSHORE_RECEIVE_COUNT $attributes" >> "$CALLS"
"""
CONFIG = """
[defaults]
wait = "1s"
on_reject = "dead_letter"
payloads = {{ buckets = ["{bucket}"], max_mib = 6 }}
handler = {{ command = ["sh", "-c", '''{handler}'''] }}
[[queue]]
name = "kept"
[[queue]]
name = "deleted"
payloads = {{ delete = true }}
"""


def text(size):
    """A text of this number of bytes, with characters of each length."""
    letters = random.Random(size).choices("aZ09 \n\"\\\u00e9\u20ac\U0001f34a", k=size)
    encoded = "".join(letters).encode()[:size]
    whole = encoded.decode(errors="ignore")
    return whole + "." * (size - len(whole.encode()))


def digest(body):
    return hashlib.sha256(body.encode()).hexdigest()


def extended_session():
    """A session of the extended client. When it is imported, it replaces the session of boto3. The other tests of this
    process need that of boto3."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((boto3, "Session"), (boto3.session, "Session"), (boto3, "DEFAULT_SESSION")):
            patch.setattr(module, name, getattr(module, name))
        from sqs_extended_client.client import SQSExtendedClientSession
    return SQSExtendedClientSession(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


class S3:
    """moto's S3 in this process, so that what it stores survives an outage."""

    def __init__(self):
        # Do not log each request.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        # Another test can have used the memory of moto.
        fetch(f"{self.url}/moto-api/reset", method="POST")

    def start(self):
        self.server = moto.server.ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()

    def stop(self):
        self.server.stop()


class Scene:
    """The queues, the bucket, and what the handler has written."""

    def __init__(self, longshore, queue_server, s3, folder):
        self.longshore, self.server, self.storage = longshore, queue_server, s3
        self.record = folder / "calls"
        session = extended_session()
        self.s3 = session.client("s3", endpoint_url=s3.url)
        self.s3.create_bucket(Bucket=BUCKET)
        self.sqs = session.client("sqs", endpoint_url=queue_server.url)
        self.sqs.large_payload_support = BUCKET
        self.sqs.s3_client = self.s3

    def send(self, queue, body, legacy=False):
        """Sends a message by the extended client for Python."""
        self.sqs.use_legacy_attribute = legacy
        self.sqs.send_message(QueueUrl=self.server.queue_url(queue), MessageBody=body, MessageAttributes={})

    def send_as_java(self, queue, key, body, attribute, name):
        """Sends a message as the extended client for Java does, in the bytes of its version 2.1.2 or 1."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        pointer = f'["{name}",{{"s3BucketName":"{BUCKET}","s3Key":"{key}"}}]'
        size = {"DataType": "Number", "StringValue": str(len(body.encode()))}
        self.server.call("SendMessage", QueueUrl=queue, MessageBody=pointer, MessageAttributes={attribute: size})

    def receive(self, queue):
        """Receives without the extended client, which would follow the pointers."""
        return self.server.call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10,
                                MessageAttributeNames=["All"], WaitTimeSeconds=1).get("Messages", [])

    def keys(self):
        return {one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def handled(self):
        """The calls of the handler: queue, hash, receives, attributes."""
        if not self.record.exists():
            return []
        return [tuple(line.split()) for line in self.record.read_text().splitlines()]

    def config(self):
        return CONFIG.format(bucket=BUCKET, handler=HANDLER)

    def environment(self):
        return {**CREDENTIALS, "CALLS": str(self.record), "AWS_ENDPOINT_URL_S3": self.storage.url}

    def worker(self):
        """A worker that runs until the end of its block."""
        return worker(self.longshore, self.server, config=self.config(), **self.environment())

    def work_until_empty(self):
        until_empty(self.longshore, self.server, config=self.config(), **self.environment())


def created():
    """The queues of a scene, as `longshore local` creates them."""
    return ["dead", *(redriving(queue, "dead", 5) for queue in QUEUES)]
