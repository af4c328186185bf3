"""Terraform plans: queues that do not exist yet.

The files in `plans` have the form of `terraform show -json` with version 6 of the provider, in several lines. A plan
does not know attributes that the provider computes, also if the configuration does not set them.
"""

import json
import os
import pathlib
import tempfile

from scene import each

PLANS = pathlib.Path(__file__).resolve().parents[1] / "plans"

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
    modules, names = [json.load(open(file(name)))["planned_values"]["root_module"]], []
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        queues = [one for one in module["resources"] if one["type"] == "aws_sqs_queue"]
        names += [one["values"].get("name", one["address"]) for one in queues]
    return sorted(names)


def differences(found, expected):
    return f"not found: {sorted(expected - found)}, found, but no fault: {sorted(found - expected)}"


def findings_of(name):
    def scenario(audit):
        outcome = audit.json("--plan", file(name)).exits(0)
        report, expected = outcome.report(), EXPECTED[name]
        assert sorted(one["queue"] for one in report["queues"]) == queues_of(name), report["queues"]
        assert outcome.found() == expected, differences(outcome.found(), expected)
        assert report["source"] == "terraform_plan" and report["requests"]["sqs"] == 0, report
        code = 4 if expected else 0
        table = audit("--plan", file(name), "--fail-on", "low").exits(code)
        assert "$" not in table.out.splitlines()[0], table
    scenario.__name__ = f"findings of {name}.json"
    return scenario


def required_key_and_tag(audit):
    """A key that the plan creates, and a tag whose value is known later, are enough."""
    outcome = audit.json("--plan", file("faults"), "--require-customer-key", "--require-tag", "team").exits(0)
    expected = FAULTS | {(queue, "no-customer-key") for queue in queues_of("faults") if queue != "own-key"}
    assert outcome.found() == expected, differences(outcome.found(), expected)
    found = audit.json("--plan", file("clean"), "--require-tag", "owner").exits(0).found()
    assert found == {(queue, "tags") for queue in queues_of("clean")}, found


def unknown_values_are_named(audit):
    """What a plan does not know is no finding, and not fine either."""
    report = audit.json("--plan", file("separate")).exits(0).report()
    undecided = {one["check"]: one["queues"] for one in report["unknown"]}
    # The policy of one queue, the receives of three policies, and which sources one dead-letter queue allows.
    expected = {"plain-transport": 1, "open-policy": 1, "service-without-source": 1, "max-receive-count": 3,
                "redrive-allow-all": 1}
    found = {check: undecided.get(check) for check in expected}
    assert found == expected, f"expected {expected}, found {found}"


def metrics_are_not_missing_in_a_plan(audit):
    """A plan never has metrics, so the checks that need them are no news."""
    report = audit.json("--plan", file("clean")).exits(0).report()
    undecided = [one for one in report["unknown"] if "metrics" in one["needs"] or one["check"] == "fifo-throughput"]
    assert not undecided, f"undecided: {[one['check'] for one in undecided]}"


def changed(attribute, value):
    plan = json.load(open(file("clean")))
    for resource in plan["planned_values"]["root_module"]["resources"]:
        if resource["address"] == "aws_sqs_queue.mail":
            resource["values"][attribute] = value
    return json.dumps(plan).encode()


INVALID = {
    "no JSON": (b"Terraform will perform the following actions:", ["not JSON", "terraform show -json"]),
    "a cut file": (open(file("clean"), "rb").read()[:5_000], ["not JSON", "terraform show -json"]),
    "an empty file": (b"", ["not JSON", "terraform show -json"]),
    # The file of `terraform plan -out`, which is an archive.
    "a binary plan": (b"PK\x03\x04\x14\x00\x08\x00\x08\x00\xff\xfe\x9f", ["terraform show -json"]),
    "a state": (b'{"format_version": "1.0", "values": {"root_module": {}}}', ["planned_values", "terraform show -json"]),
    "a list": (b"[]", ["planned_values"]),
    "a text as retention": (changed("message_retention_seconds", "4 days"),
                            ["aws_sqs_queue.mail", "message_retention_seconds", '"4 days"', "whole number"]),
    "a negative wait": (changed("receive_wait_time_seconds", -1),
                        ["aws_sqs_queue.mail", "receive_wait_time_seconds", "-1"]),
    "a number as name": (changed("name", 5), ["aws_sqs_queue.mail", "name", "5"]),
    "a list as redrive policy": (changed("redrive_policy", "[]"),
                                 ["aws_sqs_queue.mail", "redrive_policy", "deadLetterTargetArn"]),
    "a broken policy": (changed("policy", '{"Version": "2012-10-17"}'), ["aws_sqs_queue.mail", "policy", "IAM policy"]),
}


def invalid_plans(audit):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "plan.json")
        for name, (content, texts) in INVALID.items():
            with open(path, "wb") as plan:
                plan.write(content)
            outcome = audit("--plan", path)
            assert outcome.code == 64 and not outcome.out, f"{name}: {outcome}"
            for text in [path, *texts]:
                assert text in outcome.err, f"{name}: no {text} in the error: {outcome.err}"
        outcome = audit("--plan", os.path.join(scratch, "none.json")).exits(64)
        assert "none.json" in outcome.err, outcome


SCENARIOS = [*map(findings_of, EXPECTED), required_key_and_tag, unknown_values_are_named,
             metrics_are_not_missing_in_a_plan, invalid_plans]


def run(audit):
    each(SCENARIOS, audit)
    queues = sum(len(queues_of(name)) for name in EXPECTED)
    return f"{queues} queues in {len(EXPECTED)} plans, {len(INVALID)} invalid files"
