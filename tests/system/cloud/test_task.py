"""The files for ECS match the AWS request shapes and each other."""

import json
import re

import botocore.session
import cfnlint
import pytest
from botocore.validate import ParamValidator

from cloud.checked import checked, effective
from cloud.files import read

DIRECTORY = "deploy/ecs"
CONFIG = f"{DIRECTORY}/longshore.toml"
# The AWS request of each file, as in the commands of the document.
REQUESTS = {
    "task-definition.json": ("ecs", "RegisterTaskDefinition"),
    "service.json": ("ecs", "CreateService"),
    "scalable-target.json": ("application-autoscaling", "RegisterScalableTarget"),
    "scaling-policy.json": ("application-autoscaling", "PutScalingPolicy"),
}
# The maximum stopTimeout on Fargate.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
FARGATE_SECONDS = 120


def load(name):
    return json.loads(read(f"{DIRECTORY}/{name}"))


def containers():
    return {container["name"]: container for container in load("task-definition.json")["containerDefinitions"]}


def values_outside_enums(shape, value, place):
    """Yields values that are not in the enums of AWS. botocore does not check enums."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            yield from values_outside_enums(shape.members[key], inner, f"{place}.{key}")
    elif shape.type_name == "list":
        for inner in value:
            yield from values_outside_enums(shape.member, inner, place)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{place} is {value!r}, none of {shape.enum}"


@pytest.mark.parametrize("name", REQUESTS)
def test_the_aws_command_line_accepts_every_file(name):
    service, operation = REQUESTS[name]
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(load(name), shape)
    assert not report.has_errors(), report.generate_report()
    strange = list(values_outside_enums(shape, load(name), name))
    assert not strange, strange
    command = f"aws {service} {re.sub(r'(?<!^)(?=[A-Z])', '-', operation).lower()} "
    document = read("docs/deploy/ecs.md")
    assert f"{command}--cli-input-json file://{DIRECTORY}/{name}" in document, f"no command for {name}"


def in_cloudformation_case(value):
    """Converts keys to CloudFormation's capitalization, except the keys below `options`."""
    if isinstance(value, list):
        return [in_cloudformation_case(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key[0].upper() + key[1:]: inner if key == "options" else in_cloudformation_case(inner)
            for key, inner in value.items()}


def test_cfn_lint_reports_no_error():
    # cfn-lint knows rules that the request shapes lack: valid CPU and memory pairs, and limits of
    # Fargate.
    resources = {"TaskDefinition": "task-definition.json", "Service": "service.json"}
    template = {"Resources": {kind: {"Type": f"AWS::ECS::{kind}", "Properties": in_cloudformation_case(load(file))}
                              for kind, file in resources.items()}}
    found = cfnlint.lint(json.dumps(template), regions=["us-east-1"])
    assert not found, "\n".join(f"{match.rule.id} {match.message} {match.path}" for match in found)


def test_the_stop_timeout_equals_the_shutdown_limit(longshore):
    limit = checked(longshore, CONFIG)["stop"]["limit"]
    assert containers()["longshore"]["stopTimeout"] == limit <= FARGATE_SECONDS


def test_the_application_starts_first_and_stops_last():
    needs = containers()["longshore"]["dependsOn"]
    assert needs == [{"containerName": "application", "condition": "HEALTHY"}], needs
    assert "healthCheck" in containers()["application"], "without a health check it never becomes healthy"


def test_no_container_is_privileged():
    for name, container in containers().items():
        assert container["readonlyRootFilesystem"] and not container["privileged"], name
        assert not container["user"].startswith(("0", "root")), name
        assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, name


def test_the_scraped_port_is_published(longshore):
    port = int(effective(longshore, CONFIG, "admin", "listen").rpartition(":")[2])
    assert [mapping["containerPort"] for mapping in containers()["longshore"]["portMappings"]] == [port]


def test_a_deploy_starts_a_new_task_before_it_stops_an_old_one():
    deployment = load("service.json")["deploymentConfiguration"]
    assert deployment["minimumHealthyPercent"] == 100 and deployment["maximumPercent"] == 200
    assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_the_scaling_policy_uses_this_service_and_queue(longshore):
    service, policy, target = load("service.json"), load("scaling-policy.json"), load("scalable-target.json")
    resource = f"service/{service['cluster']}/{service['serviceName']}"
    assert policy["ResourceId"] == target["ResourceId"] == resource
    metrics = policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    named = {(entry["Name"], entry["Value"]) for metric in metrics if "MetricStat" in metric
             for entry in metric["MetricStat"]["Metric"]["Dimensions"]}
    queue, = (found["queue"] for found in checked(longshore, CONFIG)["idle_month"])
    expected = {("QueueName", queue), ("ClusterName", service["cluster"]), ("ServiceName", service["serviceName"])}
    assert named == expected, named
    expression, = (metric["Expression"] for metric in metrics if metric["ReturnData"])
    assert set(re.findall(r"[a-z]+", expression)) == {metric["Id"] for metric in metrics if not metric["ReturnData"]}


def test_the_scaling_target_is_twice_the_concurrency(longshore):
    target = load("scaling-policy.json")["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
    assert target == 2 * int(effective(longshore, CONFIG, "queue.orders", "concurrency"))
