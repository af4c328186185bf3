"""Renders the Helm chart with the values that make it equal to an overlay."""

import copy

import helm_python
import yaml

from deploy.manifests import APPLICATION, CONFIG_KEY, DEPLOY, WORKER, Overlay

PATH = DEPLOY / "helm/longshore"
RELEASES = ["sidecar", "standalone", "keda"]


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
