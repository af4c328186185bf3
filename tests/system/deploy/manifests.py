"""Renders the overlays with kustomize and gives access to their objects."""

import copy
import functools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes/overlays").iterdir())
# kubectl with kustomize, hadolint and yamllint are in the directory of the Python interpreter.
TOOLS = pathlib.Path(sys.executable).parent
WORKER, APPLICATION, CONFIG_KEY = "longshore", "application", "longshore.toml"


def seconds(text):
    """Converts a duration such as `1m30s`, in the syntax of Longshore, Prometheus and Compose, to seconds."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"(\d+)(ms|[smhd])", text)
    assert "".join(number + unit for number, unit in parts) == text, f"{text!r} is not a duration"
    return sum(int(number) * units[unit] for number, unit in parts)


def version():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def kustomize(directory):
    shown = subprocess.run([TOOLS / "kubectl", "kustomize", directory], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, f"{directory}: {shown.stderr}"
    # kustomize prints warnings about deprecated syntax.
    assert not shown.stderr, f"{directory}: {shown.stderr}"
    return list(yaml.load_all(shown.stdout, Loader=yaml.CSafeLoader))


@functools.cache
def rendered(overlay):
    return kustomize(DEPLOY / "kubernetes/overlays" / overlay)


def build_custom_kustomization(text, **files):
    """Renders a kustomization in a temporary directory with copies of deploy/, alerts/ and dashboards/."""
    with tempfile.TemporaryDirectory() as scratch:
        for tree in ("deploy", "alerts", "dashboards"):
            shutil.copytree(ROOT / tree, pathlib.Path(scratch, tree))
        for name, content in {"kustomization.yaml": text, **files}.items():
            pathlib.Path(scratch, name).write_text(content)
        return kustomize(scratch)


def renamed(overlay):
    """The overlay with a name prefix, as for two workers in one namespace."""
    return build_custom_kustomization(
        f"kind: Kustomization\nnamePrefix: shop-\nresources: [deploy/kubernetes/overlays/{overlay}]\n")


class Overlay:
    """The objects of one overlay, as a copy that a mutant can change."""

    def __init__(self, name, objects=None):
        self.name = name
        self.objects = copy.deepcopy(rendered(name) if objects is None else objects)

    def all(self, *kinds):
        return [thing for thing in self.objects if thing["kind"] in kinds]

    def one(self, kind):
        things = self.all(kind)
        assert len(things) == 1, f"{len(things)} of kind {kind}"
        return things[0]

    def has(self, kind):
        return bool(self.all(kind))

    @property
    def workload(self):
        workload, = self.all("Deployment", "CronJob", "ScaledJob")
        return workload

    @property
    def job(self):
        """The job specification, or None if the workload creates no jobs."""
        spec = self.workload["spec"]
        return {"CronJob": lambda: spec["jobTemplate"]["spec"],
                "ScaledJob": lambda: spec["jobTargetRef"]}.get(self.workload["kind"], lambda: None)()

    @property
    def template(self):
        return (self.job or self.workload["spec"])["template"]

    @property
    def pod(self):
        return self.template["spec"]

    @property
    def containers(self):
        return self.pod.get("initContainers", []) + self.pod["containers"]

    def container(self, name):
        found = [container for container in self.containers if container["name"] == name]
        assert len(found) == 1, f"{len(found)} containers named {name}"
        return found[0]

    @property
    def application(self):
        return next((entry for entry in self.containers if entry["name"] == APPLICATION), None)

    @property
    def writable(self):
        """The names of the emptyDir volumes with a size limit."""
        return {volume["name"] for volume in self.pod["volumes"] if "sizeLimit" in volume.get("emptyDir", {})}

    @property
    def config_map(self):
        """The ConfigMap that the worker mounts, found by name as in a cluster."""
        mounted, = (volume["configMap"]["name"] for volume in self.pod["volumes"] if volume["name"] == "configuration")
        found = [thing for thing in self.all("ConfigMap") if thing["metadata"]["name"] == mounted]
        assert len(found) == 1, f"there is no ConfigMap {mounted}"
        return found[0]

    @property
    def config(self):
        return tomllib.loads(self.config_map["data"][CONFIG_KEY])

    def set_config(self, old, new):
        data = self.config_map["data"]
        assert old in data[CONFIG_KEY], f"{old!r} is not in the configuration"
        data[CONFIG_KEY] = data[CONFIG_KEY].replace(old, new)


def port_of(address):
    return int(address.rsplit(":", 1)[1].split("/")[0])
