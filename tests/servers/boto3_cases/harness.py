"""The client that all cases use, and short forms of its calls.

The URL of the server is the first argument of the program.
"""

import sys
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]


def client(region="us-east-1", key="test"):
    return boto3.client("sqs", endpoint_url=ENDPOINT, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))


SQS = client()
# Older versions of boto3 speak the Query protocol.
IS_QUERY = SQS.meta.service_model.metadata["protocol"] == "query"
CASES = []


def case(function):
    CASES.append(function)
    return function


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
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        assert got == code, f"expected {code}, found {got}: {error.response['Error'].get('Message')}"
        got = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == status, f"expected status {status}, found {got}"
        return error.response["Error"]["Message"]
    raise AssertionError(f"expected the error {code}, but the call succeeded")


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
