"""The files for ECS, as the AWS command line reads them, and what they must have in common.

usage: python task.py PATH_OF_LONGSHORE

Exits 1 if any case fails.
"""

import json
import os
import re
import sys

import botocore.session
import cfnlint
from botocore.validate import ParamValidator

from cases import play, read
from checked import checked, effective

LONGSHORE = os.path.abspath(sys.argv[1])
DIRECTORY = "deploy/ecs"
CONFIG = f"{DIRECTORY}/longshore.toml"
# The requests that the document sends each file as.
REQUESTS = {
    "task-definition.json": ("ecs", "RegisterTaskDefinition"),
    "service.json": ("ecs", "CreateService"),
    "scalable-target.json": ("application-autoscaling", "RegisterScalableTarget"),
    "scaling-policy.json": ("application-autoscaling", "PutScalingPolicy"),
}
# Fargate stops nothing more slowly.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
FARGATE_SECONDS = 120


def load(name):
    return json.loads(read(f"{DIRECTORY}/{name}"))


def containers():
    return {container["name"]: container for container in load("task-definition.json")["containerDefinitions"]}


def beyond_the_enumerations(shape, value, place):
    """Values that are none of those that AWS lists; botocore itself does not look."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            yield from beyond_the_enumerations(shape.members[key], inner, f"{place}.{key}")
    elif shape.type_name == "list":
        for inner in value:
            yield from beyond_the_enumerations(shape.member, inner, place)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{place} is {value!r}, none of {shape.enum}"


def the_command_line_takes_every_file():
    session = botocore.session.get_session()
    for name, (service, operation) in REQUESTS.items():
        shape = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(load(name), shape)
        assert not report.has_errors(), f"{name}: {report.generate_report()}"
        strange = list(beyond_the_enumerations(shape, load(name), name))
        assert not strange, strange
        command = f"aws {service} {re.sub(r'(?<!^)(?=[A-Z])', '-', operation).lower()} "
        document = read("docs/deploy/ecs.md")
        assert f"{command}--cli-input-json file://{DIRECTORY}/{name}" in document, f"the document does not send {name}"


def in_capitals(value):
    """The same in CloudFormation's spelling, but for what are names of options."""
    if isinstance(value, list):
        return [in_capitals(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key[0].upper() + key[1:]: inner if key == "options" else in_capitals(inner) for key, inner in value.items()}


def the_rules_of_cloudformation_are_kept():
    # They know what the requests' shapes do not: which CPU goes with which memory, what Fargate does not have.
    resources = {"TaskDefinition": "task-definition.json", "Service": "service.json"}
    template = {"Resources": {kind: {"Type": f"AWS::ECS::{kind}", "Properties": in_capitals(load(file))}
                              for kind, file in resources.items()}}
    found = cfnlint.lint(json.dumps(template), regions=["us-east-1"])
    assert not found, "\n".join(f"{match.rule.id} {match.message} {match.path}" for match in found)


def a_stop_may_take_as_long_as_the_configuration_says():
    limit = checked(LONGSHORE, CONFIG)["stop"]["limit"]
    assert containers()["longshore"]["stopTimeout"] == limit <= FARGATE_SECONDS


def the_application_is_there_first_and_last():
    needs = containers()["longshore"]["dependsOn"]
    assert needs == [{"containerName": "application", "condition": "HEALTHY"}], needs
    assert "healthCheck" in containers()["application"], "it would never be healthy"


def nothing_is_privileged():
    for name, container in containers().items():
        assert container["readonlyRootFilesystem"] and not container["privileged"], name
        assert not container["user"].startswith(("0", "root")), name
        assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, name


def the_endpoint_that_is_scraped_is_published():
    port = int(effective(LONGSHORE, CONFIG, "admin", "listen").rpartition(":")[2])
    assert [mapping["containerPort"] for mapping in containers()["longshore"]["portMappings"]] == [port]


def a_deploy_keeps_every_worker_until_there_is_another():
    deployment = load("service.json")["deploymentConfiguration"]
    assert deployment["minimumHealthyPercent"] == 100 and deployment["maximumPercent"] == 200
    assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def scaling_is_of_this_service_and_this_queue():
    service, policy, target = load("service.json"), load("scaling-policy.json"), load("scalable-target.json")
    resource = f"service/{service['cluster']}/{service['serviceName']}"
    assert policy["ResourceId"] == target["ResourceId"] == resource
    metrics = policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    named = {(entry["Name"], entry["Value"]) for metric in metrics if "MetricStat" in metric
             for entry in metric["MetricStat"]["Metric"]["Dimensions"]}
    queue, = (found["queue"] for found in checked(LONGSHORE, CONFIG)["idle_month"])
    expected = {("QueueName", queue), ("ClusterName", service["cluster"]), ("ServiceName", service["serviceName"])}
    assert named == expected, named
    expression, = (metric["Expression"] for metric in metrics if metric["ReturnData"])
    assert set(re.findall(r"[a-z]+", expression)) == {metric["Id"] for metric in metrics if not metric["ReturnData"]}


def a_task_is_full_at_half_of_what_it_scales_by():
    target = load("scaling-policy.json")["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
    assert target == 2 * int(effective(LONGSHORE, CONFIG, "queue.orders", "concurrency"))


CASES = [the_command_line_takes_every_file, the_rules_of_cloudformation_are_kept,
         a_stop_may_take_as_long_as_the_configuration_says, the_application_is_there_first_and_last,
         nothing_is_privileged, the_endpoint_that_is_scraped_is_published,
         a_deploy_keeps_every_worker_until_there_is_another, scaling_is_of_this_service_and_this_queue,
         a_task_is_full_at_half_of_what_it_scales_by]

if __name__ == "__main__":
    sys.exit(play(CASES))
