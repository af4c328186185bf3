"""Mistakes in the overlays. The named check must fail for each."""

import copy

import pytest

from deploy import test_overlays
from deploy.checks import checks_of, detects, without_mutants
from deploy.manifests import APPLICATION, WORKER, Overlay

CHECKS = checks_of(test_overlays, "overlay")


def broken(name, change):
    overlay = Overlay(name)
    before = copy.deepcopy(overlay.objects)
    change(overlay)
    assert overlay.objects != before, f"the mutant changed nothing in {name}"
    return overlay


def worker(change):
    return lambda overlay: change(overlay.container(WORKER))


def application(change):
    return lambda overlay: change(overlay.container(APPLICATION))


def config(old, new):
    return lambda overlay: overlay.set_config(old, new)


def spec(kind, change):
    return lambda overlay: change(overlay.one(kind)["spec"])


def trigger(**values):
    return lambda overlay: overlay.all("ScaledObject", "ScaledJob")[0]["spec"]["triggers"][0]["metadata"].update(values)


def endpoint(**values):
    return spec("PodMonitor", lambda of: of["podMetricsEndpoints"][0].update(values))


def scale_down(**values):
    return spec("ScaledObject", lambda of: of["advanced"]["horizontalPodAutoscalerConfig"]["behavior"][
        "scaleDown"].update(values))


# The check that must fail, the overlay, and one mistake.
MUTANTS = [
    ("the_configuration_passes_longshore_check", "sidecar", config('wait = "20s"', 'wait = "0s"')),
    ("the_configuration_passes_longshore_check", "standalone", config('last_scrape = "16s"', 'last_scrape = "26s"')),
    ("the_configuration_passes_longshore_check", "keda", config("concurrency =", "concurency =")),
    ("the_termination_grace_is_the_sum_of_its_parts", "sidecar",
     lambda overlay: overlay.pod.update(terminationGracePeriodSeconds=30)),
    ("the_termination_grace_is_the_sum_of_its_parts", "cron-job", config('limit = "45s"', 'limit = "60s"')),
    ("the_termination_grace_is_the_sum_of_its_parts", "standalone",
     worker(lambda of: of.update(lifecycle={"preStop": {"sleep": {"seconds": 5}}}))),
    ("the_last_scrape_is_the_interval_plus_a_second", "sidecar", endpoint(interval="30s")),
    ("the_last_scrape_is_the_interval_plus_a_second", "scaled-job",
     config('last_scrape = "16s"', 'last_scrape = "2s"')),
    ("a_job_waits_for_its_first_scrape", "cron-job",
     worker(lambda of: of["args"].remove("--set=admin.first_scrape=31s"))),
    ("a_job_waits_for_its_first_scrape", "scaled-job", endpoint(interval="30s")),
    ("the_worker_stops_before_the_application", "sidecar",
     lambda overlay: overlay.pod["containers"].append(overlay.pod.pop("initContainers")[0])),
    ("the_worker_stops_before_the_application", "keda", application(lambda of: of.pop("restartPolicy"))),
    ("the_worker_stops_before_the_application", "cron-job", application(lambda of: of.pop("startupProbe"))),
    ("the_worker_stops_before_the_application", "sidecar",
     application(lambda of: of.update(lifecycle={"preStop": {"sleep": {"seconds": 1}}}))),
    ("the_handler_address_is_that_of_the_application", "sidecar", config("127.0.0.1:8080", "127.0.0.1:8081")),
    ("the_handler_address_is_that_of_the_application", "sidecar",
     application(lambda of: of["ports"][0].update(containerPort=9000))),
    ("the_handler_address_is_that_of_the_application", "standalone",
     spec("NetworkPolicy", lambda of: of["egress"].pop())),
    ("the_metrics_port_agrees_everywhere", "sidecar", config("0.0.0.0:9464", "127.0.0.1:9464")),
    ("the_metrics_port_agrees_everywhere", "keda", config("0.0.0.0:9464", "0.0.0.0:9465")),
    ("the_metrics_port_agrees_everywhere", "sidecar", endpoint(port="http")),
    ("the_metrics_port_agrees_everywhere", "sidecar",
     spec("NetworkPolicy", lambda of: of["ingress"][0]["ports"][0].update(port=9090))),
    ("the_metrics_port_agrees_everywhere", "standalone",
     worker(lambda of: of["livenessProbe"]["httpGet"].update(port="admin"))),
    ("each_probe_uses_its_endpoint", "sidecar",
     worker(lambda of: of["livenessProbe"]["httpGet"].update(path="/readyz"))),
    ("each_probe_uses_its_endpoint", "keda", worker(lambda of: of.pop("readinessProbe"))),
    ("each_probe_uses_its_endpoint", "cron-job",
     worker(lambda of: of.update(readinessProbe=of["livenessProbe"]))),
    ("the_network_policy_allows_required_egress", "sidecar", spec("NetworkPolicy", lambda of: of["egress"].pop(0))),
    ("the_network_policy_allows_required_egress", "sidecar",
     spec("NetworkPolicy", lambda of: of["egress"][1]["to"][0]["ipBlock"].pop("except"))),
    ("the_network_policy_allows_required_egress", "standalone",
     lambda overlay: next(entry for entry in overlay.container(WORKER)["env"] if entry["name"].endswith(
         "OTLP_ENDPOINT")).update(value="http://collector:9999")),
    ("selectors_match_the_pods", "sidecar",
     spec("PodMonitor", lambda of: of["selector"]["matchLabels"].update({"app.kubernetes.io/name": "worker"}))),
    ("selectors_match_the_pods", "cron-job",
     spec("NetworkPolicy", lambda of: of["podSelector"]["matchLabels"].update({"app.kubernetes.io/instance": "mail"}))),
    ("selectors_match_the_pods", "sidecar",
     spec("PodDisruptionBudget", lambda of: of["selector"]["matchLabels"].update(app="longshore"))),
    ("selectors_match_the_pods", "keda", spec("PodMonitor", lambda of: of.update(jobLabel="app"))),
    ("every_reference_resolves", "scaled-job",
     lambda overlay: overlay.pod["volumes"][1]["configMap"].update(name="orders-application")),
    ("every_reference_resolves", "sidecar", lambda overlay: overlay.pod.update(serviceAccountName="default")),
    ("every_reference_resolves", "sidecar", worker(lambda of: of["volumeMounts"][0].update(mountPath="/etc/worker"))),
    ("every_reference_resolves", "standalone", lambda overlay: overlay.template["metadata"]["annotations"].update(
        {"kubectl.kubernetes.io/default-container": "worker"})),
    ("every_reference_resolves", "standalone", worker(lambda of: of["env"].reverse())),
    ("pods_are_hardened", "sidecar", lambda overlay: overlay.pod.update(automountServiceAccountToken=True)),
    ("pods_are_hardened", "keda", lambda overlay: overlay.pod["securityContext"].pop("runAsNonRoot")),
    ("pods_are_hardened", "cron-job", application(lambda of: of["securityContext"].update(
        readOnlyRootFilesystem=False))),
    ("pods_are_hardened", "sidecar", worker(lambda of: of["securityContext"]["capabilities"].update(add=["NET_RAW"]))),
    ("pods_are_hardened", "sidecar", worker(lambda of: of["resources"].pop("limits"))),
    ("pods_are_hardened", "standalone", lambda overlay: overlay.pod.update(hostNetwork=True)),
    ("images_have_a_version", "sidecar", application(lambda of: of.update(image="python:latest"))),
    ("images_have_a_version", "sidecar", worker(lambda of: of.update(image="longshore"))),
    ("images_have_a_version", "keda", worker(lambda of: of.update(image="registry.example/longshore:9.9.9"))),
    ("the_ledger_path_is_the_termination_message_path", "sidecar",
     worker(lambda of: of.update(terminationMessagePath="/ledger"))),
    ("the_keda_trigger_matches_the_configuration", "keda", trigger(queueLength="5")),
    ("the_keda_trigger_matches_the_configuration", "scaled-job", config("concurrency = 20", "concurrency = 10")),
    ("the_keda_trigger_matches_the_configuration", "keda",
     trigger(queueURL="https://sqs.us-east-1.amazonaws.com/123456789012/mail")),
    ("the_keda_trigger_matches_the_configuration", "scaled-job", trigger(awsRegion="eu-west-1")),
    ("the_keda_trigger_matches_the_configuration", "keda", trigger(scaleOnInFlight="false")),
    ("the_keda_trigger_matches_the_configuration", "keda", trigger(scaleInFlight="true")),
    ("scaling_in_stops_one_replica_at_a_time", "keda", scale_down(stabilizationWindowSeconds=0)),
    ("scaling_in_stops_one_replica_at_a_time", "keda",
     scale_down(policies=[{"type": "Pods", "value": 1, "periodSeconds": 15}])),
    ("scaling_in_stops_one_replica_at_a_time", "keda", spec("Deployment", lambda of: of.update(replicas=2))),
    ("scaling_in_stops_one_replica_at_a_time", "keda",
     spec("ScaledObject", lambda of: of["triggers"][0].pop("useCachedMetrics"))),
    ("scaling_in_stops_one_replica_at_a_time", "keda",
     spec("ScaledObject", lambda of: of["scaleTargetRef"].update(name="orders"))),
    ("a_rollout_keeps_the_queue_polled", "sidecar",
     spec("Deployment", lambda of: of["strategy"]["rollingUpdate"].update(maxUnavailable=1))),
    ("a_rollout_keeps_the_queue_polled", "standalone", spec("Deployment", lambda of: of.update(replicas=1))),
    ("a_job_ends_by_itself_and_retries_useful_failures", "cron-job",
     worker(lambda of: of["args"].remove("--until-empty"))),
    ("a_job_ends_by_itself_and_retries_useful_failures", "scaled-job",
     lambda overlay: overlay.pod.update(restartPolicy="OnFailure")),
    ("a_job_ends_by_itself_and_retries_useful_failures", "cron-job",
     lambda overlay: overlay.job["podFailurePolicy"]["rules"][0]["onExitCodes"].update(values=[2])),
    ("a_job_ends_by_itself_and_retries_useful_failures", "sidecar",
     worker(lambda of: of["args"].insert(1, "--until-empty"))),
    ("a_job_receives_failed_messages_again", "scaled-job", config('max = "30s"', 'max = "1m"')),
    ("a_job_receives_failed_messages_again", "scaled-job", config("retry =", "# retry =")),
    ("monitoring_is_included", "sidecar", lambda overlay: overlay.objects.remove(overlay.one("PrometheusRule"))),
]


@pytest.mark.mutants
@pytest.mark.parametrize(("check", "name", "change"), MUTANTS, ids=[f"{check}-{name}" for check, name, _ in MUTANTS])
def test_a_mistake_in_an_overlay_is_detected(check, name, change, longshore):
    correct = {"overlay": Overlay(name), "longshore": longshore}
    assert detects(CHECKS[check], correct, correct | {"overlay": broken(name, change)})


def test_each_check_of_overlays_has_a_mutant():
    assert not without_mutants(CHECKS, MUTANTS)
