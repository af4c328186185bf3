"""The faults of Terraform plans are found: of queues that do not exist yet."""

import json
import pathlib

import pytest

from audit.terraform import EXPECTED, FAULTS, file, queues_of


def differences(found, expected):
    return f"not found: {sorted(expected - found)}, found, but no fault: {sorted(found - expected)}"


@pytest.mark.parametrize("name", EXPECTED)
def test_findings_of(audit, name):
    outcome = audit.json("--plan", file(name)).exits(0)
    report, expected = outcome.report(), EXPECTED[name]
    assert sorted(one["queue"] for one in report["queues"]) == queues_of(name), report["queues"]
    assert outcome.found() == expected, differences(outcome.found(), expected)
    assert report["source"] == "terraform_plan", report
    assert report["requests"]["sqs"] == 0, report
    code = 4 if expected else 0
    table = audit("--plan", file(name), "--fail-on", "low").exits(code)
    assert "$" not in table.out.splitlines()[0], table
    print(f"{len(queues_of(name))} queues")


def test_required_key_and_tag(audit):
    """A key that the plan creates, and a tag whose value is known later, are enough."""
    outcome = audit.json("--plan", file("faults"), "--require-customer-key", "--require-tag", "team").exits(0)
    expected = FAULTS | {(queue, "no-customer-key") for queue in queues_of("faults") if queue != "own-key"}
    assert outcome.found() == expected, differences(outcome.found(), expected)
    found = audit.json("--plan", file("clean"), "--require-tag", "owner").exits(0).found()
    assert found == {(queue, "tags") for queue in queues_of("clean")}, found


def test_unknown_values_are_named(audit):
    """What a plan does not know is neither a finding nor a passed check."""
    report = audit.json("--plan", file("separate")).exits(0).report()
    undecided = {one["check"]: one["queues"] for one in report["unknown"]}
    # The policy of one queue, the receives of three policies, and which sources one dead-letter queue allows.
    expected = {"plain-transport": 1, "open-policy": 1, "service-without-source": 1, "max-receive-count": 3,
                "redrive-allow-all": 1}
    found = {check: undecided.get(check) for check in expected}
    assert found == expected, f"expected {expected}, found {found}"


def test_metrics_are_not_missing_in_a_plan(audit):
    """A plan never has metrics, so checks that need them are not listed as undecided."""
    report = audit.json("--plan", file("clean")).exits(0).report()
    undecided = [one for one in report["unknown"] if "metrics" in one["needs"] or one["check"] == "fifo-throughput"]
    assert not undecided, f"undecided: {[one['check'] for one in undecided]}"


def changed(attribute, value):
    plan = json.loads(pathlib.Path(file("clean")).read_text())
    for resource in plan["planned_values"]["root_module"]["resources"]:
        if resource["address"] == "aws_sqs_queue.mail":
            resource["values"][attribute] = value
    return json.dumps(plan).encode()


INVALID = {
    "no JSON": (b"Terraform will perform the following actions:", ["not JSON", "terraform show -json"]),
    "a cut file": (pathlib.Path(file("clean")).read_bytes()[:5_000], ["not JSON", "terraform show -json"]),
    "an empty file": (b"", ["not JSON", "terraform show -json"]),
    # The file of `terraform plan -out`, which is an archive.
    "a binary plan": (b"PK\x03\x04\x14\x00\x08\x00\x08\x00\xff\xfe\x9f", ["terraform show -json"]),
    "a state": (b'{"format_version": "1.0", "values": {"root_module": {}}}',
                ["planned_values", "terraform show -json"]),
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


@pytest.mark.parametrize("name", INVALID)
def test_invalid_plans(audit, name, tmp_path):
    content, expected = INVALID[name]
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    outcome = audit("--plan", str(path)).exits(64)
    assert not outcome.out, outcome
    for text in [str(path), *expected]:
        assert text in outcome.err, f"no {text} in the error: {outcome.err}"


def test_a_plan_that_does_not_exist(audit, tmp_path):
    outcome = audit("--plan", str(tmp_path / "none.json")).exits(64)
    assert "none.json" in outcome.err, outcome
