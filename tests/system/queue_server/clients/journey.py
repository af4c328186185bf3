"""Prints what boto3 gets from the server at this URL. Every client must get the same. test_clients.py starts it with
the arguments URL and NAME.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL, NAME = sys.argv[1:]
SQS = boto3.client("sqs", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))
BODY = "two crates\r\n<of> \"oranges\" & 🍊"
ATTRIBUTES = {
    "tenant": {"DataType": "String", "StringValue": "a & b"},
    "image": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    "count": {"DataType": "Number.int", "StringValue": "12"},
}


def code(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "no error", 200


def queues():
    dead = SQS.create_queue(QueueName=f"{NAME}-dead")["QueueUrl"]
    arn = SQS.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "45"}
    return SQS.create_queue(QueueName=NAME, Attributes=attributes, tags={"team": "shipping"})["QueueUrl"], dead


def receive(url):
    return SQS.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"],
                               MessageAttributeNames=["All"]).get("Messages", [])


def shown(message):
    attributes = message.get("MessageAttributes", {})
    return {
        "body": message["Body"],
        "MD5OfBody": message["MD5OfBody"],
        "MD5OfMessageAttributes": message["MD5OfMessageAttributes"],
        "attributes": message["Attributes"],
        "texts": {name: value["StringValue"] for name, value in sorted(attributes.items()) if "StringValue" in value},
        "bytes": {name: list(value["BinaryValue"]) for name, value in attributes.items() if "BinaryValue" in value},
    }


def journey():
    url, dead = queues()
    sent = SQS.send_message(QueueUrl=url, MessageBody=BODY, MessageAttributes=ATTRIBUTES)
    (message,) = receive(url)
    SQS.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    empty = receive(url)
    (buried,) = receive(dead)
    SQS.delete_message(QueueUrl=dead, ReceiptHandle=buried["ReceiptHandle"])
    batch = SQS.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "good", "MessageBody": "m"}, {"Id": "bad", "MessageBody": "m", "DelaySeconds": 901}])
    absent = f"{url}-absent"
    return {
        "sent": [sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"]],
        "received": shown(message),
        "after the last receive": len(empty),
        "dead letter": shown(buried),
        "batch": [[one["Id"] for one in batch["Successful"]],
                  [[one["Id"], one["SenderFault"], one["Code"]] for one in batch["Failed"]]],
        "settings": SQS.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"],
        "tags": SQS.list_queue_tags(QueueUrl=url)["Tags"],
        "counts": SQS.get_queue_attributes(
            QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])["Attributes"],
        "errors": [
            code(SQS.receive_message, QueueUrl=absent),
            code(SQS.send_message, QueueUrl=url, MessageBody="\x01"),
            code(SQS.receive_message, QueueUrl=url, MaxNumberOfMessages=11),
            code(SQS.change_message_visibility, QueueUrl=url, ReceiptHandle="none", VisibilityTimeout=0),
        ],
    }


print(json.dumps(journey(), ensure_ascii=False))
