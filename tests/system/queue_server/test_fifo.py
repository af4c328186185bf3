"""FIFO queues: order, groups, deduplication and receive attempts."""

import json
import time
import uuid

from queue_server.calls import (
    SQS,
    attributes,
    bodies,
    counts,
    delete,
    entries,
    fifo,
    hide,
    invalid,
    queue,
    receive,
    refused,
    send,
    send_fifo,
)


def test_a_fifo_queue_returns_its_settings():
    found = attributes(fifo(FifoQueue="True", ContentBasedDeduplication="TRUE"))
    for attribute, value in (("FifoQueue", "true"), ("ContentBasedDeduplication", "true"),
                             ("DeduplicationScope", "queue"), ("FifoThroughputLimit", "perQueue")):
        assert found[attribute] == value, attribute


def test_a_fifo_queue_cannot_become_a_standard_queue():
    refused("InvalidAttributeValue", 400, SQS.set_queue_attributes, QueueUrl=fifo(), Attributes={"FifoQueue": "false"})


def test_a_fifo_send_requires_a_group_and_a_deduplication_id():
    url = fifo()
    refused("MissingParameter", 400, send, url, MessageDeduplicationId="a")
    no_id = ("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
             "explicitly")
    assert invalid(send, url, MessageGroupId="g") == no_id
    invalid(send_fifo, url, "m", id="a b")
    invalid(send_fifo, url, "m", DelaySeconds=2)
    invalid(SQS.send_message_batch, QueueUrl=url, Entries=entries(2, MessageDeduplicationId="a"))
    one_without_id = entries(2, MessageGroupId="g")
    one_without_id[0]["MessageDeduplicationId"] = "a"
    assert invalid(SQS.send_message_batch, QueueUrl=url, Entries=one_without_id) == no_id
    assert counts(url) == (0, 0, 0)


def test_a_standard_queue_accepts_a_group_but_no_deduplication_id():
    url = queue()
    send(url, MessageGroupId="tenant")
    (got,) = receive(url, AttributeNames=["All"])
    assert got["Attributes"]["MessageGroupId"] == "tenant"
    invalid(send, url, MessageDeduplicationId="a")


def test_messages_are_received_in_order_of_their_sequence_numbers():
    url = fifo()
    numbers = [send_fifo(url, str(n))["SequenceNumber"] for n in range(5)]
    assert numbers == sorted(numbers)
    assert {len(number) for number in numbers} == {20}
    got = receive(url, AttributeNames=["All"])
    assert [message["Body"] for message in got] == ["0", "1", "2", "3", "4"]
    assert [message["Attributes"]["SequenceNumber"] for message in got] == numbers
    assert got[0]["Attributes"]["MessageGroupId"] == "g"
    assert got[0]["Attributes"]["MessageDeduplicationId"] == "0"


def test_a_message_in_flight_blocks_its_group_and_no_other():
    url = fifo()
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        send_fifo(url, body, group)
    (first,) = receive(url, 1)
    assert first["Body"] == "a1"
    assert bodies(url) == ["b1"]
    delete(url, first)
    assert bodies(url) == ["a2"]


def test_a_receive_fills_up_from_one_group_first():
    url = fifo()
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b")):
        send_fifo(url, body, group)
    assert [message["Body"] for message in receive(url, 3)] == ["a1", "a2", "b1"]


def test_a_received_group_moves_behind_the_others():
    url = fifo(VisibilityTimeout="0")
    for body, group in (("poison", "a"), ("b1", "b"), ("c1", "c")):
        send_fifo(url, body, group)
    assert [receive(url, 1)[0]["Body"] for _ in range(4)] == ["poison", "b1", "c1", "poison"]


def test_a_released_message_is_redelivered_in_its_place():
    url = fifo()
    [send_fifo(url, str(n)) for n in range(3)]
    received = receive(url)
    hide(url, received[0], 0)
    assert bodies(url) == ["0"], "a message must not overtake a message in flight of its group"
    [hide(url, message, 0) for message in received[1:]]
    assert bodies(url) == []


def test_duplicates_are_accepted_and_dropped():
    url = fifo()
    first, again = send_fifo(url, "one", id="a"), send_fifo(url, "two", id="a")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    (got,) = receive(url)
    assert got["Body"] == "one"
    delete(url, got)
    send_fifo(url, "three", id="a")
    assert counts(url) == (0, 0, 0), "for 5 min, a duplicate of a deleted message must be dropped"
    SQS.purge_queue(QueueUrl=url)
    send_fifo(url, "four", id="a")
    assert bodies(url) == ["four"], "a purge must forget the ids"


def test_deduplication_can_use_the_body():
    url = fifo(ContentBasedDeduplication="true")
    for body in ("same", "same", "other"):
        send(url, body, MessageGroupId="g")
    got = receive(url, AttributeNames=["MessageDeduplicationId"])
    assert [message["Body"] for message in got] == ["same", "other"]
    digest = "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    assert got[0]["Attributes"]["MessageDeduplicationId"] == digest


def test_deduplication_can_be_per_group():
    url = fifo(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    send_fifo(url, "a", "one", id="x"), send_fifo(url, "b", "two", id="x")
    assert bodies(url) == ["a", "b"]


def test_a_receive_attempt_can_be_repeated():
    url, attempt = fifo(), str(uuid.uuid4())
    send_fifo(url, "m")
    (first,), (second,) = (receive(url, ReceiveRequestAttemptId=attempt, AttributeNames=["All"]) for _ in range(2))
    assert first["ReceiptHandle"] == second["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "1"
    assert receive(url, ReceiveRequestAttemptId="another") == []
    delete(url, second)
    assert receive(url, ReceiveRequestAttemptId=attempt) == []
    invalid(receive, queue(), ReceiveRequestAttemptId=attempt)


def test_an_expired_fifo_receipt_cannot_delete():
    url = fifo(VisibilityTimeout="1")
    send_fifo(url, "m")
    (got,) = receive(url)
    time.sleep(1.1)
    assert "The receipt handle has expired" in invalid(delete, url, got)
    assert counts(url) == (1, 0, 0)


def test_a_fifo_queue_requires_a_fifo_dead_letter_queue_and_uses_it():
    policy = {"deadLetterTargetArn": attributes(queue(), "QueueArn")["QueueArn"], "maxReceiveCount": 1}
    invalid(fifo, RedrivePolicy=json.dumps(policy))
    dead = fifo()
    policy["deadLetterTargetArn"] = attributes(dead, "QueueArn")["QueueArn"]
    source = fifo(RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    poison = send_fifo(source, "poison")
    send_fifo(source, "next")
    assert receive(source, 1)[0]["Body"] == "poison"
    assert receive(source, 1)[0]["Body"] == "next"
    (moved,) = receive(dead, AttributeNames=["All"])
    assert moved["Body"] == "poison"
    assert moved["MessageId"] == poison["MessageId"]
    assert moved["Attributes"]["MessageDeduplicationId"] == poison["MessageId"]
