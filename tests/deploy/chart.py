"""Checks that the Helm chart creates the same pods as the overlays and rejects invalid values."""

import copy
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import helm_python
import yaml

import overlays
from manifests import APPLICATION, CONFIG_KEY, DEPLOY, WORKER, Overlay, failures

PATH = DEPLOY / "helm/longshore"
# Kinds that must be equal in the chart and in the overlay. The PodMonitor of the chart selects one
# release only, so it differs.
COMPARED = ["Deployment", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "ScaledObject",
            "TriggerAuthentication"]
# The chart does not install rules and dashboards, because they are installed once and not per
# release.
OVERLAY_CHECKS = [check for check in overlays.CHECKS if check.__name__ != "monitoring_is_included"]


def config(overlay):
    return Overlay(overlay).config_map["data"][CONFIG_KEY]


def values_of(name):
    """The values with which the chart equals an overlay."""
    overlay = Overlay(name)
    values = {"config": config(name), "podMonitor": {"enabled": True},
              "serviceAccount": {"annotations": overlay.one("ServiceAccount")["metadata"]["annotations"]}}
    if overlay.application:
        container = {key: value for key, value in overlay.application.items()
                     if key not in ("name", "restartPolicy", "securityContext")}
        values |= {"application": container,
                   "volumes": [volume for volume in overlay.pod["volumes"] if volume["name"] == APPLICATION]}
    else:
        more = [entry for entry in overlay.container(WORKER)["env"] if not entry["name"].startswith("LONGSHORE_")]
        values |= {"application": None, "env": more,
                   "networkPolicy": {"egress": overlay.one("NetworkPolicy")["spec"]["egress"][-1:]}}
    if overlay.has("ScaledObject"):
        values["autoscaling"] = {"enabled": True}
    return values


def rendered(values, path=PATH):
    files = helm_python.Chart.load(path).render(values, name="orders", namespace="shop")
    return [thing for text in files.values() for thing in yaml.load_all(text, Loader=yaml.CSafeLoader) if thing]


class Release:
    """An overlay and the chart with its values. A mutant changes the rendered objects or the chart's files."""

    def __init__(self, name, change=None, path=PATH):
        self.path = path
        self.kustomized = Overlay(name)
        self.ours = Overlay(name, rendered(values_of(name)))
        if change:
            before = copy.deepcopy(self.ours.objects)
            change(self.ours)
            assert self.ours.objects != before, "the mutant changed nothing"
        # Add the ConfigMap of the application, which the chart does not create.
        provided = [thing for thing in self.kustomized.all("ConfigMap") if APPLICATION in thing["metadata"]["name"]]
        self.installed = Overlay(name, self.ours.objects + provided)


def normalised(thing):
    """Removes release names, hashes and the empty list that kustomize leaves, and sorts the variables."""
    thing = copy.deepcopy(thing)
    for container in thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        container["env"].sort(key=lambda entry: entry["name"])
    text = json.dumps(thing, sort_keys=True).replace('"initContainers": [], ', "")
    text = text.replace("orders-longshore", "longshore")
    return json.loads(re.sub(r'"longshore-[a-z0-9]{10}"', '"longshore-HASH"', text))


def the_chart_equals_the_overlay(release):
    for kind in COMPARED:
        assert [normalised(thing) for thing in release.ours.all(kind)] == [
            normalised(thing) for thing in release.kustomized.all(kind)], kind


def the_chart_passes_the_overlay_checks(release):
    assert not (failed := failures(OVERLAY_CHECKS, release.installed)), failed


def helm_lint_reports_nothing(release):
    report = helm_python.lint(release.path, values_of(release.kustomized.name), strict=True)
    # The chart has no icon, because it is not in a catalog.
    messages = [message for message in report["messages"] if message["error"] != "icon is recommended"]
    assert not messages and not report["errors"], report


def invalid_values_are_rejected(release):
    text = config("keda")
    refused = {
        "a limit that is not in seconds": {"config": text.replace('limit = "45s"', 'limit = "1m"')},
        "a configuration that is not TOML": {"config": "[shutdown\n"},
        "a last scrape that is too short": {"podMonitor": {"enabled": True, "interval": "30s"}},
        "KEDA without the URL of a queue": {
            "autoscaling": {"enabled": True}, "config": re.sub(r'url = ".*"', 'name = "orders"', text)},
        "an unknown key": {"replica": 3},
        "an image without a version": {"image": {"tag": "latest"}},
        "an application with a preStop hook": {"application": {
            "image": "shop:1.0.0", "ports": [], "startupProbe": {}, "resources": {}, "lifecycle": {}}},
        "an application without a startup probe": {"application": {"startupProbe": None}},
    }
    for title, values in refused.items():
        try:
            rendered({"config": text} | values, release.path)
        except helm_python.HelmError:
            continue
        raise AssertionError(f"{title} was accepted")


def without(section, text):
    """Removes a section from the configuration."""
    return re.sub(rf"^\[{section}\]\n.*?(?=^\[)", "", text, flags=re.MULTILINE | re.DOTALL)


def missing_settings_are_named(release):
    keda, text = {"autoscaling": {"enabled": True}}, config("keda")
    for key, values in {"aws.region": keda | {"config": without("aws", text)},
                        "admin.listen": {"config": without("admin", text)},
                        "shutdown.limit": {"config": without("shutdown", text)},
                        # With the PodMonitor enabled, because its template reads this section
                        # first.
                        "shutdown.": {"config": without("shutdown", text), "podMonitor": {"enabled": True}}}.items():
        try:
            rendered(values, release.path)
        except helm_python.HelmError as wrong:
            # The message must name the setting instead of a template error.
            assert re.search(rf"config: .*{re.escape(key)}", str(wrong)), f"{key}: {wrong}"
            continue
        raise AssertionError(f"no error names {key}")
    assert rendered({"config": without("aws", text)}, release.path), "only KEDA needs aws.region"


def queue_length_equals_the_worker_concurrency(release):
    text = config("keda")
    handler = 'handler = { http = "http://127.0.0.1:8080/" }\n'
    for tried in (text, text + "concurrency = 7\n", text.replace("concurrency = 20", ""),
                 without("defaults", text) + handler, without("defaults", text) + handler + "concurrency = 7\n"):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(tried)
            file.flush()
            checked = subprocess.run([overlays.BINARY, "check", "--format", "json", "--config", file.name],
                                     capture_output=True, text=True, check=False)
        wanted, = (entry["value"] for entry in json.loads(checked.stdout)["effective"]
                   if (entry["group"], entry["key"]) == ("queue.orders", "concurrency"))
        scaled, = (thing for thing in rendered({"config": tried, "autoscaling": {"enabled": True}}, release.path)
                   if thing["kind"] == "ScaledObject")
        length = scaled["spec"]["triggers"][0]["metadata"]["queueLength"]
        assert length == wanted, f"queueLength is {length}, the concurrency of the worker is {wanted}"


def the_defaults_need_no_operator(release):
    things = rendered({}, release.path)
    assert {thing["kind"] for thing in things} == {"Deployment", "ConfigMap", "ServiceAccount", "PodDisruptionBudget",
                                                   "NetworkPolicy"}, "the defaults must need no custom resources"


CHECKS = [the_chart_equals_the_overlay, the_chart_passes_the_overlay_checks, helm_lint_reports_nothing,
          invalid_values_are_rejected, missing_settings_are_named, queue_length_equals_the_worker_concurrency,
          the_defaults_need_no_operator]
RELEASES = ["sidecar", "standalone", "keda"]


def edited(scratch, file, old, new):
    """A copy of the chart with a replacement in one file."""
    path = pathlib.Path(tempfile.mkdtemp(dir=scratch), "longshore")
    shutil.copytree(PATH, path)
    text = (path / file).read_text()
    assert old in text, old
    (path / file).write_text(text.replace(old, new))
    return Release("sidecar", path=path)


def mutants(scratch):
    """Returns the check, the overlay and a release with one mistake."""
    same, kept = "the_chart_equals_the_overlay", "the_chart_passes_the_overlay_checks"
    return [
        (same, "sidecar", Release("sidecar", lambda of: of.pod["securityContext"].pop("seccompProfile"))),
        (same, "keda", Release("keda", lambda of: of.one("ScaledObject")["spec"].update(pollingInterval=5))),
        (same, "standalone", Release("standalone", lambda of: of.one("NetworkPolicy")["spec"]["egress"].pop())),
        (same, "sidecar", Release("sidecar", lambda of: of.objects.remove(of.one("PodDisruptionBudget")))),
        (kept, "sidecar", Release("sidecar", lambda of: of.pod.update(terminationGracePeriodSeconds=45))),
        (kept, "standalone", Release("standalone", lambda of: of.pod.update(terminationGracePeriodSeconds=50))),
        (kept, "keda", Release("keda", lambda of: of.one("PodMonitor")["spec"]["selector"]["matchLabels"].update(
            {"app.kubernetes.io/instance": "mail"}))),
        ("helm_lint_reports_nothing", "sidecar", edited(scratch, "Chart.yaml", "version: 0.1.0", "version: one")),
        ("invalid_values_are_rejected", "sidecar", edited(
            scratch, "values.schema.json", '"type": "object",\n  "additionalProperties": false', '"type": "object"')),
        ("invalid_values_are_rejected", "sidecar", edited(scratch, "templates/podmonitor.yaml", "fail (", "print (")),
        ("invalid_values_are_rejected", "sidecar", edited(scratch, "values.schema.json", '"startupProbe", ', "")),
        *(("missing_settings_are_named", "sidecar", edited(scratch, f"templates/{file}", old, new))
          for file, old, new in [
              ("autoscaling.yaml", '{{ dig "aws" "region" "" $config | required "config: KEDA needs aws.region" }}',
               "{{ $config.aws.region }}"),
              ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "admin" "listen" ""',
               '(include "longshore.config" . | fromJson).admin.listen'),
              ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "shutdown" "limit" ""',
               '(include "longshore.config" . | fromJson).shutdown.limit'),
              ("podmonitor.yaml", ' | dig "shutdown" "last_scrape" "")', ").shutdown.last_scrape")]),
        *(("queue_length_equals_the_worker_concurrency", "sidecar", edited(
            scratch, "templates/autoscaling.yaml", old, new)) for old, new in [
                ('(dig "defaults" "concurrency" 10 $config)', "$config.defaults.concurrency"),
                ('"concurrency" 10', '"concurrency" 20'),
                (".concurrency | default (dig", "(dig")]),
        ("the_defaults_need_no_operator", "sidecar", edited(
            scratch, "values.yaml", "# Requires KEDA. If enabled, the chart ignores `replicas`.\n  enabled: false",
            "enabled: true")),
    ]
