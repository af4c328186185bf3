"""The client that all cases use, and short forms of its calls."""

import json
import time
import uuid

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from running.web import fetch


class Connection:
    """A client of the queue server. The server starts after the tests import this module, so the fixture `connected`
    sets its URL."""

    def connect(self, url):
        self.url, self.client = url, client(url)

    def __getattr__(self, action):
        assert "client" in vars(self), "no queue server; the fixture `connected` starts it"
        return getattr(self.client, action)


def client(url, region="us-east-1", key="test"):
    return boto3.client("sqs", endpoint_url=url, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))


SQS = Connection()
# Older versions of boto3 speak the Query protocol.
IS_QUERY = botocore.session.get_session().get_service_model("sqs").metadata["protocol"] == "query"


def elsewhere(**place):
    """A client in another region, or with another access key."""
    return client(SQS.url, **place)


def now():
    """The time of the queue server, which another test can have advanced."""
    return time.time() + json.loads(fetch(f"{SQS.url}/_local/clock"))["ahead_ms"] / 1000


def name(suffix=""):
    return "q-" + uuid.uuid4().hex[:12] + suffix


def queue(**attributes):
    return SQS.create_queue(QueueName=name(), Attributes=attributes)["QueueUrl"]


def fifo(**attributes):
    return SQS.create_queue(QueueName=name(".fifo"), Attributes={"FifoQueue": "true", **attributes})["QueueUrl"]


def send(url, body="m", **more):
    return SQS.send_message(QueueUrl=url, MessageBody=body, **more)


def send_fifo(url, body, group="g", **more):
    return send(url, body, MessageGroupId=group, MessageDeduplicationId=more.pop("id", body), **more)


def receive(url, count=10, **more):
    if IS_QUERY and "MessageSystemAttributeNames" in more:
        more["AttributeNames"] = more.pop("MessageSystemAttributeNames")
    return SQS.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **more).get("Messages", [])


def bodies(url, **more):
    return [message["Body"] for message in receive(url, **more)]


def attributes(url, *names):
    return SQS.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ["All"])).get("Attributes", {})


def counts(url):
    kinds = ("", "NotVisible", "Delayed")
    found = attributes(url)
    return tuple(int(found["ApproximateNumberOfMessages" + kind]) for kind in kinds)


def refused(code, status, call, *args, **kwargs):
    """The call fails with this error. Returns the message of the error."""
    with pytest.raises(ClientError) as failure:
        call(*args, **kwargs)
    response = failure.value.response
    assert response["Error"]["Code"] == code, response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status, response
    return response["Error"]["Message"]


def invalid(call, *args, **kwargs):
    return refused("InvalidParameterValue", 400, call, *args, **kwargs)


def batch(code):
    return "AWS.SimpleQueueService." + code


def delete(url, message):
    return SQS.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def hide(url, message, seconds):
    return SQS.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                                         VisibilityTimeout=seconds)


def entries(count, **more):
    return [{"Id": str(n), "MessageBody": f"m{n}", **more} for n in range(count)]


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}
