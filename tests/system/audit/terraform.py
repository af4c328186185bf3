"""Terraform plans, and their faults.

The files in `plans` have the form of `terraform show -json` with version 6 of the provider, in several lines. A plan
does not know attributes that the provider computes, also if the configuration does not set them.
"""

import json
import pathlib

PLANS = pathlib.Path(__file__).resolve().parent / "plans"

# One fault for each queue. The other queues of the plan are healthy.
FAULTS = {
    ("no-dead-letters", "no-dead-letter-queue"),
    ("short-polling", "wait-time-zero"),
    ("aws_sqs_queue.prefixed", "wait-time-zero"),
    ("one-receive", "max-receive-count"),
    ("kept-7-days", "dead-letter-retention"),
    ("kept-an-hour", "short-retention"),
    ("any-source", "redrive-allow-all"),
    ("standard-dead.fifo", "dead-letter-queue-type"),
    ("plain-http", "plain-transport"),
    ("open", "open-policy"),
    ("topic", "service-without-source"),
    ("not-encrypted", "encryption-off"),
    ("untagged", "tags"),
    ("of-a-function", "lambda-visibility"),
    ("of-a-fast-function", "lambda-visibility"),
}

EXPECTED = {
    "clean": set(),
    "faults": FAULTS,
    # The module has an instance for each of two regions, and `team` one for each of two keys.
    "modules": {
        ("orders-us", "dead-letter-retention"),
        ("team-b", "dead-letter-retention"),
        ("team-dead-b", "short-retention"),
        ("one-of-many", "dead-letter-retention"),
    },
    # Policies in resources of their own.
    "separate": {("mail", "max-receive-count"), ("open-dead", "redrive-allow-all")},
    # Queues that exist. One is changed, and one is deleted.
    "existing": {
        ("orders", "max-receive-count"),
        ("orders", "wait-time-zero"),
        ("bare", "no-dead-letter-queue"),
        ("bare", "plain-transport"),
        ("bare", "tags"),
    },
}


def file(name):
    return str(PLANS / f"{name}.json")


def queues_of(name):
    """The names or addresses of the queues of a plan."""
    modules, names = [json.loads(pathlib.Path(file(name)).read_text())["planned_values"]["root_module"]], []
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        queues = [one for one in module["resources"] if one["type"] == "aws_sqs_queue"]
        names += [one["values"].get("name", one["address"]) for one in queues]
    return sorted(names)
