"""Healthy queues of many shapes. No check of the audit finds anything in them."""

import dataclasses
import json

from audit.metrics import DAY, last_full_hour
from audit.queues import Queue, arn
from audit.server import ACCOUNT
from audit.traffic import DAYS, KIB, Traffic

MIB = 1024 * KIB
LONGEST_RETENTION = 14 * DAY
WORDS = ("orders", "mail", "video", "invoice", "search", "clicks", "stock", "Report", "push", "gdpr_export", "a")


@dataclasses.dataclass
class Rules:
    """What the account requires of each queue."""
    tags: tuple = ()
    customer_key: bool = False

    def arguments(self):
        tags = [argument for tag in self.tags for argument in ("--require-tag", tag)]
        return tags + (["--require-customer-key"] if self.customer_key else [])


@dataclasses.dataclass(eq=False)
class Draft:
    """A queue that can still be changed."""
    name: str
    fifo: bool
    is_dead: bool
    rules: Rules
    settings: dict
    statements: list
    tags: dict
    traffic: Traffic
    created_days: int
    waiting: int = 0
    # Its dead-letter queue, or the name of one that does not exist.
    target: "Draft | str | None" = None
    receives: int = 5
    sources: list = dataclasses.field(default_factory=list)
    allows: str | None = "byQueue"
    # The checks that must find something, and the parts that its faults changed or depend on.
    expected: set = dataclasses.field(default_factory=set)
    changed: set = dataclasses.field(default_factory=set)
    read: set = dataclasses.field(default_factory=set)

    def retention(self):
        return int(self.settings["MessageRetentionPeriod"])

    def move_to(self, target):
        """Names another dead-letter queue, or none."""
        if isinstance(self.target, Draft):
            self.target.sources.remove(self)
        if isinstance(target, Draft):
            target.sources.append(self)
        self.target = target

    def queue(self):
        created = last_full_hour() - self.created_days * DAY
        attributes = {"QueueArn": arn(self.name), "CreatedTimestamp": str(created), "DelaySeconds": "0",
                      "LastModifiedTimestamp": str(created), "ApproximateNumberOfMessages": str(self.waiting),
                      **self.settings}
        if self.fifo:
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
        if self.statements:
            attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": self.statements})
        if self.target:
            name = self.target.name if isinstance(self.target, Draft) else self.target
            policy = {"deadLetterTargetArn": arn(name), "maxReceiveCount": self.receives}
            attributes["RedrivePolicy"] = json.dumps(policy)
        if self.is_dead and self.allows:
            listed = [arn(source.name) for source in self.sources] if self.allows == "byQueue" else None
            attributes["RedriveAllowPolicy"] = json.dumps(
                {"redrivePermission": self.allows, **({"sourceQueueArns": listed} if listed else {})})
        return Queue(self.name, attributes, self.tags)


def settings(random, rules, is_dead, fifo):
    found = {
        "VisibilityTimeout": str(random.choice([10, 30, 60, 300, 43_200])),
        "MaximumMessageSize": str(random.choice([256 * KIB, MIB, MIB])),
        "MessageRetentionPeriod": str(LONGEST_RETENTION if is_dead else random.choice([4, 5, 7, 10, 13]) * DAY),
        # Dead-letter queues are usually read by hand.
        "ReceiveMessageWaitTimeSeconds": str(random.choice([0, 20]) if is_dead else random.choice([10, 15, 20, 20])),
        **encryption(random, rules.customer_key),
    }
    if fifo:
        limit = random.choice(["perQueue", "perMessageGroupId"])
        found |= {"FifoThroughputLimit": limit,
                  "DeduplicationScope": "messageGroup" if limit == "perMessageGroupId" else "queue"}
    return found


def encryption(random, customer_key):
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{random.getrandbits(48):012x}"
    by_kms = {"SqsManagedSseEnabled": "false", "KmsDataKeyReusePeriodSeconds": "300"}
    kinds = [{**by_kms, "KmsMasterKeyId": key}]
    if not customer_key:
        kinds += [{**by_kms, "KmsMasterKeyId": "alias/aws/sqs"}, {"SqsManagedSseEnabled": "true"}]
    return random.choice(kinds)


def statements(random, name):
    """A policy that denies plain HTTP. It may also allow principals that it names."""
    key, value = random.choice([("aws:SecureTransport", "false"), ("aws:SecureTransport", False),
                                ("AWS:securetransport", ["false"])])
    resource = arn(name)
    tls = {"Sid": "tls", "Effect": "Deny", "Principal": random.choice(["*", {"AWS": "*"}]), "Action": "sqs:*",
           "Resource": resource, "Condition": {random.choice(["Bool", "BoolIfExists"]): {key: value}}}
    topic = {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"}}
    others = [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/shop"}, ["sqs:SendMessage", "sqs:ReceiveMessage"], None),
        ({"AWS": [ACCOUNT, "210987654321"]}, "sqs:SendMessage", None),
        ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", topic),
        ({"Service": ["s3.amazonaws.com"]}, "SQS:SendMessage", {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
        ("*", "SQS:SendMessage", topic),
        ("*", "sqs:SendMessage", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ]
    chosen = random.sample(others, random.choice([0, 0, 1, 2]))
    return [tls, *(allow(resource, *one) for one in chosen)]


def allow(resource, principal, action, condition=None, key="Principal"):
    statement = {"Effect": "Allow", key: principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def traffic(random, is_dead, fifo, wait):
    if is_dead:
        return Traffic()
    loops = random.choice([0, 1, 2, 5])
    return Traffic(
        sent=round(10 ** random.uniform(1, 4.3)),
        received_each=random.choice([1.0, 1.02, 1.4]),
        # Each poll loop waits for the whole time.
        empty_receives=loops * 3_600 / wait if wait else 0,
        bytes_average=random.choice([200, 2 * KIB, 60 * KIB, 64 * KIB]),
        bytes_largest=random.choice([64 * KIB, 100 * KIB]),
        in_flight=random.choice([3, 500, 96_000]),
        ages=[random.uniform(1, 20) for _ in range(DAYS)],
        groups=random.choice([2, 6, 400]) if fifo else None,
    )


def name_of(random, number, is_dead, fifo):
    name = f"{random.choice(WORDS)}-{number}{'-dead' if is_dead else ''}"
    if random.random() < 0.1:
        name += "-" + "x" * (74 - len(name))
    return name + (".fifo" if fifo else "")


def draft(random, name, rules, is_dead):
    """A healthy queue. A dead-letter queue still needs a source, and another queue its dead-letter queue."""
    fifo = name.endswith(".fifo")
    chosen = settings(random, rules, is_dead, fifo)
    tags = {"team": random.choice(["shop", "data"]), **dict.fromkeys(rules.tags, "1")}
    wait = int(chosen["ReceiveMessageWaitTimeSeconds"])
    created_days = 400 if random.random() < 0.9 else random.choice([2, 5])
    return Draft(name, fifo, is_dead, rules, chosen, statements(random, name), tags,
                 traffic(random, is_dead, fifo, wait), created_days,
                 waiting=0 if is_dead else random.choice([0, 40, 999]), receives=random.choice([3, 5, 100]))


def publish(drafts, queues, metrics):
    """The queues of the drafts, whose points are added to the metrics."""
    for one in drafts:
        for metric, points in one.traffic.points(one.created_days).items():
            metrics.add(one.name, metric, points)
    return queues([one.queue() for one in drafts])
