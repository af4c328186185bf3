"""One thing wrong at a time in an overlay: by the check that must notice it, what, and where."""

import copy

from manifests import APPLICATION, WORKER, Overlay


def broken(name, change):
    overlay = Overlay(name)
    before = copy.deepcopy(overlay.objects)
    change(overlay)
    assert overlay.objects != before, f"nothing was broken in {name}"
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


MUTANTS = [
    ("the_configuration_passes_its_check", "sidecar", config('wait = "20s"', 'wait = "0s"')),
    ("the_configuration_passes_its_check", "standalone", config('last_scrape = "16s"', 'last_scrape = "26s"')),
    ("the_configuration_passes_its_check", "keda", config("concurrency =", "concurency =")),
    ("the_grace_of_the_pod_is_that_of_its_parts", "sidecar",
     lambda overlay: overlay.pod.update(terminationGracePeriodSeconds=30)),
    ("the_grace_of_the_pod_is_that_of_its_parts", "cron-job", config('limit = "45s"', 'limit = "60s"')),
    ("the_grace_of_the_pod_is_that_of_its_parts", "standalone",
     worker(lambda of: of.update(lifecycle={"preStop": {"sleep": {"seconds": 5}}}))),
    ("the_last_scrape_is_an_interval_and_a_second", "sidecar", endpoint(interval="30s")),
    ("the_last_scrape_is_an_interval_and_a_second", "scaled-job", config('last_scrape = "16s"', 'last_scrape = "2s"')),
    ("the_worker_is_stopped_before_its_application", "sidecar",
     lambda overlay: overlay.pod["containers"].append(overlay.pod.pop("initContainers")[0])),
    ("the_worker_is_stopped_before_its_application", "keda", application(lambda of: of.pop("restartPolicy"))),
    ("the_worker_is_stopped_before_its_application", "cron-job", application(lambda of: of.pop("startupProbe"))),
    ("the_worker_is_stopped_before_its_application", "sidecar",
     application(lambda of: of.update(lifecycle={"preStop": {"sleep": {"seconds": 1}}}))),
    ("the_handler_is_where_the_application_listens", "sidecar", config("127.0.0.1:8080", "127.0.0.1:8081")),
    ("the_handler_is_where_the_application_listens", "sidecar",
     application(lambda of: of["ports"][0].update(containerPort=9000))),
    ("the_handler_is_where_the_application_listens", "standalone",
     spec("NetworkPolicy", lambda of: of["egress"].pop())),
    ("one_port_is_listened_on_probed_scraped_and_open", "sidecar", config("0.0.0.0:9464", "127.0.0.1:9464")),
    ("one_port_is_listened_on_probed_scraped_and_open", "keda", config("0.0.0.0:9464", "0.0.0.0:9465")),
    ("one_port_is_listened_on_probed_scraped_and_open", "sidecar", endpoint(port="http")),
    ("one_port_is_listened_on_probed_scraped_and_open", "sidecar",
     spec("NetworkPolicy", lambda of: of["ingress"][0]["ports"][0].update(port=9090))),
    ("one_port_is_listened_on_probed_scraped_and_open", "standalone",
     worker(lambda of: of["livenessProbe"]["httpGet"].update(port="admin"))),
    ("probes_ask_what_is_meant_for_them", "sidecar",
     worker(lambda of: of["livenessProbe"]["httpGet"].update(path="/readyz"))),
    ("probes_ask_what_is_meant_for_them", "keda", worker(lambda of: of.pop("readinessProbe"))),
    ("probes_ask_what_is_meant_for_them", "cron-job",
     worker(lambda of: of.update(readinessProbe=of["livenessProbe"]))),
    ("the_policy_lets_out_what_the_worker_needs", "sidecar", spec("NetworkPolicy", lambda of: of["egress"].pop(0))),
    ("the_policy_lets_out_what_the_worker_needs", "sidecar",
     spec("NetworkPolicy", lambda of: of["egress"][1]["to"][0]["ipBlock"].pop("except"))),
    ("the_policy_lets_out_what_the_worker_needs", "standalone",
     lambda overlay: next(entry for entry in overlay.container(WORKER)["env"] if entry["name"].endswith(
         "OTLP_ENDPOINT")).update(value="http://collector:9999")),
    ("selectors_find_the_pods", "sidecar",
     spec("PodMonitor", lambda of: of["selector"]["matchLabels"].update({"app.kubernetes.io/name": "worker"}))),
    ("selectors_find_the_pods", "cron-job",
     spec("NetworkPolicy", lambda of: of["podSelector"]["matchLabels"].update({"app.kubernetes.io/instance": "mail"}))),
    ("selectors_find_the_pods", "sidecar",
     spec("PodDisruptionBudget", lambda of: of["selector"]["matchLabels"].update(app="longshore"))),
    ("selectors_find_the_pods", "keda", spec("PodMonitor", lambda of: of.update(jobLabel="app"))),
    ("what_is_named_is_there", "scaled-job",
     lambda overlay: overlay.pod["volumes"][1]["configMap"].update(name="orders-application")),
    ("what_is_named_is_there", "sidecar", lambda overlay: overlay.pod.update(serviceAccountName="default")),
    ("what_is_named_is_there", "sidecar", worker(lambda of: of["volumeMounts"][0].update(mountPath="/etc/worker"))),
    ("what_is_named_is_there", "standalone", lambda overlay: overlay.template["metadata"]["annotations"].update(
        {"kubectl.kubernetes.io/default-container": "worker"})),
    ("what_is_named_is_there", "standalone", worker(lambda of: of["env"].reverse())),
    ("pods_are_hardened", "sidecar", lambda overlay: overlay.pod.update(automountServiceAccountToken=True)),
    ("pods_are_hardened", "keda", lambda overlay: overlay.pod["securityContext"].pop("runAsNonRoot")),
    ("pods_are_hardened", "cron-job", application(lambda of: of["securityContext"].update(
        readOnlyRootFilesystem=False))),
    ("pods_are_hardened", "sidecar", worker(lambda of: of["securityContext"]["capabilities"].update(add=["NET_RAW"]))),
    ("pods_are_hardened", "sidecar", worker(lambda of: of["resources"].pop("limits"))),
    ("pods_are_hardened", "standalone", lambda overlay: overlay.pod.update(hostNetwork=True)),
    ("images_are_of_a_version", "sidecar", application(lambda of: of.update(image="python:latest"))),
    ("images_are_of_a_version", "sidecar", worker(lambda of: of.update(image="longshore"))),
    ("images_are_of_a_version", "keda", worker(lambda of: of.update(image="registry.example/longshore:9.9.9"))),
    ("the_ledger_is_where_kubernetes_reads_it", "sidecar",
     worker(lambda of: of.update(terminationMessagePath="/ledger"))),
    ("the_autoscaler_knows_the_configuration", "keda", trigger(queueLength="5")),
    ("the_autoscaler_knows_the_configuration", "scaled-job", config("concurrency = 20", "concurrency = 10")),
    ("the_autoscaler_knows_the_configuration", "keda",
     trigger(queueURL="https://sqs.us-east-1.amazonaws.com/123456789012/mail")),
    ("the_autoscaler_knows_the_configuration", "scaled-job", trigger(awsRegion="eu-west-1")),
    ("the_autoscaler_knows_the_configuration", "keda", trigger(scaleOnInFlight="false")),
    ("the_autoscaler_knows_the_configuration", "keda", trigger(scaleInFlight="true")),
    ("scaling_in_does_not_thrash", "keda", scale_down(stabilizationWindowSeconds=0)),
    ("scaling_in_does_not_thrash", "keda",
     scale_down(policies=[{"type": "Pods", "value": 1, "periodSeconds": 15}])),
    ("scaling_in_does_not_thrash", "keda", spec("Deployment", lambda of: of.update(replicas=2))),
    ("scaling_in_does_not_thrash", "keda", spec("ScaledObject", lambda of: of["triggers"][0].pop("useCachedMetrics"))),
    ("scaling_in_does_not_thrash", "keda", spec("ScaledObject", lambda of: of["scaleTargetRef"].update(name="orders"))),
    ("a_rollout_keeps_the_queue_polled", "sidecar",
     spec("Deployment", lambda of: of["strategy"]["rollingUpdate"].update(maxUnavailable=1))),
    ("a_rollout_keeps_the_queue_polled", "standalone", spec("Deployment", lambda of: of.update(replicas=1))),
    ("a_job_ends_by_itself_and_fails_for_good_reasons", "cron-job",
     worker(lambda of: of["args"].remove("--until-empty"))),
    ("a_job_ends_by_itself_and_fails_for_good_reasons", "scaled-job",
     lambda overlay: overlay.pod.update(restartPolicy="OnFailure")),
    ("a_job_ends_by_itself_and_fails_for_good_reasons", "cron-job",
     lambda overlay: overlay.job["podFailurePolicy"]["rules"][0]["onExitCodes"].update(values=[2])),
    ("a_job_ends_by_itself_and_fails_for_good_reasons", "sidecar",
     worker(lambda of: of["args"].insert(1, "--until-empty"))),
    ("a_job_meets_again_what_failed", "scaled-job", config('max = "30s"', 'max = "1m"')),
    ("a_job_meets_again_what_failed", "scaled-job", config("retry =", "# retry =")),
    ("what_monitors_comes_with_it", "sidecar", lambda overlay: overlay.objects.remove(overlay.one("PrometheusRule"))),
]


def all_broken():
    """The check that must notice, the overlay, and the overlay with one thing wrong."""
    return [(check, name, broken(name, change)) for check, name, change in MUTANTS]
