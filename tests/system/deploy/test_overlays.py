"""Values agree in every overlay. test_overlay_mutants.py contains the mutants of each check."""

import functools
import pathlib
import re
import subprocess
import tempfile

import pytest

from deploy import manifests
from deploy.manifests import APPLICATION, CONFIG_KEY, OVERLAYS, ROOT, WORKER, Overlay, port_of, seconds

# Time for the application to stop after the worker has exited.
APPLICATION_STOP_SECONDS = 5
# Keys of the trigger in KEDA's documentation. KEDA silently ignores other keys.
TRIGGER_KEYS = {"queueURL", "awsRegion", "queueLength", "activationQueueLength", "scaleOnInFlight", "scaleOnDelayed"}
# Each overlay also gets a name prefix.
SCENES = {name: functools.partial(Overlay, name) for name in OVERLAYS} | {
    f"shop-{name}": lambda name=name: Overlay(name, manifests.renamed(name)) for name in OVERLAYS}


@pytest.fixture(scope="module", params=SCENES)
def overlay(request):
    """The objects of an overlay."""
    return SCENES[request.param]()


def test_the_configuration_passes_longshore_check(overlay, longshore):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, CONFIG_KEY)
        path.write_text(overlay.config_map["data"][CONFIG_KEY])
        checked = subprocess.run([longshore, "check", "--config", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_termination_grace_is_the_sum_of_its_parts(overlay):
    hooks = overlay.container(WORKER).get("lifecycle", {}).get("preStop", {})
    waits = hooks["sleep"]["seconds"] if hooks else 0
    others = APPLICATION_STOP_SECONDS if overlay.application else 0
    wanted = seconds(overlay.config["shutdown"]["limit"]) + waits + others
    assert overlay.pod["terminationGracePeriodSeconds"] == wanted, f"not {wanted}"


def test_the_last_scrape_is_the_interval_plus_a_second(overlay):
    endpoint, = overlay.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert seconds(overlay.config["shutdown"]["last_scrape"]) == seconds(endpoint["interval"]) + 1
    assert seconds(endpoint["scrapeTimeout"]) < seconds(endpoint["interval"])


def test_a_job_waits_for_its_first_scrape(overlay):
    endpoint, = overlay.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    waits = [argument.rpartition("=")[2] for argument in overlay.container(WORKER)["args"]
             if argument.startswith("--set=admin.first_scrape=")]
    assert bool(waits) == (overlay.job is not None), waits
    for wait in waits:
        assert seconds(wait) == 2 * seconds(endpoint["interval"]) + 1, wait


def test_the_worker_stops_before_the_application(overlay):
    # Kubernetes starts sidecars before `containers` and stops them after. Their preStop hooks run
    # at once.
    assert [container["name"] for container in overlay.pod["containers"]] == [WORKER]
    if not overlay.application:
        assert not overlay.pod.get("initContainers")
        return
    sidecar, = overlay.pod["initContainers"]
    assert sidecar["name"] == APPLICATION
    assert sidecar["restartPolicy"] == "Always"
    assert "startupProbe" in sidecar, "the worker would not wait for the application"
    assert "lifecycle" not in sidecar, "a preStop hook runs before the worker has stopped"


def test_the_handler_address_is_that_of_the_application(overlay):
    host, port = re.fullmatch(r"http://([^:/]+):(\d+)/", overlay.config["defaults"]["handler"]["http"]).groups()
    if overlay.application:
        listening, = overlay.application["ports"]
        assert (host, int(port)) == ("127.0.0.1", listening["containerPort"])
        return
    called = [(peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name"), entry["port"])
              for rule in overlay.one("NetworkPolicy")["spec"]["egress"] for peer in rule["to"]
              for entry in rule["ports"]]
    assert (host, int(port)) in called, f"egress to {host}:{port} is not allowed"


def test_the_metrics_port_agrees_everywhere(overlay):
    listen = overlay.config["admin"]["listen"]
    assert not listen.startswith("127."), "the endpoint is not reachable from outside the pod"
    exposed, = overlay.container(WORKER)["ports"]
    assert exposed["containerPort"] == port_of(listen), exposed
    endpoint, = overlay.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == exposed["name"]
    ingress, = overlay.one("NetworkPolicy")["spec"]["ingress"]
    assert [entry["port"] for entry in ingress["ports"]] == [port_of(listen)]
    for container in overlay.containers:
        names = {entry["name"] for entry in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["port"] in names, (container["name"], probe)


def test_each_probe_uses_its_endpoint(overlay):
    worker = overlay.container(WORKER)
    # /readyz reports the state of the queues. A restart would not fix them.
    assert worker["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert worker["startupProbe"]["httpGet"]["path"] == "/livez"
    assert ("readinessProbe" in worker) == (overlay.job is None), "only a Deployment needs a readiness probe"
    if not overlay.job:
        assert worker["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_the_network_policy_allows_required_egress(overlay):
    out = [(entry["protocol"], entry["port"], str(rule["to"])) for rule in overlay.one("NetworkPolicy")["spec"][
        "egress"] for entry in rule["ports"]]
    for wanted in [("UDP", 53, "kube-dns"), ("TCP", 53, "kube-dns"), ("TCP", 443, "0.0.0.0/0"), ("TCP", 443, "::/0"),
                   ("TCP", 80, "169.254.170.23/32")]:
        assert any(entry[:2] == wanted[:2] and wanted[2] in entry[2] for entry in out), wanted
    assert "169.254.169.254/32" in next(to for _, port, to in out if port == 443), "the pod could use the node's role"
    for variable in overlay.container(WORKER)["env"]:
        if variable["name"] == "OTEL_EXPORTER_OTLP_ENDPOINT":
            assert any(port == port_of(variable["value"]) for _, port, _ in out), variable


def test_selectors_match_the_pods(overlay):
    labels = overlay.template["metadata"]["labels"]
    selectors = [thing["spec"][key] for kind, key in [
        ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector"), ("PodMonitor", "selector"),
        ("Deployment", "selector")] for thing in overlay.all(kind)]
    selectors += [spread["labelSelector"] for spread in overlay.pod.get("topologySpreadConstraints", [])]
    for selector in selectors:
        assert selector["matchLabels"].items() <= labels.items(), selector
    assert overlay.one("PodMonitor")["spec"]["jobLabel"] in labels


def test_every_reference_resolves(overlay):
    there = {(thing["kind"], thing["metadata"]["name"]) for thing in overlay.objects}
    for volume in overlay.pod["volumes"]:
        if volume["name"] in overlay.writable:
            continue
        assert ("ConfigMap", volume["configMap"]["name"]) in there, volume
        assert re.search(r"-[a-z0-9]{10}$", volume["configMap"]["name"]), "without a hash a change does not roll out"
    assert ("ServiceAccount", overlay.pod["serviceAccountName"]) in there
    volumes = {volume["name"] for volume in overlay.pod["volumes"]}
    mounted = {mount["name"] for container in overlay.containers for mount in container["volumeMounts"]}
    assert mounted == volumes, (mounted, volumes)
    default = overlay.template["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"]
    overlay.container(default)
    worker = overlay.container(WORKER)
    known = set()
    for variable in worker["env"]:
        # A reference to a variable that is defined later is not expanded.
        assert set(re.findall(r"\$\((\w+)\)", variable.get("value", ""))) <= known, variable
        known.add(variable["name"])
    mount, = worker["volumeMounts"]
    assert worker["args"][-1] == f"{mount['mountPath']}/{CONFIG_KEY}", worker["args"]


def test_pods_are_hardened(overlay):
    pod = overlay.pod
    assert pod["automountServiceAccountToken"] is False
    assert overlay.one("ServiceAccount")["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    for container in overlay.containers:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["privileged"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        assert all(mount["name"] in overlay.writable or mount["readOnly"] for mount in container["volumeMounts"])


def test_images_have_a_version(overlay):
    for container in overlay.containers:
        name, _, tag = container["image"].partition(":")
        assert name, container["image"]
        assert re.match(r"\d+\.\d+\.\d+", tag), container["image"]
    assert overlay.container(WORKER)["image"].endswith(f":{manifests.version()}")


def test_the_ledger_path_is_the_termination_message_path(overlay):
    source = (ROOT / "src/commands/shutdown_report.rs").read_text()
    worker = overlay.container(WORKER)
    assert f'"{worker["terminationMessagePath"]}"' in source
    assert worker["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_keda_trigger_matches_the_configuration(overlay):
    for thing in overlay.all("ScaledObject", "ScaledJob"):
        trigger, = thing["spec"]["triggers"]
        metadata, config = trigger["metadata"], overlay.config
        queue, = config["queue"]
        assert trigger["type"] == "aws-sqs-queue"
        assert trigger["metricType"] == "AverageValue"
        assert metadata.keys() == TRIGGER_KEYS, metadata.keys() ^ TRIGGER_KEYS
        assert metadata["queueURL"] == queue["url"]
        assert metadata["awsRegion"] == config["aws"]["region"]
        assert int(metadata["queueLength"]) == queue.get("concurrency", config["defaults"]["concurrency"])
        assert metadata["scaleOnInFlight"] == "true", "busy replicas would be stopped"
        authentication = trigger["authenticationRef"]["name"]
        assert authentication == overlay.one("TriggerAuthentication")["metadata"]["name"]


def test_scaling_in_stops_one_replica_at_a_time(overlay):
    for thing in overlay.all("ScaledObject"):
        spec = thing["spec"]
        assert spec["scaleTargetRef"] == {"apiVersion": overlay.workload["apiVersion"], "kind": "Deployment",
                                          "name": overlay.workload["metadata"]["name"]}
        assert "replicas" not in overlay.workload["spec"], "each apply would reset the autoscaler's number"
        assert spec["triggers"][0]["useCachedMetrics"] is True
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"]
        down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        policy, = down["policies"]
        assert policy["type"] == "Pods"
        assert policy["value"] == 1
        assert policy["periodSeconds"] >= overlay.pod["terminationGracePeriodSeconds"], "drains would overlap"
        assert down["stabilizationWindowSeconds"] >= seconds(overlay.config["defaults"]["visibility"])


def test_a_rollout_keeps_the_queue_polled(overlay):
    for thing in overlay.all("Deployment"):
        update = thing["spec"]["strategy"]["rollingUpdate"]
        assert update["maxUnavailable"] == 0
        assert update["maxSurge"] >= 1
        assert thing["spec"].get("replicas", 2) >= 2
        assert overlay.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_a_job_ends_by_itself_and_retries_useful_failures(overlay, longshore):
    arguments = overlay.container(WORKER)["args"]
    assert arguments[0] == "run"
    assert ("--until-empty" in arguments) == (overlay.job is not None)
    if not overlay.job:
        return
    # Kubernetes rejects a podFailurePolicy unless restartPolicy is Never.
    assert overlay.pod["restartPolicy"] == "Never"
    wrong, drained = overlay.job["podFailurePolicy"]["rules"]
    assert wrong["action"] == "FailJob"
    assert wrong["onExitCodes"]["containerName"] == WORKER
    shown = subprocess.run([longshore, "run", "--help"], capture_output=True, text=True, check=True).stdout
    for code in wrong["onExitCodes"]["values"]:
        assert re.search(rf"^  {code} +wrong usage or configuration", shown, re.MULTILINE), code
    assert drained["action"] == "Ignore"
    assert drained["onPodConditions"][0]["type"] == "DisruptionTarget"
    assert overlay.job["activeDeadlineSeconds"] > overlay.pod["terminationGracePeriodSeconds"]
    assert not overlay.has("Deployment")
    assert not overlay.has("PodDisruptionBudget")


def test_a_job_receives_failed_messages_again(overlay):
    # KEDA counts messages in back-off. If they stay hidden for longer than a job waits, KEDA starts
    # one job after another that finds no message.
    for thing in overlay.all("ScaledJob"):
        assert thing["spec"]["triggers"][0]["metadata"]["scaleOnInFlight"] == "true"
        queue, = overlay.config["queue"]
        merged = overlay.config["defaults"] | queue
        assert seconds(merged["retry"]["max"]) < 2 * seconds(merged["wait"]), "the job would end before the retry"


def test_monitoring_is_included(overlay):
    shown = {name for thing in overlay.all("ConfigMap") for name in thing["data"]
             if thing["metadata"].get("labels", {}).get("grafana_dashboard") == "1"}
    assert shown == {path.name for path in (ROOT / "dashboards").glob("*.json")}, shown
    assert overlay.has("PrometheusRule")
