"""The Terraform module: formatted, valid, tested with mocks, and what it plans to make.

usage: python module.py

Exits 1 if any case fails. What cannot be done without Terraform or its AWS provider is said to be NOT RUN.
"""

import json
import pathlib
import re
import sys
import tempfile

from cases import ROOT, play, read
from terraform import Terraform, installed

# A plan of what is not there yet asks AWS for nothing but who is asking.
OVERRIDE = """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""
STORY_RECEIVES_AN_HOUR = 10_000_000  # 7.2 billion in 30 days


def it_is_formatted(terraform):
    terraform.succeed("fmt", "-check", "-diff", "-recursive")


def it_is_valid(terraform):
    terraform.succeed("validate")
    assert not terraform.initialised("example")
    terraform.succeed("validate", directory="example")


def its_own_tests_pass(terraform):
    said = terraform.succeed("test")
    passed = int(re.search(r"(\d+) passed, 0 failed", said)[1])
    assert passed >= 8, said


def planned(terraform):
    """What the example would make: the values of each resource, by its address in the module."""
    (terraform.copy / "example/test_override.tf").write_text(OVERRIDE)
    terraform.succeed("plan", "-input=false", "-out=plan", directory="example")
    plan = json.loads(terraform.succeed("show", "-json", "plan", directory="example"))
    module, = plan["planned_values"]["root_module"]["child_modules"]
    return {one["address"].removeprefix(f"{module['address']}."): one.get("values", {}) for one in module["resources"]}


def alarms(plan):
    kind = "aws_cloudwatch_metric_alarm."
    return {address.removeprefix(kind): values for address, values in plan.items() if address.startswith(kind)}


def the_queues_are_as_the_document_says(plan):
    document = read("docs/deploy/terraform.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", document, re.MULTILINE))
    assert len(rows) >= 6, rows
    queue = plan["aws_sqs_queue.this"]
    assert rows == {key: str(queue[key]).lower() for key in rows}
    dlq = plan["aws_sqs_queue.dlq"]
    assert dlq["name"] == "orders-dlq" and dlq["sqs_managed_sse_enabled"], dlq
    assert dlq["message_retention_seconds"] == 1209600 and dlq["receive_wait_time_seconds"] == 20, dlq


def headings(document):
    """As anchors, the way that GitHub makes them."""
    return {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in document.splitlines() if line.startswith("#")}


def every_alarm_says_what_to_do_and_where_to_read_more(plan):
    base = re.search(r'RUNBOOKS: &str = "(.+/docs/)runbooks/";', read("src/slo/rules/mod.rs"))[1]
    assert len(alarms(plan)) == 6, alarms(plan).keys()
    for name, alarm in alarms(plan).items():
        text = alarm["alarm_description"]
        assert "${" not in text and 80 < len(text) <= 1024, text
        path, _, anchor = re.search(rf"{re.escape(base)}(\S+)$", text)[1].partition("#")
        page = ROOT / "docs" / path
        assert page.exists(), f"{name}: there is no docs/{path}"
        assert not anchor or anchor in headings(page.read_text()), f"{name}: docs/{path} has no #{anchor}"
        assert alarm["actions_enabled"] and alarm["treat_missing_data"] == "notBreaching", name
        assert f"`{alarm['alarm_name']}`" in read("docs/deploy/terraform.md"), f"the document does not name {name}"


def math(alarm, **values):
    """CloudWatch's expression, with these values of the metrics."""
    expression, = (query["expression"] for query in alarm["metric_query"] if query["return_data"])
    metrics = {query["id"] for query in alarm["metric_query"] if not query["return_data"]}
    assert metrics == set(values), metrics
    words = {"IF": lambda condition, then, otherwise: then if condition else otherwise,
             "FILL": lambda value, other: other if value is None else value}
    return eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, {**words, **values})


def of_an_hour(alarm):
    return all(query["metric"][0]["period"] == 3600 for query in alarm["metric_query"] if query["metric"])


def the_waste_of_the_story_is_told_in_dollars_and_an_idle_queue_is_silent(plan):
    alarm = alarms(plan)["polling_waste"]
    assert round(math(alarm, empty=STORY_RECEIVES_AN_HOUR)) == 2879, math(alarm, empty=STORY_RECEIVES_AN_HOUR)
    assert math(alarm, empty=10 * 180) == 0
    assert alarm["threshold"] == 50 and alarm["comparison_operator"] == "GreaterThanThreshold"
    assert of_an_hour(alarm), "what is multiplied by the hours of a month is not of an hour"


def a_queue_is_stalled_only_when_messages_wait_and_none_is_received(plan):
    alarm = alarms(plan)["stalled"]
    cases = [(5, None, 1), (5, 0, 1), (5, 1, 0), (0, None, 0), (0, 3, 0)]
    for visible, received, stalled in cases:
        assert math(alarm, visible=visible, received=received) == stalled, (visible, received)
    assert alarm["threshold"] == 1 and alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"


def dead_letters_are_told_of_before_they_are_deleted(plan):
    queue, dlq = plan["aws_sqs_queue.this"], plan["aws_sqs_queue.dlq"]
    kept = dlq["message_retention_seconds"] - queue["message_retention_seconds"]
    assert alarms(plan)["dead_letters_expire"]["threshold"] == kept - 86400
    for name in ("dead_letters", "dead_letters_expire"):
        assert alarms(plan)[name]["dimensions"] == {"QueueName": "orders-dlq"}, alarms(plan)[name]


CHECKS = [it_is_valid, its_own_tests_pass]
PLANNED = [the_queues_are_as_the_document_says, every_alarm_says_what_to_do_and_where_to_read_more,
           the_waste_of_the_story_is_told_in_dollars_and_an_idle_queue_is_silent,
           a_queue_is_stalled_only_when_messages_wait_and_none_is_received,
           dead_letters_are_told_of_before_they_are_deleted]


def main():
    if not installed():
        print("NOT RUN terraform fmt, validate, test and plan: there is no terraform")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        terraform = Terraform(pathlib.Path(scratch))
        failed = play([it_is_formatted], terraform)
        if reason := terraform.initialised():
            print(f"NOT RUN terraform validate, test and plan: the AWS provider is not to be had here: {reason}")
            return failed
        return max(failed, play(CHECKS, terraform), play(PLANNED, planned(terraform)))


if __name__ == "__main__":
    sys.exit(main())
