"""Message move tasks from a dead-letter queue."""

import json

from queue_server.calls import (
    SQS,
    attributes,
    batch,
    bodies,
    counts,
    fifo,
    invalid,
    name,
    now,
    queue,
    receive,
    refused,
    send,
    send_fifo,
)
from running.processes import until

DEADLINE_SECONDS = 20


def arn(url):
    return attributes(url, "QueueArn")["QueueArn"]


def source_of(dead, create=queue):
    """A queue whose messages become dead letters after one receive."""
    policy = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1}
    return create(RedrivePolicy=json.dumps(policy))


def dead_letters(source, dead, count):
    """Receives every message of the source until this number of messages is in its dead-letter queue."""
    while counts(dead)[0] < count:
        receive(source, VisibilityTimeout=0)


def start(dead, **more):
    return SQS.start_message_move_task(SourceArn=arn(dead), **more)["TaskHandle"]


def tasks(dead, **more):
    return SQS.list_message_move_tasks(SourceArn=arn(dead), **more)["Results"]


def ended(dead):
    """The only task, after its end."""
    def found():
        (task,) = tasks(dead)
        return task if task["Status"] not in ("RUNNING", "CANCELLING") else None

    return until("the end of the task", found, DEADLINE_SECONDS)


def test_dead_letters_return_to_their_source():
    dead = queue()
    source = source_of(dead)
    send(source, "a"), send(source, "b")
    dead_letters(source, dead, 2)
    start(dead)
    task = ended(dead)
    assert abs(task.pop("StartedTimestamp") / 1000 - now()) < 60
    assert task == {"Status": "COMPLETED", "SourceArn": arn(dead), "ApproximateNumberOfMessagesMoved": 2,
                    "ApproximateNumberOfMessagesToMove": 2}, task
    assert sorted(bodies(source)) == ["a", "b"]
    assert counts(dead) == (0, 0, 0)


def test_a_moved_message_is_new():
    dead = queue()
    source = source_of(dead)
    sent = send(source)
    dead_letters(source, dead, 1)
    start(dead)
    ended(dead)
    (got,) = receive(source, AttributeNames=["All"])
    assert got["MessageId"] != sent["MessageId"]
    assert got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in got["Attributes"]


def test_fifo_messages_keep_their_group_and_order():
    dead = fifo()
    source = source_of(dead, fifo)
    send_fifo(source, "1"), send_fifo(source, "2")
    dead_letters(source, dead, 2)
    start(dead)
    ended(dead)
    got = receive(source, AttributeNames=["All"])
    assert [(message["Body"], message["Attributes"]["MessageGroupId"]) for message in got] == [("1", "g"), ("2", "g")]


def test_a_running_task_can_be_cancelled():
    dead, other = queue(), queue()
    source_of(dead)
    send(dead), send(dead), send(dead)
    handle = start(dead, DestinationArn=arn(other), MaxNumberOfMessagesPerSecond=1)
    (task,) = tasks(dead)
    assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
    assert (task["DestinationArn"], task["MaxNumberOfMessagesPerSecond"]) == (arn(other), 1)
    assert "already a task running" in invalid(SQS.start_message_move_task, SourceArn=arn(dead))
    moved = SQS.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    task = ended(dead)
    assert task["Status"] == "CANCELLED"
    assert "TaskHandle" not in task
    assert 0 <= moved <= task["ApproximateNumberOfMessagesMoved"] == counts(other)[0] < 3
    assert counts(dead)[0] + counts(other)[0] == 3
    refused(batch("UnsupportedOperation"), 400, SQS.cancel_message_move_task, TaskHandle=handle)


def test_a_message_that_came_from_no_queue_fails_the_task():
    dead = queue()
    source_of(dead)
    send(dead)
    start(dead)
    task = ended(dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert counts(dead) == (1, 0, 0)


def test_a_move_needs_a_dead_letter_queue_and_a_destination():
    url = queue()
    absent = arn(url).replace(url.rsplit("/", 1)[1], name())
    message = invalid(SQS.start_message_move_task, SourceArn=arn(url))
    assert message == "Source queue must be configured as a Dead Letter Queue.", message
    for call in (SQS.start_message_move_task, SQS.list_message_move_tasks):
        assert "SourceArn" in refused("ResourceNotFoundException", 404, call, SourceArn=absent)
    source_of(url)
    assert "DestinationArn" in refused("ResourceNotFoundException", 404, SQS.start_message_move_task,
                                       SourceArn=arn(url), DestinationArn=absent)
    invalid(SQS.start_message_move_task, SourceArn=arn(url), DestinationArn=arn(fifo()))
    invalid(SQS.start_message_move_task, SourceArn=arn(url), MaxNumberOfMessagesPerSecond=501)
    invalid(SQS.list_message_move_tasks, SourceArn=arn(url), MaxResults=11)
    invalid(SQS.cancel_message_move_task, TaskHandle="foobared")
