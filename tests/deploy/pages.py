"""Checks the commands, files and numbers on the deployment pages."""

import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import chart
import overlays
from manifests import (APPLICATION, CONFIG_KEY, DEPLOY, OVERLAYS, ROOT, TOOLS, Overlay, kustomize, failures, seconds,
                       build_custom_kustomization)

# The component that the Kubernetes page adds to the kustomization.
OWN = "deploy/kubernetes/components/own-application"
BINARY = pathlib.Path(sys.argv[1]).resolve()


class Pages:
    """The pages by name, and the component that the Kubernetes page describes. A mutant changes one text."""

    def __init__(self, name=None, old=None, new=None):
        self.pages = {path.stem: path.read_text() for path in [
            ROOT / f"docs/deploy/{page}.md" for page in ("kubernetes", "docker", "choosing")]}
        self.component = {"component": (ROOT / OWN / "kustomization.yaml").read_text()}
        if name:
            of = self.component if name in self.component else self.pages
            assert old in of[name], old
            of[name] = of[name].replace(old, new)

    def blocks(self, name, language):
        return re.findall(rf"^```{language}\n(.*?)^```", self.pages[name], re.MULTILINE | re.DOTALL)


def pages_start_with_an_introduction_and_commands(pages):
    for name, page in pages.pages.items():
        assert re.match(r"# .*\n\n(?:[^`\n].*\n){1,3}\n```sh\n", page), name


def every_path_exists(pages):
    for name, page in pages.pages.items():
        for path in re.findall(r"\b(?:deploy|alerts|dashboards|tests)/[\w./-]*\w", page):
            assert (ROOT / path).exists(), f"{name}: {path}"
        for link in re.findall(r"\]\((?!http)([^)#]+)", page):
            assert (ROOT / "docs/deploy" / link).exists(), f"{name}: {link}"
    for overlay in OVERLAYS:
        assert f"| `{overlay}` |" in pages.pages["kubernetes"], overlay


def configurations_pass_longshore_check(pages):
    for name in pages.pages:
        for block in pages.blocks(name, "toml"):
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(block)
                file.flush()
                checked = subprocess.run([BINARY, "check", "--config", file.name], capture_output=True, text=True,
                                         check=False)
            assert checked.returncode == 0, f"{name}: {checked.stdout}{checked.stderr}"


def custom_overlay(pages, name):
    """The page's kustomization with another overlay, and without the component if the pod has no application."""
    _, block, _ = pages.blocks("kubernetes", "yaml")
    assert "not with `standalone`" in block
    text = block.replace("overlays/sidecar", f"overlays/{name}")
    if name == "standalone":
        text = re.sub(rf"^components:.*\n  - {OWN}\n", "", text, flags=re.MULTILINE)
    config = Overlay(name).config_map["data"][CONFIG_KEY]
    component = {f"{OWN}/kustomization.yaml": pages.component["component"]}
    return Overlay(name, build_custom_kustomization(text, **{CONFIG_KEY: config}, **component))


def the_custom_kustomization_passes_all_checks(pages):
    for name in OVERLAYS:
        own = custom_overlay(pages, name)
        assert not (failed := failures(overlays.CHECKS, own)), f"{name}: {failed}"
        assert {container["image"].split("/")[0] for container in own.containers} == {
            "123456789012.dkr.ecr.us-east-1.amazonaws.com"}, f"{name}: an image is not replaced"
        role = own.one("ServiceAccount")["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
        assert role.endswith("shop-worker"), f"{name}: {role}"


def the_sample_application_is_removed(pages):
    for name in OVERLAYS:
        own = custom_overlay(pages, name)
        assert not [thing for thing in own.all("ConfigMap") if APPLICATION in thing["metadata"]["name"]], name
        if name == "standalone":
            assert not own.application
            continue
        assert "command" not in own.application, name
        assert own.application["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}], name
        assert own.writable == {"tmp"}, name
        assert [volume["name"] for volume in own.pod["volumes"]] == ["configuration", "tmp"], name


def objects_of_the_operator_can_be_removed(pages):
    block, _, _ = pages.blocks("kubernetes", "yaml")

    def known(objects):
        return [thing for thing in objects if not thing["apiVersion"].startswith("monitoring.coreos.com/")]
    for name in OVERLAYS:
        left = build_custom_kustomization(block.replace("overlays/keda", f"overlays/{name}"))
        assert left == known(Overlay(name).objects), name
    base, = re.findall(r"Apply `(deploy/[\w/-]+)`", pages.pages["kubernetes"])
    bare = [thing for thing in known(Overlay("sidecar").objects)
            if "grafana_dashboard" not in thing["metadata"].get("labels", {})]
    assert kustomize(ROOT / base) == bare, base


def the_chart_application_can_have_a_tmp(pages):
    *_, block = pages.blocks("kubernetes", "yaml")
    release = Overlay("sidecar", chart.rendered(yaml.safe_load(block)))
    assert release.application["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert release.writable == {"tmp"} and release.application["startupProbe"], "a default is missing"


def calculations_match_the_files(pages):
    overlay = Overlay("sidecar")
    stop = {key: seconds(value) for key, value in overlay.config["shutdown"].items()}
    parts = [stop[key] for key in ("grace", "interrupt", "settle", "flush", "last_scrape")]
    total = overlay.pod["terminationGracePeriodSeconds"]
    expected = ("shutdown.grace {} + interrupt {} + settle {} + flush {} + last_scrape {} = {}    "
                "at most shutdown.limit, {}\n").format(*parts, sum(parts), stop["limit"])
    assert expected in pages.pages["kubernetes"], expected
    assert f"= {total}             terminationGracePeriodSeconds" in pages.pages["kubernetes"]
    assert f"| {' + '.join(map(str, parts))} = {sum(parts)} | {stop['limit']} s |" in pages.pages["choosing"]
    assert f"--stop-timeout {stop['limit']} " in pages.pages["docker"]
    rate, took, replicas, slots = 40, 0.2, 2, overlay.config["defaults"]["concurrency"]
    assert f"| 2 x {rate} x {took} = {2 * rate * took:.0f} | {slots} |" in pages.pages["choosing"]
    caught_up = rate * 600 / (replicas * slots / took - rate)
    assert f"/ ({replicas * slots / took:.0f} - {rate}) = {caught_up:.0f} s" in pages.pages["choosing"]


def hadolint_accepts_the_dockerfile(pages):
    for block in pages.blocks("docker", "dockerfile"):
        checked = subprocess.run([TOOLS / "hadolint", "-"], input=block, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


CHECKS = [entry for entry in list(globals().values())
          if getattr(entry, "__module__", None) == __name__ and callable(entry)
          and entry not in (Pages, custom_overlay)]


def mutants():
    """Returns the check, the page and the pages with one mistake."""
    def of(check, page, old, new):
        return check, page, Pages(page, old, new)
    return [
        of("pages_start_with_an_introduction_and_commands", "choosing", "```sh\n", "Choose well.\n\n```sh\n"),
        of("every_path_exists", "kubernetes", "deploy/kubernetes/overlays/sidecar  ", "deploy/kubernetes/sidecar  "),
        of("every_path_exists", "kubernetes", "| `cron-job` |", "| `nightly` |"),
        of("every_path_exists", "choosing", "(../cost.md)", "(cost.md)"),
        of("configurations_pass_longshore_check", "choosing", 'limit = "45s"', 'limit = "40s"'),
        of("the_custom_kustomization_passes_all_checks", "kubernetes", "behavior: replace", "behavior: create"),
        of("the_custom_kustomization_passes_all_checks", "component", "jobTargetRef/template/spec/volumes/1",
           "jobTargetRef/template/spec/volumes/0"),
        of("the_sample_application_is_removed", "kubernetes", f"  - {OWN}\n", ""),
        *(of("the_sample_application_is_removed", "component", f"kind: {kind},", f"kind: {kind}s,")
          for kind in ("Deployment", "ScaledJob", "CronJob")),
        of("the_sample_application_is_removed", "component", "name: orders-application",
           "name: orders-application\n      namespace: shop"),
        of("objects_of_the_operator_can_be_removed", "kubernetes", "PodMonitor|PrometheusRule", "PodMonitor"),
        of("objects_of_the_operator_can_be_removed", "kubernetes", "Apply `deploy/kubernetes/base`",
           "Apply `deploy/kubernetes/overlays/sidecar`"),
        of("the_chart_application_can_have_a_tmp", "kubernetes", "volumes: [{name: tmp,", "volumes: [{name: temp,"),
        of("the_custom_kustomization_passes_all_checks", "kubernetes", "- name: python ", "- name: pyhton "),
        of("calculations_match_the_files", "kubernetes", "last_scrape 16 = 44", "last_scrape 2 = 30"),
        of("calculations_match_the_files", "docker", "--stop-timeout 45", "--stop-timeout 30"),
        of("calculations_match_the_files", "choosing", "= 150 s", "= 120 s"),
        of("hadolint_accepts_the_dockerfile", "docker", "COPY handle-order", "RUN cd /srv\nCOPY handle-order"),
    ]
