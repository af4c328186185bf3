"""Deletes, visibility changes and dead-letter queues."""

import json
import time

from queue_server.calls import (
    IS_QUERY,
    SQS,
    attributes,
    bodies,
    counts,
    delete,
    hide,
    invalid,
    name,
    queue,
    receive,
    refused,
    send,
)


def test_a_deleted_message_is_gone_and_deleting_it_again_succeeds():
    url = queue()
    send(url)
    (got,) = receive(url)
    delete(url, got), delete(url, got)
    assert counts(url) == (0, 0, 0)


def test_a_stale_receipt_deletes_nothing_and_succeeds():
    url = queue(VisibilityTimeout="0")
    send(url)
    (stale,), (newest,) = receive(url), receive(url)
    assert stale["ReceiptHandle"] != newest["ReceiptHandle"]
    delete(url, stale)
    assert counts(url) == (1, 0, 0)
    delete(url, newest)
    assert counts(url) == (0, 0, 0)


def test_the_newest_receipt_deletes_even_after_its_visibility_timeout():
    url = queue(VisibilityTimeout="1")
    send(url)
    (got,) = receive(url)
    time.sleep(1.1)
    delete(url, got)
    assert counts(url) == (0, 0, 0)


def test_an_invalid_receipt_handle_is_refused():
    url = queue()
    garbage = {"ReceiptHandle": "garbage"}
    refused("ReceiptHandleIsInvalid", 404, delete, url, garbage)
    refused("ReceiptHandleIsInvalid", 404, hide, url, garbage, 1)


def test_a_receipt_handle_is_valid_for_one_queue():
    url, other = queue(), queue()
    send(url)
    (got,) = receive(url)
    refused("ReceiptHandleIsInvalid", 404, delete, other, got)


def test_a_visibility_change_counts_from_now():
    url = queue(VisibilityTimeout="1")
    send(url)
    (got,) = receive(url)
    hide(url, got, 30)
    time.sleep(1.2)
    assert counts(url) == (0, 1, 0)


def test_visibility_zero_releases_the_message_at_once():
    url = queue()
    send(url)
    (got,) = receive(url)
    hide(url, got, 0)
    (again,) = receive(url, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_an_older_receipt_changes_the_visibility_of_a_message_in_flight():
    url = queue()
    send(url)
    (stale,) = receive(url, VisibilityTimeout=0)
    receive(url)
    hide(url, stale, 0)
    assert counts(url) == (1, 0, 0)


def test_a_visibility_change_requires_a_message_in_flight():
    url = queue(VisibilityTimeout="0")
    send(url)
    (stale,), (newest,) = receive(url), receive(url)
    assert "not available for visibility timeout change" in invalid(hide, url, stale, 5)
    delete(url, newest)
    assert "Message does not exist" in invalid(hide, url, newest, 5)


def test_visibility_can_be_changed_after_it_expired():
    url = queue(VisibilityTimeout="1")
    send(url)
    (got,) = receive(url)
    time.sleep(1.1)
    hide(url, got, 30)
    assert counts(url) == (0, 1, 0)


def test_a_message_is_invisible_for_at_most_twelve_hours():
    url = queue()
    send(url)
    (got,) = receive(url)
    invalid(hide, url, got, 43201)
    time.sleep(0.01)
    assert "beyond the limit [43200 seconds]" in invalid(hide, url, got, 43200)
    hide(url, got, 43195)


def redrive(count, target=None):
    target = target or queue()
    arn = attributes(target, "QueueArn")["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})
    return queue(VisibilityTimeout="0", RedrivePolicy=policy), target


def test_a_message_above_its_receive_limit_becomes_a_dead_letter():
    source, dead = redrive(2)
    sent = send(source, "poison")
    assert bodies(source) == bodies(source) == ["poison"]
    assert bodies(source) == []
    assert counts(source) == (0, 0, 0)
    (moved,) = receive(dead, AttributeNames=["All"])
    assert moved["MessageId"] == sent["MessageId"]
    assert moved["Attributes"]["DeadLetterQueueSourceArn"] == attributes(source, "QueueArn")["QueueArn"]


def test_the_sources_of_a_dead_letter_queue_are_listed():
    source, dead = redrive(2)
    other, _ = redrive(3, dead)
    found = SQS.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    assert sorted(found) == sorted([source, other])
    # An old client leaves out an empty list.
    assert SQS.list_dead_letter_source_queues(QueueUrl=source).get("queueUrls", [] if IS_QUERY else None) == []


def test_redrive_policies_are_checked_and_can_be_removed():
    arn = "arn:aws:sqs:us-east-1:000000000000:"
    for policy in ("{", '{"maxReceiveCount":1}', json.dumps({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}),
                   json.dumps({"deadLetterTargetArn": arn + name(), "maxReceiveCount": 1})):
        invalid(SQS.create_queue, QueueName=name(), Attributes={"RedrivePolicy": policy})
    source, _ = redrive(2)
    assert json.loads(attributes(source)["RedrivePolicy"])["maxReceiveCount"] == 2
    SQS.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes(source)


def test_a_dead_letter_queue_can_refuse_its_sources():
    dead = queue(RedriveAllowPolicy='{"redrivePermission":"denyAll"}')
    invalid(redrive, 2, dead)
    arn = attributes(dead, "QueueArn")["QueueArn"]
    for bad in ({"redrivePermission": "denyAll", "sourceQueueArns": [arn]},
                {"redrivePermission": "byQueue", "sourceQueueArns": [arn] * 11}):
        refused("InvalidAttributeValue", 400, queue, RedriveAllowPolicy=json.dumps(bad))
