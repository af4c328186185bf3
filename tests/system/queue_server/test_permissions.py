"""Permissions in the access policy of a queue."""

import json

from queue_server.calls import SQS, attributes, invalid, queue

ACCOUNT = "111111111111"


def add(url, label, *actions, accounts=(ACCOUNT,)):
    SQS.add_permission(QueueUrl=url, Label=label, AWSAccountIds=list(accounts), Actions=list(actions))


def statements(url):
    return json.loads(attributes(url, "Policy")["Policy"])["Statement"]


def test_a_permission_is_a_statement_until_it_is_removed():
    url = queue()
    arn = attributes(url, "QueueArn")["QueueArn"]
    add(url, "one", "SendMessage")
    add(url, "all", "*", "ReceiveMessage", accounts=(ACCOUNT, "222222222222"))
    policy = json.loads(attributes(url, "Policy")["Policy"])
    assert (policy["Version"], policy["Id"]) == ("2008-10-17", f"{arn}/SQSDefaultPolicy")
    one, every = policy["Statement"]
    assert one == {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                   "Action": "SQS:SendMessage", "Resource": arn}, one
    assert every["Action"] == ["SQS:*", "SQS:ReceiveMessage"]
    assert len(every["Principal"]["AWS"]) == 2
    SQS.remove_permission(QueueUrl=url, Label="all")
    SQS.remove_permission(QueueUrl=url, Label="one")
    assert attributes(url, "Policy") == {}


def test_other_statements_of_a_policy_stay():
    url = queue()
    own = {"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "SQS:PurgeQueue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    SQS.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    add(url, "one", "SendMessage")
    assert [statement["Sid"] for statement in statements(url)] == ["own", "one"]
    SQS.remove_permission(QueueUrl=url, Label="one")
    assert statements(url) == [own]


def test_labels_and_actions_of_permissions_are_checked():
    url = queue()
    add(url, "one", "SendMessage")
    assert "Already exists." in invalid(add, url, "one", "SendMessage")
    assert "can't find label." in invalid(SQS.remove_permission, QueueUrl=url, Label="two")
    assert "queue owner" in invalid(add, url, "two", "DeleteQueue")
    assert "WSDL" in invalid(add, url, "two", "Sink")
