"""Queues and their attributes."""

import pytest

from queue_server.calls import (
    IS_QUERY,
    SQS,
    attributes,
    batch,
    counts,
    invalid,
    name,
    now,
    queue,
    receive,
    refused,
    send,
)


def test_creating_a_queue_twice_returns_the_same_queue():
    chosen = name()
    first = SQS.create_queue(QueueName=chosen, Attributes={"DelaySeconds": "3"})["QueueUrl"]
    assert SQS.create_queue(QueueName=chosen, Attributes={"DelaySeconds": "3"})["QueueUrl"] == first
    assert SQS.create_queue(QueueName=chosen)["QueueUrl"] == first


def test_creating_a_queue_again_with_other_attributes_fails():
    chosen = name()
    SQS.create_queue(QueueName=chosen)
    message = refused("QueueAlreadyExists", 400, SQS.create_queue, QueueName=chosen, Attributes={"DelaySeconds": "3"})
    assert message.endswith("different value for attribute DelaySeconds"), message


def test_bad_queue_names_are_invalid():
    text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    for bad in ("a b", "a/b", "x" * 81, "name.fifo"):
        assert invalid(SQS.create_queue, QueueName=bad) == text
    invalid(SQS.create_queue, QueueName="plain", Attributes={"FifoQueue": "true"})


def test_an_error_names_the_unknown_attribute():
    assert "Color" in refused("InvalidAttributeName", 400, SQS.create_queue, QueueName=name(),
                               Attributes={"Color": "red"})
    refused("InvalidAttributeName", 400, SQS.get_queue_attributes, QueueUrl=queue(), AttributeNames=["Color"])
    refused("InvalidAttributeName", 400, SQS.create_queue, QueueName=name(), Attributes={"FifoQueue": "false"})
    for attribute, value in (("DeduplicationScope", "queue"), ("FifoThroughputLimit", "perQueue")):
        message = refused("InvalidAttributeName", 400, queue, **{attribute: value})
        assert message == f"You can specify the {attribute} only when FifoQueue is set to true."


def test_attributes_out_of_range_are_refused():
    url = queue()
    for attribute, value in (("DelaySeconds", "901"), ("MaximumMessageSize", "1023"),
                             ("MaximumMessageSize", "1048577"), ("MessageRetentionPeriod", "59"),
                             ("ReceiveMessageWaitTimeSeconds", "21"), ("VisibilityTimeout", "43201"),
                             ("VisibilityTimeout", "-1"), ("VisibilityTimeout", "x")):
        refused("InvalidAttributeValue", 400, SQS.set_queue_attributes, QueueUrl=url, Attributes={attribute: value})


def test_a_new_queue_has_the_defaults():
    found = attributes(queue())
    for attribute, value in (("DelaySeconds", "0"), ("MaximumMessageSize", "1048576"),
                             ("MessageRetentionPeriod", "345600"), ("ReceiveMessageWaitTimeSeconds", "0"),
                             ("VisibilityTimeout", "30"), ("SqsManagedSseEnabled", "true")):
        assert found[attribute] == value, (attribute, found[attribute])
    assert "FifoQueue" not in found
    assert "RedrivePolicy" not in found


def test_a_queue_has_its_arn_and_timestamps():
    url = queue()
    found = attributes(url)
    assert found["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:" + url.rsplit("/", 1)[1]
    assert abs(int(found["CreatedTimestamp"]) - now()) < 60
    assert found["LastModifiedTimestamp"] == found["CreatedTimestamp"]


def test_only_requested_attributes_are_returned():
    url = queue()
    assert list(attributes(url, "VisibilityTimeout")) == ["VisibilityTimeout"]
    assert attributes(url, "RedrivePolicy") == {}
    assert "Attributes" not in SQS.get_queue_attributes(QueueUrl=url)


def test_attributes_can_be_changed():
    url = queue()
    SQS.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7", "DelaySeconds": "1"})
    found = attributes(url)
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("7", "1")


def test_clearing_the_kms_key_disables_encryption():
    url = queue(KmsMasterKeyId="alias/key")
    SQS.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
    found = attributes(url)
    assert found["SqsManagedSseEnabled"] == "false"
    assert "KmsMasterKeyId" not in found
    SQS.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "True"})
    assert attributes(url)["SqsManagedSseEnabled"] == "true"


def test_a_queue_url_is_found_by_name_and_a_missing_queue_is_an_error():
    url = queue()
    assert SQS.get_queue_url(QueueName=url.rsplit("/", 1)[1])["QueueUrl"] == url
    refused(batch("NonExistentQueue"), 400, SQS.get_queue_url, QueueName=name())


def test_a_missing_queue_has_its_own_exception():
    with pytest.raises(SQS.exceptions.QueueDoesNotExist) as failure:
        receive(f"{SQS.url}/000000000000/{name()}")
    response = failure.value.response
    assert response["Error"]["Message"] == "The specified queue does not exist."
    assert IS_QUERY or response["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert response["ResponseMetadata"]["RequestId"]


def test_queues_are_listed_by_prefix():
    prefix = name()
    urls = [SQS.create_queue(QueueName=f"{prefix}-{n}")["QueueUrl"] for n in range(3)]
    assert sorted(SQS.list_queues(QueueNamePrefix=prefix)["QueueUrls"]) == urls
    assert "QueueUrls" not in SQS.list_queues(QueueNamePrefix=name())


def test_queues_are_listed_page_by_page():
    prefix = name()
    urls = [SQS.create_queue(QueueName=f"{prefix}-{n}")["QueueUrl"] for n in range(5)]
    pages = list(SQS.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2}))
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert sorted(url for page in pages for url in page["QueueUrls"]) == urls
    invalid(SQS.list_queues, MaxResults=1001)


def test_a_deleted_queue_is_gone():
    url = queue()
    send(url)
    SQS.delete_queue(QueueUrl=url)
    refused(batch("NonExistentQueue"), 400, send, url)
    refused(batch("NonExistentQueue"), 400, SQS.delete_queue, QueueUrl=url)


def test_a_purge_deletes_every_message():
    url = queue()
    send(url), send(url), send(url, DelaySeconds=60)
    receive(url, 1)
    SQS.purge_queue(QueueUrl=url)
    assert counts(url) == (0, 0, 0)


def test_tags_can_be_added_and_removed():
    url = SQS.create_queue(QueueName=name(), tags={"a": "1"})["QueueUrl"]
    SQS.tag_queue(QueueUrl=url, Tags={"b": "2", "c": ""})
    assert SQS.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1", "b": "2", "c": ""}
    SQS.untag_queue(QueueUrl=url, TagKeys=["a", "c"])
    assert SQS.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}


def test_tags_are_limited():
    url = queue()
    for bad in ({"": "v"}, {"k" * 129: "v"}, {"k": "v" * 257}, {str(n): "v" for n in range(51)}):
        invalid(SQS.tag_queue, QueueUrl=url, Tags=bad)
        invalid(SQS.create_queue, QueueName=name(), tags=bad)
    SQS.tag_queue(QueueUrl=url, Tags={"k" * 128: "v" * 256})
