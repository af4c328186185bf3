"""The Helm chart creates the same pods as the overlays and rejects invalid values."""

import copy
import json
import re
import shutil
import subprocess
import sys
import tempfile

import helm_python
import pytest

from deploy import test_overlays
from deploy.checks import checks_of, detects, failures, without_mutants
from deploy.releases import PATH, RELEASES, Release, config, rendered, values_of

# Kinds that must be equal in the chart and in the overlay. The PodMonitor of the chart selects one
# release only, so it differs.
COMPARED = ["Deployment", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "ScaledObject",
            "TriggerAuthentication"]
# The chart does not install rules and dashboards, because they are installed once and not per
# release.
OVERLAY_CHECKS = checks_of(test_overlays, "overlay")
del OVERLAY_CHECKS["monitoring_is_included"]


@pytest.fixture(scope="module", params=RELEASES)
def release(request):
    """A release of the chart with the values of an overlay."""
    return Release(request.param)


def normalised(thing):
    """Removes release names, hashes and the empty list that kustomize leaves, and sorts the variables."""
    thing = copy.deepcopy(thing)
    for container in thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        container["env"].sort(key=lambda entry: entry["name"])
    text = json.dumps(thing, sort_keys=True).replace('"initContainers": [], ', "")
    text = text.replace("orders-longshore", "longshore")
    return json.loads(re.sub(r'"longshore-[a-z0-9]{10}"', '"longshore-HASH"', text))


def test_the_chart_equals_the_overlay(release):
    for kind in COMPARED:
        assert [normalised(thing) for thing in release.ours.all(kind)] == [
            normalised(thing) for thing in release.kustomized.all(kind)], kind


def test_the_chart_passes_the_overlay_checks(release, longshore):
    assert not (failed := failures(OVERLAY_CHECKS, overlay=release.installed, longshore=longshore)), failed


def test_helm_lint_reports_nothing(release):
    report = helm_python.lint(release.path, values_of(release.kustomized.name), strict=True)
    # The chart has no icon, because it is not in a catalog.
    messages = [message for message in report["messages"] if message["error"] != "icon is recommended"]
    assert not messages, report
    assert not report["errors"], report


def test_invalid_values_are_rejected(release):
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


def test_missing_settings_are_named(release):
    keda, text = {"autoscaling": {"enabled": True}}, config("keda")
    for key, values in {"aws.region": keda | {"config": without("aws", text)},
                        "admin.listen": {"config": without("admin", text)},
                        "shutdown.limit": {"config": without("shutdown", text)},
                        # With the PodMonitor enabled, because its template reads this section
                        # first.
                        "shutdown.": {"config": without("shutdown", text), "podMonitor": {"enabled": True}}}.items():
        # The message must name the setting instead of a template error.
        with pytest.raises(helm_python.HelmError, match=rf"config: .*{re.escape(key)}"):
            rendered(values, release.path)
    assert rendered({"config": without("aws", text)}, release.path), "only KEDA needs aws.region"


def test_queue_length_equals_the_worker_concurrency(release, longshore):
    text = config("keda")
    handler = 'handler = { http = "http://127.0.0.1:8080/" }\n'
    for tried in (text, text + "concurrency = 7\n", text.replace("concurrency = 20", ""),
                 without("defaults", text) + handler, without("defaults", text) + handler + "concurrency = 7\n"):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(tried)
            file.flush()
            checked = subprocess.run([longshore, "check", "--format", "json", "--config", file.name],
                                     capture_output=True, text=True, check=False)
        wanted, = (entry["value"] for entry in json.loads(checked.stdout)["effective"]
                   if (entry["group"], entry["key"]) == ("queue.orders", "concurrency"))
        scaled, = (thing for thing in rendered({"config": tried, "autoscaling": {"enabled": True}}, release.path)
                   if thing["kind"] == "ScaledObject")
        length = scaled["spec"]["triggers"][0]["metadata"]["queueLength"]
        assert length == wanted, f"queueLength is {length}, the concurrency of the worker is {wanted}"


def test_the_defaults_need_no_operator(release):
    things = rendered({}, release.path)
    assert {thing["kind"] for thing in things} == {"Deployment", "ConfigMap", "ServiceAccount", "PodDisruptionBudget",
                                                   "NetworkPolicy"}, "the defaults must need no custom resources"


def changed(change):
    """A mistake in the rendered objects."""
    return lambda name, folder: Release(name, change)


def edited(file, old, new):
    """A mistake in one file of the chart."""
    def release(name, folder):
        path = folder / "longshore"
        shutil.copytree(PATH, path)
        text = (path / file).read_text()
        assert old in text, old
        (path / file).write_text(text.replace(old, new))
        return Release(name, path=path)
    return release


SAME, KEPT = "the_chart_equals_the_overlay", "the_chart_passes_the_overlay_checks"
# The check that must fail, the overlay, and one mistake.
MUTANTS = [
    (SAME, "sidecar", changed(lambda of: of.pod["securityContext"].pop("seccompProfile"))),
    (SAME, "keda", changed(lambda of: of.one("ScaledObject")["spec"].update(pollingInterval=5))),
    (SAME, "standalone", changed(lambda of: of.one("NetworkPolicy")["spec"]["egress"].pop())),
    (SAME, "sidecar", changed(lambda of: of.objects.remove(of.one("PodDisruptionBudget")))),
    (KEPT, "sidecar", changed(lambda of: of.pod.update(terminationGracePeriodSeconds=45))),
    (KEPT, "standalone", changed(lambda of: of.pod.update(terminationGracePeriodSeconds=50))),
    (KEPT, "keda", changed(lambda of: of.one("PodMonitor")["spec"]["selector"]["matchLabels"].update(
        {"app.kubernetes.io/instance": "mail"}))),
    ("helm_lint_reports_nothing", "sidecar", edited("Chart.yaml", "version: 0.1.0", "version: one")),
    ("invalid_values_are_rejected", "sidecar", edited(
        "values.schema.json", '"type": "object",\n  "additionalProperties": false', '"type": "object"')),
    ("invalid_values_are_rejected", "sidecar", edited("templates/podmonitor.yaml", "fail (", "print (")),
    ("invalid_values_are_rejected", "sidecar", edited("values.schema.json", '"startupProbe", ', "")),
    *(("missing_settings_are_named", "sidecar", edited(f"templates/{file}", old, new))
      for file, old, new in [
          ("autoscaling.yaml", '{{ dig "aws" "region" "" $config | required "config: KEDA needs aws.region" }}',
           "{{ $config.aws.region }}"),
          ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "admin" "listen" ""',
           '(include "longshore.config" . | fromJson).admin.listen'),
          ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "shutdown" "limit" ""',
           '(include "longshore.config" . | fromJson).shutdown.limit'),
          ("podmonitor.yaml", ' | dig "shutdown" "last_scrape" "")', ").shutdown.last_scrape")]),
    *(("queue_length_equals_the_worker_concurrency", "sidecar", edited("templates/autoscaling.yaml", old, new))
      for old, new in [
          ('(dig "defaults" "concurrency" 10 $config)', "$config.defaults.concurrency"),
          ('"concurrency" 10', '"concurrency" 20'),
          (".concurrency | default (dig", "(dig")]),
    ("the_defaults_need_no_operator", "sidecar", edited(
        "values.yaml", "# Requires KEDA. If enabled, the chart ignores `replicas`.\n  enabled: false",
        "enabled: true")),
]
CHECKS = checks_of(sys.modules[__name__], "release")


@pytest.mark.mutants
@pytest.mark.parametrize(("check", "name", "mistake"), MUTANTS, ids=[f"{check}-{name}" for check, name, _ in MUTANTS])
def test_a_mistake_in_the_chart_is_detected(check, name, mistake, longshore, tmp_path):
    correct = {"release": Release(name), "longshore": longshore}
    assert detects(CHECKS[check], correct, correct | {"release": mistake(name, tmp_path)})


def test_each_check_of_the_chart_has_a_mutant():
    assert not without_mutants(CHECKS, MUTANTS)
