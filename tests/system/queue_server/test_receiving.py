"""Receiving: long polls, visibility, and the attributes of a message."""

import threading
import time

from queue_server.calls import SQS, counts, entries, hide, invalid, now, queue, receive, refused, send


def test_an_empty_receive_has_no_messages():
    assert "Messages" not in SQS.receive_message(QueueUrl=queue())


def test_numbers_out_of_range_are_invalid():
    url = queue()
    for parameter, values in (("MaxNumberOfMessages", (0, 11)), ("WaitTimeSeconds", (-1, 21)),
                              ("VisibilityTimeout", (-1, 43201))):
        for value in values:
            message = invalid(SQS.receive_message, QueueUrl=url, **{parameter: value})
            assert message.startswith(f"Value {value} for parameter {parameter} is invalid. Reason: "), message


def test_a_receive_returns_one_message_by_default_and_ten_at_most():
    url = queue()
    SQS.send_message_batch(QueueUrl=url, Entries=entries(10))
    send(url)
    assert len(SQS.receive_message(QueueUrl=url)["Messages"]) == 1
    assert len(receive(url)) == 10


def test_system_attributes_are_returned_on_request():
    url = queue()
    send(url)
    (got,) = receive(url, VisibilityTimeout=0, MessageSystemAttributeNames=["All"])
    assert set(got["Attributes"]) == {"SenderId", "SentTimestamp", "ApproximateReceiveCount",
                                      "ApproximateFirstReceiveTimestamp"}
    (got,) = receive(url, VisibilityTimeout=0, AttributeNames=["ApproximateReceiveCount"])
    assert got["Attributes"] == {"ApproximateReceiveCount": "2"}
    refused("InvalidAttributeName", 400, receive, url, MessageSystemAttributeNames=["Color"])


def test_timestamps_are_in_milliseconds_and_the_first_receive_is_kept():
    url = queue()
    send(url)
    (first,) = receive(url, VisibilityTimeout=0, AttributeNames=["All"])
    time.sleep(0.01)
    (second,) = receive(url, AttributeNames=["All"])
    assert abs(int(first["Attributes"]["SentTimestamp"]) / 1000 - now()) < 60
    key = "ApproximateFirstReceiveTimestamp"
    assert first["Attributes"][key] == second["Attributes"][key]


def test_a_message_is_redelivered_after_its_visibility_timeout():
    url = queue(VisibilityTimeout="1")
    send(url)
    receive(url)
    assert receive(url) == []
    assert counts(url) == (0, 1, 0)
    (again,) = receive(url, WaitTimeSeconds=5, AttributeNames=["All"])
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_long_poll_returns_when_a_message_arrives():
    url = queue()
    threading.Timer(0.3, send, (url,)).start()
    started = time.monotonic()
    assert len(receive(url, WaitTimeSeconds=20)) == 1
    assert 0.2 < time.monotonic() - started < 15


def test_an_empty_long_poll_lasts_for_the_requested_time():
    started = time.monotonic()
    assert receive(queue(), WaitTimeSeconds=1) == []
    assert 0.9 < time.monotonic() - started < 15


def test_a_receive_without_a_wait_uses_the_wait_of_the_queue():
    url = queue(ReceiveMessageWaitTimeSeconds="3")
    started = time.monotonic()
    assert receive(url, WaitTimeSeconds=0) == []
    assert time.monotonic() - started < 2.5
    started = time.monotonic()
    assert receive(url) == []
    assert time.monotonic() - started > 2.9


def test_a_long_poll_returns_when_a_message_is_released():
    url = queue()
    send(url)
    (received,) = receive(url)
    threading.Timer(0.3, hide, (url, received, 0)).start()
    started = time.monotonic()
    assert len(receive(url, WaitTimeSeconds=20)) == 1
    assert time.monotonic() - started < 15


def test_concurrent_receives_return_each_message_once():
    url = queue()
    for _ in range(10):
        SQS.send_message_batch(QueueUrl=url, Entries=entries(10))
    got = []

    def drain():
        while messages := receive(url):
            got.extend(message["MessageId"] for message in messages)

    threads = [threading.Thread(target=drain) for _ in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert len(got) == len(set(got)) == 100
