"""Payloads in S3: messages of the extended client for Python, and those that the one for Java sends."""

import json
import re
import sys

import pytest

from handlers.payloads import BUCKET, CREDENTIALS, QUEUES, S3, Scene, created, digest, text
from running.processes import running, wait_for
from running.worker import until_empty

MEGABYTE = 1024 * 1024
OUTAGE_MESSAGES = 10
# The attribute and the name in the pointer, of versions 2.1.2 and 1 of the extended client for Java.
JAVA = [("ExtendedPayloadSize", "software.amazon.payloadoffloading.PayloadS3Pointer"),
        ("SQSLargePayloadSize", "com.amazon.sqs.javamessaging.MessageS3Pointer")]


@pytest.fixture
def scene(longshore, local_queue, tmp_path):
    s3 = S3()
    yield Scene(longshore, local_queue(*created()), s3, tmp_path)
    s3.stop()


def send_of_each_kind(scene, queue):
    """Returns the bodies. The last two are sent as the client for Java does."""
    bodies = [text(5 * MEGABYTE), text(300 * 1024), "small"]
    scene.send(queue, bodies[0])
    scene.send(queue, bodies[1], legacy=True)
    scene.send(queue, bodies[2])
    for number, (attribute, name) in enumerate(JAVA):
        bodies.append(f"of Java to {queue}, {number}: \u20ac")
        scene.send_as_java(queue, f"{queue}/java {number}+\u00e9", bodies[-1], attribute, name)
    return bodies


def test_payloads_arrive_byte_for_byte(scene):
    """Each object stays or goes as configured."""
    expected = {(queue, digest(body)) for queue in QUEUES for body in send_of_each_kind(scene, queue)}
    before = scene.keys()
    assert len(before) == 8, before
    scene.work_until_empty()
    handled = scene.handled()
    assert {one[:2] for one in handled} == expected, handled
    assert len(handled) == 10, handled
    assert {one[2:] for one in handled} == {("1", "0")}, handled
    kept = scene.keys()
    assert len(kept) == 4, kept
    assert {key for key in kept if "/" in key} == {"kept/java 0+\u00e9", "kept/java 1+\u00e9"}, kept


def dead_letters(scene, count):
    letters = []
    while len(letters) < count:
        answer = scene.receive("dead")
        assert answer, f"{len(letters)} dead letters"
        letters += answer
    return letters


def test_missing_and_too_large_objects_are_rejected_with_the_reason(scene):
    """The message is in the dead-letter queue with the reason."""
    scene.send("deleted", text(300 * 1024))
    [gone] = scene.keys()
    scene.s3.delete_object(Bucket=BUCKET, Key=gone)
    scene.send("kept", text(6 * MEGABYTE + 1))
    [large] = scene.keys()
    scene.work_until_empty()
    assert scene.handled() == [], "a handler was called without its payload"
    reasons = {json.loads(one["Body"])[1]["s3Key"]: one["MessageAttributes"] for one in dead_letters(scene, 2)}
    for key, why in ((gone, "NoSuchKey"), (large, "bytes")):
        reason = reasons[key]["longshore.reason"]["StringValue"]
        assert f"s3://{BUCKET}/{key}" in reason, reason
        assert why in reason, reason
        assert "ExtendedPayloadSize" in reasons[key], reasons[key]


def test_an_outage_of_S3_uses_no_receive(scene):
    """S3 is unreachable when the worker starts. Its messages are handled in their first receive when S3 is back."""
    bodies = [text(300 * 1024 + number) for number in range(OUTAGE_MESSAGES)]
    for body in bodies:
        scene.send("kept", body)
    scene.storage.stop()
    with scene.worker() as worker:
        wait_for(worker.process, lambda: re.search(r"circuit breaker is open.*s3://", worker.said()))
        wait_for(worker.process, lambda: reads(worker, "unavailable") >= 1)
        assert scene.handled() == []
        [kept] = [queue for queue in worker.report()["queues"] if queue["queue"] == "kept"]
        assert kept["work"]["state"] == "paused", kept["work"]
        assert "s3://" in kept["work"]["why"], kept["work"]
        scene.storage.start()
        wait_for(worker.process, lambda: len(scene.handled()) >= OUTAGE_MESSAGES)
        handled = scene.handled()
        assert {one[:3] for one in handled} == {("kept", digest(body), "1") for body in bodies}, handled
        assert reads(worker, "ok") == OUTAGE_MESSAGES


def reads(worker, result):
    """The number of reads with this result. A series begins with its first read."""
    series = f'longshore_payload_reads_total{{queue="kept",result="{result}"}} '
    return worker.metric(series) if series in worker.metrics() else 0


def test_the_sample_of_docs_payloads_md_works(longshore, scene, root):
    """The configuration and the program of the page, as they are."""
    page = (root / "docs/payloads.md").read_text()
    blocks = dict(re.findall(r"```(toml|python|text)\n(.*?)```", page, re.DOTALL))
    scene.s3.create_bucket(Bucket="order-payloads")
    scene.sqs.create_queue(QueueName="orders")
    environment = {**CREDENTIALS, "AWS_ENDPOINT_URL_SQS": scene.server.url, "AWS_ENDPOINT_URL_S3": scene.storage.url}
    with running([sys.executable, "-c", blocks["python"]], **environment) as program:
        assert program.wait(timeout=120) == 0, program.said()
    output = until_empty(longshore, scene.server, config=blocks["toml"], **environment)
    assert re.search(rf"\b{blocks['text'].strip()}\b", output), output
