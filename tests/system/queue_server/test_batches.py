"""The three batch actions."""

from queue_server.calls import SQS, batch, bodies, counts, entries, queue, receive, refused, send, text


def receipts(url, count):
    SQS.send_message_batch(QueueUrl=url, Entries=entries(count))
    return [{"Id": str(n), "ReceiptHandle": got["ReceiptHandle"]} for n, got in enumerate(receive(url))]


def test_a_batch_is_sent_and_answered_entry_by_entry():
    url = queue()
    answer = SQS.send_message_batch(QueueUrl=url, Entries=entries(10, MessageAttributes={"a": text("v")}))
    assert [entry["Id"] for entry in answer["Successful"]] == [str(n) for n in range(10)]
    assert all(entry["MD5OfMessageAttributes"] for entry in answer["Successful"])
    assert bodies(url) == [f"m{n}" for n in range(10)]


def test_an_empty_list_of_a_batch_is_left_out():
    url = queue()
    (good,), bad = receipts(url, 1), {"Id": "bad", "ReceiptHandle": "bad"}
    good["VisibilityTimeout"] = bad["VisibilityTimeout"] = 30
    invalid_entry = {"Id": "bad", "MessageBody": "\u0001"}
    batches = [(SQS.send_message_batch, entries(1), [invalid_entry]),
               (SQS.change_message_visibility_batch, [good], [bad]),
               (SQS.delete_message_batch, [{"Id": "0", "ReceiptHandle": good["ReceiptHandle"]}],
                [{"Id": "bad", "ReceiptHandle": "bad"}])]
    for call, succeeds, fails in batches:
        assert "Failed" not in call(QueueUrl=url, Entries=succeeds), call
        assert "Successful" not in call(QueueUrl=url, Entries=fails), call


def test_batches_have_one_to_ten_entries():
    url = queue()
    refused(batch("EmptyBatchRequest"), 400, SQS.send_message_batch, QueueUrl=url, Entries=[])
    refused(batch("EmptyBatchRequest"), 400, SQS.delete_message_batch, QueueUrl=url, Entries=[])
    message = refused(batch("TooManyEntriesInBatchRequest"), 400, SQS.send_message_batch, QueueUrl=url,
                      Entries=entries(20))
    assert message == "Maximum number of entries per request are 10. You have sent 20."


def test_entry_ids_must_be_unique_and_use_allowed_characters():
    url = queue()
    twice = [{"Id": "a", "MessageBody": "m"}] * 2
    refused(batch("BatchEntryIdsNotDistinct"), 400, SQS.send_message_batch, QueueUrl=url, Entries=twice)
    for bad in ("", "a:b", "x" * 81):
        one = [{"Id": bad, "ReceiptHandle": "r"}]
        refused(batch("InvalidBatchEntryId"), 400, SQS.delete_message_batch, QueueUrl=url, Entries=one)


def test_a_batch_has_at_most_one_mebibyte_in_total():
    url = queue()
    halves = [{"Id": str(n), "MessageBody": "x" * 524_288} for n in range(2)]
    assert len(SQS.send_message_batch(QueueUrl=url, Entries=halves)["Successful"]) == 2
    halves[1]["MessageBody"] += "x"
    message = refused(batch("BatchRequestTooLong"), 400, SQS.send_message_batch, QueueUrl=url, Entries=halves)
    assert message == "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."


def test_a_send_batch_can_fail_in_part():
    url = queue(MaximumMessageSize="1024")
    mixed = [{"Id": "good", "MessageBody": "m"}, {"Id": "long", "MessageBody": "x" * 1025},
             {"Id": "late", "MessageBody": "m", "DelaySeconds": 901}, {"Id": "odd", "MessageBody": "\u0001"}]
    answer = SQS.send_message_batch(QueueUrl=url, Entries=mixed)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    failed = {entry["Id"]: (entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]}
    assert failed == {"long": ("InvalidParameterValue", True), "late": ("InvalidParameterValue", True),
                      "odd": ("InvalidMessageContents", True)}
    (long,) = (entry["Message"] for entry in answer["Failed"] if entry["Id"] == "long")
    assert long == "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."
    assert counts(url) == (1, 0, 0)


def test_a_delete_batch_deletes_and_can_fail_in_part():
    url = queue()
    answer = SQS.delete_message_batch(QueueUrl=url, Entries=receipts(url, 3) + [{"Id": "x", "ReceiptHandle": "bad"}])
    assert len(answer["Successful"]) == 3
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("x", "ReceiptHandleIsInvalid", True)
    assert counts(url) == (0, 0, 0)


def test_a_visibility_batch_releases_messages_and_can_fail_in_part():
    url = queue()
    changes = [{**entry, "VisibilityTimeout": 0} for entry in receipts(url, 3)]
    changes[2]["VisibilityTimeout"] = 43201
    answer = SQS.change_message_visibility_batch(QueueUrl=url, Entries=changes)
    assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1"]
    assert answer["Failed"][0]["Code"] == "InvalidParameterValue"
    assert counts(url) == (2, 1, 0)


def test_a_batch_to_a_missing_queue_fails_as_a_whole():
    url = queue()
    SQS.delete_queue(QueueUrl=url)
    refused(batch("NonExistentQueue"), 400, SQS.send_message_batch, QueueUrl=url, Entries=entries(1))
    refused(batch("NonExistentQueue"), 400, send, url)
