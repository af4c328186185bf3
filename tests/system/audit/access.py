"""Faults of access, encryption and tags, which any queue can have."""

from audit.faults import fault
from audit.healthy import allow
from audit.queues import arn
from audit.server import ACCOUNT

FAULTS = []
ROLE = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/shop"}
TLS = {"Bool": {"aws:SecureTransport": "true"}}


def add(queue, *statement, **options):
    queue.statements.append(allow(arn(queue.name), *statement, **options))


@fault("encryption", among=FAULTS)
def encryption_off(queue, random):
    for key in ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"):
        queue.settings.pop(key, None)
    queue.settings["SqsManagedSseEnabled"] = "false"
    return {"encryption-off"} | ({"no-customer-key"} if queue.rules.customer_key else set())


@fault("encryption", among=FAULTS)
def no_customer_key(queue, random):
    queue.settings["KmsMasterKeyId"] = "alias/aws/sqs"
    return {"no-customer-key"} if queue.rules.customer_key else set()


@fault("everyone", reads=["policy"], among=FAULTS)
def open_to_everyone(queue, random):
    principal = random.choice(["*", {"AWS": "*"}, {"AWS": [ACCOUNT, "*"]}])
    # Neither the transport, nor the time, nor a condition that each caller fulfills limits the callers.
    condition = random.choice([None, TLS, {"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}},
                               {"ArnLike": {"aws:SourceArn": "*"}}])
    add(queue, principal, "sqs:SendMessage", condition)
    return {"open-policy"}


@fault("everyone", reads=["policy"], among=FAULTS)
def open_to_all_but_one(queue, random):
    add(queue, ROLE, "sqs:SendMessage", key="NotPrincipal")
    return {"open-policy"}


@fault("everyone", reads=["policy"], among=FAULTS)
def all_actions(queue, random):
    add(queue, ROLE, random.choice(["*", "SQS:*", ["sqs:SendMessage", "sqs:*"]]))
    return {"open-policy"}


@fault("service", reads=["policy"], among=FAULTS)
def service_without_source(queue, random):
    service = random.choice(["sns.amazonaws.com", ["s3.amazonaws.com"],
                             ["lambda.amazonaws.com", "events.amazonaws.com"]])
    add(queue, {"Service": service}, "sqs:SendMessage", random.choice([None, TLS]))
    return {"service-without-source"}


@fault("policy", among=FAULTS)
def plain_http(queue, random):
    """Either the statement about the transport is missing, or the whole policy."""
    if random.random() < 0.5:
        queue.statements = [one for one in queue.statements if one["Effect"] == "Allow"]
    else:
        queue.statements = []
    return {"plain-transport"}


@fault("transport", reads=["policy"], among=FAULTS)
def plain_http_for_some(queue, random):
    """The statement about the transport denies it for one role only."""
    for statement in queue.statements:
        if statement["Effect"] == "Deny":
            statement["Principal"] = ROLE
    return {"plain-transport"}


@fault("tags", among=FAULTS)
def missing_tags(queue, random):
    if queue.rules.tags and random.random() < 0.5:
        del queue.tags[random.choice(queue.rules.tags)]
    else:
        queue.tags = {}
    return {"tags"}
