"""The Terraform module: format, validity, its own tests with mocks, and the plan. Then the example on EKS."""

import json
import re

import pytest

from cloud.files import ROOT, read
from cloud.terraform import EKS, Terraform

# To plan new resources, the provider needs only the caller identity from AWS. These settings skip
# that.
OVERRIDE = """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""
EMPTY_RECEIVES_PER_HOUR = 10_000_000  # 7.2 billion in 30 days


@pytest.fixture(scope="module")
def terraform(needs, tmp_path_factory):
    needs("terraform")
    return Terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="module")
def initialized(terraform):
    """Terraform with its AWS provider."""
    skip_without_provider(terraform.init_error())
    return terraform


def skip_without_provider(error):
    if error:
        pytest.skip(f"the AWS provider is unavailable: {error}")


def test_the_module_is_formatted(terraform):
    terraform.succeed("fmt", "-check", "-diff", "-recursive")


@pytest.fixture(scope="module")
def example(initialized):
    """Terraform with the example, which uses the module."""
    error = initialized.init_error("example")
    assert not error, error
    return initialized


def test_the_module_is_valid(example):
    example.succeed("validate")
    example.succeed("validate", directory="example")


def test_the_module_tests_pass(initialized):
    output = initialized.succeed("test")
    passed = int(re.search(r"(\d+) passed, 0 failed", output)[1])
    assert passed >= 8, output


@pytest.fixture(scope="module")
def plan(example):
    """The planned values of each resource of the example, by its address in the module."""
    module, = planned(example, "example")["planned_values"]["root_module"]["child_modules"]
    return {one["address"].removeprefix(f"{module['address']}."): one.get("values", {}) for one in module["resources"]}


def planned(terraform, directory, *variables):
    """The plan as JSON."""
    (terraform.copy / directory / "test_override.tf").write_text(OVERRIDE)
    terraform.succeed("plan", "-input=false", "-out=plan", *variables, directory=directory)
    return json.loads(terraform.succeed("show", "-json", "plan", directory=directory))


def alarms(plan):
    kind = "aws_cloudwatch_metric_alarm."
    return {address.removeprefix(kind): values for address, values in plan.items() if address.startswith(kind)}


def test_the_queues_match_the_document(plan):
    document = read("docs/deploy/terraform.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", document, re.MULTILINE))
    assert len(rows) >= 6, rows
    queue = plan["aws_sqs_queue.this"]
    assert rows == {key: str(queue[key]).lower() for key in rows}
    dlq = plan["aws_sqs_queue.dlq"]
    assert dlq["name"] == "orders-dlq" and dlq["sqs_managed_sse_enabled"], dlq
    assert dlq["message_retention_seconds"] == 1209600 and dlq["receive_wait_time_seconds"] == 20, dlq


def headings(document):
    """The headings as GitHub anchors."""
    return {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in document.splitlines() if line.startswith("#")}


def test_every_alarm_description_links_to_instructions(plan):
    base = re.search(r'RUNBOOKS: &str = "(.+/docs/)runbooks/";', read("crates/longshore/src/report/verdict.rs"))[1]
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
    """Evaluates the CloudWatch expression of an alarm with these metric values."""
    expression, = (query["expression"] for query in alarm["metric_query"] if query["return_data"])
    metrics = {query["id"] for query in alarm["metric_query"] if not query["return_data"]}
    assert metrics == set(values), metrics
    words = {"IF": lambda condition, then, otherwise: then if condition else otherwise,
             "FILL": lambda value, other: other if value is None else value}
    return eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, {**words, **values})


def of_an_hour(alarm):
    return all(query["metric"][0]["period"] == 3600 for query in alarm["metric_query"] if query["metric"])


def test_the_waste_alarm_counts_dollars_and_ignores_an_idle_queue(plan):
    alarm = alarms(plan)["polling_waste"]
    assert round(math(alarm, empty=EMPTY_RECEIVES_PER_HOUR)) == 2879, math(alarm, empty=EMPTY_RECEIVES_PER_HOUR)
    assert math(alarm, empty=10 * 180) == 0
    assert alarm["threshold"] == 50 and alarm["comparison_operator"] == "GreaterThanThreshold"
    assert of_an_hour(alarm), "the period must be one hour, because the expression multiplies by the hours of a month"


def test_a_queue_is_stalled_if_no_visible_message_is_received(plan):
    alarm = alarms(plan)["stalled"]
    cases = [(5, None, 1), (5, 0, 1), (5, 1, 0), (0, None, 0), (0, 3, 0)]
    for visible, received, stalled in cases:
        assert math(alarm, visible=visible, received=received) == stalled, (visible, received)
    assert alarm["threshold"] == 1 and alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"


def test_an_alarm_fires_before_dead_letters_are_deleted(plan):
    queue, dlq = plan["aws_sqs_queue.this"], plan["aws_sqs_queue.dlq"]
    kept = dlq["message_retention_seconds"] - queue["message_retention_seconds"]
    assert alarms(plan)["dead_letters_expire"]["threshold"] == kept - 86400
    for name in ("dead_letters", "dead_letters_expire"):
        assert alarms(plan)[name]["dimensions"] == {"QueueName": "orders-dlq"}, alarms(plan)[name]


EKS_FOLDER = f"../{EKS.name}"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"


def test_the_example_on_eks_is_formatted(terraform):
    terraform.succeed("fmt", "-check", "-diff", "-recursive", directory=EKS_FOLDER)


@pytest.fixture(scope="module")
def eks(terraform, tmp_path_factory):
    """Terraform with the example on EKS. Its copy of the module outputs a fixed ARN, because AWS assigns the ARN of a
    new queue, and a plan has no value that depends on it."""
    own = Terraform(tmp_path_factory.mktemp("eks"))
    (own.copy / "test_override.tf").write_text(f'output "queue_arn" {{ value = "{QUEUE_ARN}" }}\n')
    skip_without_provider(own.init_error(EKS_FOLDER))
    return own


def test_the_example_on_eks_is_valid(eks):
    eks.succeed("validate", directory=EKS_FOLDER)


@pytest.fixture(scope="module")
def eks_plan(eks):
    """The plan of the example on EKS, with the variables of docs/deploy/example.md."""
    return planned(eks, EKS_FOLDER, "-var", "cluster=shop", "-var", "alarm_mail=a@example.com")


@pytest.fixture(scope="module")
def identities(eks_plan):
    """The planned values of each resource of the example on EKS, without those of the module."""
    return {one["address"]: one["values"] for one in eks_plan["planned_values"]["root_module"]["resources"]}


def test_pods_of_the_worker_and_of_keda_get_their_roles(eks_plan, identities):
    kind = "aws_eks_pod_identity_association."
    found = {address.removeprefix(kind): tuple(values[key] for key in ("cluster_name", "namespace", "service_account"))
             for address, values in identities.items() if address.startswith(kind)}
    assert found == {"worker": ("shop", "shop", "orders-longshore"), "keda[0]": ("shop", "keda", "keda-operator")}
    # The ARN of a new role is not in a plan either, so compare the expressions.
    for one in eks_plan["configuration"]["root_module"]["resources"]:
        if one["address"].startswith(kind):
            role = f"aws_iam_role.{one['name']}"
            assert role in one["expressions"]["role_arn"]["references"], one


def test_the_policy_of_keda_only_allows_to_read_the_attributes_of_the_queue(identities):
    policies = {address: json.loads(values["policy"]) for address, values in identities.items()
                if address.startswith("aws_iam_role_policy.")}
    assert policies == {"aws_iam_role_policy.keda": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:GetQueueAttributes", "Resource": QUEUE_ARN}]}}
    assert identities["aws_iam_role_policy.keda"]["role"] == "orders-keda"
