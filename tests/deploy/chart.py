"""The Helm chart: of the same pods as the overlays, and it refuses what cannot be."""

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
from manifests import APPLICATION, CONFIG_KEY, DEPLOY, WORKER, Overlay, noticed

PATH = DEPLOY / "helm/longshore"
# Of the chart, and of the overlay that it is compared with. A PodMonitor selects less than a namespace's.
COMPARED = ["Deployment", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "ScaledObject",
            "TriggerAuthentication"]
# Rules and dashboards are installed once, and not by each release.
CHECKS_OF_OVERLAYS = [check for check in overlays.CHECKS if check.__name__ != "what_monitors_comes_with_it"]


def config(overlay):
    return Overlay(overlay).config_map["data"][CONFIG_KEY]


def values_of(name):
    """The values that make the chart what an overlay is."""
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
    """An overlay, and the chart with its values; a copy of what it renders may be broken, and of its files."""

    def __init__(self, name, change=None, path=PATH):
        self.path = path
        self.kustomized = Overlay(name)
        self.ours = Overlay(name, rendered(values_of(name)))
        if change:
            before = copy.deepcopy(self.ours.objects)
            change(self.ours)
            assert self.ours.objects != before, "nothing was broken"
        # The ConfigMaps that others bring are there, as the application's is in the overlay.
        brought = [thing for thing in self.kustomized.all("ConfigMap") if APPLICATION in thing["metadata"]["name"]]
        self.installed = Overlay(name, self.ours.objects + brought)


def normalised(thing):
    """Without what names are made of, without the empty list that kustomize leaves, and in one order of variables."""
    thing = copy.deepcopy(thing)
    for container in thing.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        container["env"].sort(key=lambda entry: entry["name"])
    text = json.dumps(thing, sort_keys=True).replace('"initContainers": [], ', "")
    text = text.replace("orders-longshore", "longshore")
    return json.loads(re.sub(r'"longshore-[a-z0-9]{10}"', '"longshore-HASH"', text))


def it_is_what_the_overlay_is(release):
    for kind in COMPARED:
        assert [normalised(thing) for thing in release.ours.all(kind)] == [
            normalised(thing) for thing in release.kustomized.all(kind)], kind


def it_keeps_what_the_overlays_keep(release):
    assert not (said := noticed(CHECKS_OF_OVERLAYS, release.installed)), said


def lint_has_nothing_to_say(release):
    report = helm_python.lint(release.path, values_of(release.kustomized.name), strict=True)
    # An icon is for catalogues.
    said = [message for message in report["messages"] if message["error"] != "icon is recommended"]
    assert not said and not report["errors"], report


def what_cannot_be_is_refused(release):
    text = config("keda")
    refused = {
        "a limit that is no number of seconds": {"config": text.replace('limit = "45s"', 'limit = "1m"')},
        "a configuration that is no TOML": {"config": "[shutdown\n"},
        "a last scrape that comes too late": {"podMonitor": {"enabled": True, "interval": "30s"}},
        "KEDA without the address of a queue": {
            "autoscaling": {"enabled": True}, "config": re.sub(r'url = ".*"', 'name = "orders"', text)},
        "a key that is none": {"replica": 3},
        "an image of no version": {"image": {"tag": "latest"}},
        "an application whose preStop does not wait its turn": {"application": {
            "image": "shop:1.0.0", "ports": [], "startupProbe": {}, "resources": {}, "lifecycle": {}}},
        "an application that nobody waits for": {"application": {"startupProbe": None}},
    }
    for title, values in refused.items():
        try:
            rendered({"config": text} | values, release.path)
        except helm_python.HelmError:
            continue
        raise AssertionError(f"{title} was taken")


def without(section, text):
    """The configuration without a section."""
    return re.sub(rf"^\[{section}\]\n.*?(?=^\[)", "", text, flags=re.MULTILINE | re.DOTALL)


def what_must_be_said_is_asked_for(release):
    keda, text = {"autoscaling": {"enabled": True}}, config("keda")
    for key, values in {"aws.region": keda | {"config": without("aws", text)},
                        "admin.listen": {"config": without("admin", text)},
                        "shutdown.limit": {"config": without("shutdown", text)},
                        # With the PodMonitor, whose template is the first to look.
                        "shutdown.": {"config": without("shutdown", text), "podMonitor": {"enabled": True}}}.items():
        try:
            rendered(values, release.path)
        except helm_python.HelmError as wrong:
            # And not by a template that trips over what is not there.
            assert re.search(rf"config: .*{re.escape(key)}", str(wrong)), f"{key}: {wrong}"
            continue
        raise AssertionError(f"nobody missed {key}")
    assert rendered({"config": without("aws", text)}, release.path), "without KEDA the environment may say it"


def the_queue_length_is_the_workers_concurrency(release):
    text = config("keda")
    handler = 'handler = { http = "http://127.0.0.1:8080/" }\n'
    for said in (text, text + "concurrency = 7\n", text.replace("concurrency = 20", ""),
                 without("defaults", text) + handler, without("defaults", text) + handler + "concurrency = 7\n"):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(said)
            file.flush()
            checked = subprocess.run([overlays.BINARY, "check", "--format", "json", "--config", file.name],
                                     capture_output=True, text=True, check=False)
        wanted, = (entry["value"] for entry in json.loads(checked.stdout)["effective"]
                   if (entry["group"], entry["key"]) == ("queue.orders", "concurrency"))
        scaled, = (thing for thing in rendered({"config": said, "autoscaling": {"enabled": True}}, release.path)
                   if thing["kind"] == "ScaledObject")
        length = scaled["spec"]["triggers"][0]["metadata"]["queueLength"]
        assert length == wanted, f"{length}, and the worker's is {wanted}"


def its_defaults_can_be_installed(release):
    things = rendered({}, release.path)
    assert {thing["kind"] for thing in things} == {"Deployment", "ConfigMap", "ServiceAccount", "PodDisruptionBudget",
                                                   "NetworkPolicy"}, "that is more than a bare cluster knows"


CHECKS = [it_is_what_the_overlay_is, it_keeps_what_the_overlays_keep, lint_has_nothing_to_say,
          what_cannot_be_is_refused, what_must_be_said_is_asked_for, the_queue_length_is_the_workers_concurrency,
          its_defaults_can_be_installed]
RELEASES = ["sidecar", "standalone", "keda"]


def edited(scratch, file, old, new):
    """A copy of the chart with something else in one file."""
    path = pathlib.Path(tempfile.mkdtemp(dir=scratch), "longshore")
    shutil.copytree(PATH, path)
    text = (path / file).read_text()
    assert old in text, old
    (path / file).write_text(text.replace(old, new))
    return Release("sidecar", path=path)


def mutants(scratch):
    """The check, the overlay, and the release with one thing wrong."""
    same, kept = "it_is_what_the_overlay_is", "it_keeps_what_the_overlays_keep"
    return [
        (same, "sidecar", Release("sidecar", lambda of: of.pod["securityContext"].pop("seccompProfile"))),
        (same, "keda", Release("keda", lambda of: of.one("ScaledObject")["spec"].update(pollingInterval=5))),
        (same, "standalone", Release("standalone", lambda of: of.one("NetworkPolicy")["spec"]["egress"].pop())),
        (same, "sidecar", Release("sidecar", lambda of: of.objects.remove(of.one("PodDisruptionBudget")))),
        (kept, "sidecar", Release("sidecar", lambda of: of.pod.update(terminationGracePeriodSeconds=45))),
        (kept, "standalone", Release("standalone", lambda of: of.pod.update(terminationGracePeriodSeconds=50))),
        (kept, "keda", Release("keda", lambda of: of.one("PodMonitor")["spec"]["selector"]["matchLabels"].update(
            {"app.kubernetes.io/instance": "mail"}))),
        ("lint_has_nothing_to_say", "sidecar", edited(scratch, "Chart.yaml", "version: 0.1.0", "version: one")),
        ("what_cannot_be_is_refused", "sidecar", edited(
            scratch, "values.schema.json", '"type": "object",\n  "additionalProperties": false', '"type": "object"')),
        ("what_cannot_be_is_refused", "sidecar", edited(scratch, "templates/podmonitor.yaml", "fail (", "print (")),
        ("what_cannot_be_is_refused", "sidecar", edited(scratch, "values.schema.json", '"startupProbe", ', "")),
        *(("what_must_be_said_is_asked_for", "sidecar", edited(scratch, f"templates/{file}", old, new))
          for file, old, new in [
              ("autoscaling.yaml", '{{ dig "aws" "region" "" $config | required "config: KEDA needs aws.region" }}',
               "{{ $config.aws.region }}"),
              ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "admin" "listen" ""',
               '(include "longshore.config" . | fromJson).admin.listen'),
              ("_helpers.tpl", 'include "longshore.config" . | fromJson | dig "shutdown" "limit" ""',
               '(include "longshore.config" . | fromJson).shutdown.limit'),
              ("podmonitor.yaml", ' | dig "shutdown" "last_scrape" "")', ").shutdown.last_scrape")]),
        *(("the_queue_length_is_the_workers_concurrency", "sidecar", edited(
            scratch, "templates/autoscaling.yaml", old, new)) for old, new in [
                ('(dig "defaults" "concurrency" 10 $config)', "$config.defaults.concurrency"),
                ('"concurrency" 10', '"concurrency" 20'),
                (".concurrency | default (dig", "(dig")]),
        ("its_defaults_can_be_installed", "sidecar", edited(
            scratch, "values.yaml", "# Needs KEDA. Then `replicas` is not said.\n  enabled: false", "enabled: true")),
    ]
