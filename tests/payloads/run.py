"""Payloads in S3: messages of the extended client for Python, and those that the one for Java sends.

usage: python run.py PATH_OF_LONGSHORE

The queue is `longshore local`, and S3 is moto. Exits 1 if a payload differs, a missing object is no rejection, an object
is deleted that must stay, or an outage of S3 uses a receive.
"""

import hashlib
import json
import logging
import os
import random
import re
import sys
import tempfile
import urllib.request

import boto3
import sqs_extended_client  # noqa: F401: it adds its methods to the clients of boto3
from moto.server import ThreadedMotoServer

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))
from processes import free_port, running, wait_for  # noqa: E402: in another folder of tests

LONGSHORE = os.path.abspath(sys.argv[1])
BUCKET = "payloads"
MEGABYTE = 1024 * 1024
OUTAGE_MESSAGES = 10
# A hash, the number of receives, and how many attributes of the extended client the handler has.
HANDLER = """set -e
sum=$(sha256sum); attributes=$(env | grep -c LONGSHORE_ATTR_.*PAYLOAD || true)
echo "$LONGSHORE_QUEUE ${sum%% *} $LONGSHORE_RECEIVE_COUNT $attributes" >> "$CALLS"
"""
CONFIG = """
[admin]
listen = "127.0.0.1:0"
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


class Scene:
    """The queues, the bucket, and what the handler has written."""

    def __init__(self, url, s3_url, scratch):
        self.url, self.s3_url, self.calls = url, s3_url, os.path.join(scratch, "calls")
        self.config = os.path.join(scratch, "longshore.toml")
        with open(self.config, "w") as file:
            file.write(CONFIG.format(bucket=BUCKET, handler=HANDLER))
        self.s3 = boto3.client("s3", endpoint_url=s3_url)
        self.s3.create_bucket(Bucket=BUCKET)
        self.sqs = boto3.client("sqs", endpoint_url=url)
        self.sqs.large_payload_support = BUCKET
        self.sqs.s3_client = self.s3
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": self.arn(self.dead), "maxReceiveCount": "5"}
        attributes = {"RedrivePolicy": json.dumps(policy)}
        self.queues = {name: self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
                       for name in ("kept", "deleted")}

    def arn(self, queue):
        answer = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]

    def send(self, queue, body, legacy=False):
        """Sends a message by the extended client for Python."""
        self.sqs.use_legacy_attribute = legacy
        self.sqs.send_message(QueueUrl=self.queues[queue], MessageBody=body, MessageAttributes={})

    def send_as_java(self, queue, key, body, attribute, name):
        """Sends a message as the extended client for Java does, in the bytes of its version 2.1.2 or 1."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        pointer = f'["{name}",{{"s3BucketName":"{BUCKET}","s3Key":"{key}"}}]'
        size = {"DataType": "Number", "StringValue": str(len(body.encode()))}
        self.call("SendMessage", QueueUrl=self.queues[queue], MessageBody=pointer, MessageAttributes={attribute: size})

    def receive(self, queue):
        """Receives without the extended client, which would follow the pointers."""
        return self.call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
                         WaitTimeSeconds=1).get("Messages", [])

    def call(self, action, **parameters):
        """A request without boto3, which the extended client changes."""
        headers = {"x-amz-target": f"AmazonSQS.{action}", "content-type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(self.url, json.dumps(parameters).encode(), headers)
        return json.load(urllib.request.urlopen(request, timeout=10))

    def keys(self):
        return {one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def handled(self):
        """The calls of the handler: queue, hash, receives, attributes."""
        if not os.path.exists(self.calls):
            return []
        with open(self.calls) as calls:
            return [tuple(line.split()) for line in calls]

    def worker(self, *arguments):
        command = [LONGSHORE, "run", "--config", self.config, "--endpoint-url", self.url, *arguments]
        return running(command, CALLS=self.calls, AWS_ENDPOINT_URL_S3=self.s3_url)

    def until_empty(self):
        with self.worker("--until-empty") as worker:
            assert worker.wait(timeout=120) == 0, worker.said()[-3000:]
            return worker.said()


def payloads_arrive(scene):
    """Every payload arrives byte for byte, and its object stays or goes as configured."""
    bodies = [text(5 * MEGABYTE), text(300 * 1024), "small"]
    for queue in scene.queues:
        scene.send(queue, bodies[0])
        scene.send(queue, bodies[1], legacy=True)
        scene.send(queue, bodies[2])
        for number, (attribute, name) in enumerate([
            ("ExtendedPayloadSize", "software.amazon.payloadoffloading.PayloadS3Pointer"),
            ("SQSLargePayloadSize", "com.amazon.sqs.javamessaging.MessageS3Pointer"),
        ]):
            body = f"of Java to {queue}, {number}: \u20ac"
            bodies.append(body)
            scene.send_as_java(queue, f"{queue}/java {number}+\u00e9", body, attribute, name)
    before = scene.keys()
    assert len(before) == 8, before
    scene.until_empty()
    handled = scene.handled()
    expected = {("kept", digest(body)) for body in bodies[:3]} | {("deleted", digest(body)) for body in bodies[:3]}
    expected |= {(body.split()[3].rstrip(","), digest(body)) for body in bodies[3:]}
    assert {one[:2] for one in handled} == expected and len(handled) == 10, handled
    assert {one[2:] for one in handled} == {("1", "0")}, handled
    kept = scene.keys()
    assert len(kept) == 4 and {key for key in kept if "/" in key} == {"kept/java 0+\u00e9", "kept/java 1+\u00e9"}, kept


def missing_objects_are_rejected(scene):
    """A message without its object, or with one that is too large, is in the dead-letter queue with the reason."""
    calls = len(scene.handled())
    present = scene.keys()
    scene.send("deleted", text(300 * 1024))
    [gone] = scene.keys() - present
    scene.s3.delete_object(Bucket=BUCKET, Key=gone)
    scene.send("kept", text(6 * MEGABYTE + 1))
    [large] = scene.keys() - present
    scene.until_empty()
    assert len(scene.handled()) == calls, "a handler was called without its payload"
    letters = []
    while len(letters) < 2:
        answer = scene.receive(scene.dead)
        assert answer, f"{len(letters)} dead letters"
        letters += answer
    reasons = {json.loads(one["Body"])[1]["s3Key"]: one["MessageAttributes"] for one in letters}
    for key, why in ((gone, "NoSuchKey"), (large, "bytes")):
        reason = reasons[key]["longshore.reason"]["StringValue"]
        assert f"s3://{BUCKET}/{key}" in reason and why in reason, reason
        assert "ExtendedPayloadSize" in reasons[key], reasons[key]


def an_outage_uses_no_receive(scene, stop_s3, start_s3):
    """S3 is away when the worker starts. Its messages are handled in their first receive when S3 is back."""
    before = scene.handled()
    bodies = [text(300 * 1024 + number) for number in range(OUTAGE_MESSAGES)]
    for body in bodies:
        scene.send("kept", body)
    stop_s3()
    with scene.worker() as worker:
        opened = r"circuit breaker is open.*s3://"
        wait_for(worker, lambda: re.search(opened, worker.said()))
        admin = wait_for(worker, lambda: re.search(r"http://127\.0\.0\.1:\d+", worker.said())).group()
        reads = wait_for(worker, lambda: metric(admin, 'longshore_payload_reads_total{queue="kept",result="unavailable"}'))
        assert reads >= 1 and scene.handled() == before
        status = json.load(urllib.request.urlopen(f"{admin}/slo", timeout=10))
        [kept] = [queue for queue in status["queues"] if queue["queue"] == "kept"]
        assert kept["work"]["state"] == "paused" and "s3://" in kept["work"]["why"], kept["work"]
        start_s3()
        wait_for(worker, lambda: len(scene.handled()) >= len(before) + OUTAGE_MESSAGES)
        handled = scene.handled()[len(before):]
        assert {one[:3] for one in handled} == {("kept", digest(body), "1") for body in bodies}, handled
        read = metric(admin, 'longshore_payload_reads_total{queue="kept",result="ok"}')
        assert read == OUTAGE_MESSAGES, read


def the_sample_of_the_page_works(scene):
    """The configuration and the program of docs/payloads.md, as they are."""
    page = open(os.path.join(HERE, "..", "..", "docs", "payloads.md")).read()
    blocks = dict(re.findall(r"```(toml|python|text)\n(.*?)```", page, re.DOTALL))
    scene.s3.create_bucket(Bucket="order-payloads")
    scene.sqs.create_queue(QueueName="orders")
    config = os.path.join(os.path.dirname(scene.config), "sample.toml")
    with open(config, "w") as file:
        file.write(blocks["toml"])
    endpoints = {"AWS_ENDPOINT_URL_SQS": scene.url, "AWS_ENDPOINT_URL_S3": scene.s3_url}
    with running([sys.executable, "-c", blocks["python"]], **endpoints) as program:
        assert program.wait(timeout=60) == 0, program.said()
    command = [LONGSHORE, "run", "--config", config, "--endpoint-url", scene.url, "--until-empty",
               "--set", "admin.listen=127.0.0.1:0"]
    with running(command, **endpoints) as worker:
        assert worker.wait(timeout=60) == 0, worker.said()
        assert re.search(rf"\b{blocks['text'].strip()}\b", worker.said()), worker.said()


def metric(admin, series):
    text = urllib.request.urlopen(f"{admin}/metrics", timeout=10).read().decode()
    values = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(series + " ")]
    return sum(values)


def main():
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "test"
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    port = free_port()
    # In this process, so that what it stores survives an outage.
    server = [ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)]
    server[0].start()

    def start_s3():
        server[0] = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        server[0].start()

    cases = {
        "payloads arrive byte for byte": payloads_arrive,
        "missing and too large objects are rejected with the reason": missing_objects_are_rejected,
        "an outage of S3 uses no receive":
            lambda scene: an_outage_uses_no_receive(scene, lambda: server[0].stop(), start_s3),
        "the sample of docs/payloads.md works": the_sample_of_the_page_works,
    }
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, running([LONGSHORE, "local", "--listen", "127.0.0.1:0"]) as local:
        url = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        scene = Scene(url, f"http://127.0.0.1:{port}", scratch)
        for name, case in cases.items():
            try:
                case(scene)
                print(f"ok     {name}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}: {error}", flush=True)
    server[0].stop()
    print(f"{len(cases) - failed} of {len(cases)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
