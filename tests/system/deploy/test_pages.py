"""The commands, files and numbers on the deployment pages are those of the files."""

import re
import subprocess
import sys
import tempfile

import pytest
import yaml

from deploy import test_overlays
from deploy.checks import checks_of, detects, failures, without_mutants
from deploy.documents import OWN, Pages, custom_overlay
from deploy.manifests import (
    APPLICATION,
    OVERLAYS,
    ROOT,
    TOOLS,
    Overlay,
    build_custom_kustomization,
    kustomize,
    seconds,
)
from deploy.releases import rendered

OVERLAY_CHECKS = checks_of(test_overlays, "overlay")


@pytest.fixture(scope="module")
def pages():
    """The pages."""
    return Pages()


@pytest.fixture(params=OVERLAYS)
def name(request):
    """The name of an overlay."""
    return request.param


def test_pages_start_with_an_introduction_and_commands(pages):
    for name, page in pages.pages.items():
        assert re.match(r"# .*\n\n(?:[^`\n].*\n){1,3}\n```sh\n", page), name


def test_every_path_exists(pages):
    for name, page in pages.pages.items():
        for path in re.findall(r"\b(?:deploy|alerts|dashboards|tests)/[\w./-]*\w", page):
            assert (ROOT / path).exists(), f"{name}: {path}"
        for link in re.findall(r"\]\((?!http)([^)#]+)", page):
            assert (ROOT / "docs/deploy" / link).exists(), f"{name}: {link}"
    for overlay in OVERLAYS:
        assert f"| `{overlay}` |" in pages.pages["kubernetes"], overlay


def test_configurations_pass_longshore_check(pages, longshore):
    for name in pages.pages:
        for block in pages.blocks(name, "toml"):
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(block)
                file.flush()
                checked = subprocess.run([longshore, "check", "--config", file.name], capture_output=True, text=True,
                                         check=False)
            assert checked.returncode == 0, f"{name}: {checked.stdout}{checked.stderr}"


def test_the_custom_kustomization_passes_all_checks(pages, name, longshore):
    own = custom_overlay(pages, name)
    assert not (failed := failures(OVERLAY_CHECKS, overlay=own, longshore=longshore)), failed
    assert {container["image"].split("/")[0] for container in own.containers} == {
        "123456789012.dkr.ecr.us-east-1.amazonaws.com"}, "an image is not replaced"
    role = own.one("ServiceAccount")["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
    assert role.endswith("shop-worker"), role


def test_the_sample_application_is_removed(pages, name):
    own = custom_overlay(pages, name)
    assert not [thing for thing in own.all("ConfigMap") if APPLICATION in thing["metadata"]["name"]]
    if name == "standalone":
        assert not own.application
        return
    assert "command" not in own.application
    assert own.application["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert own.writable == {"tmp"}
    assert [volume["name"] for volume in own.pod["volumes"]] == ["configuration", "tmp"]


def without_the_operator(objects):
    return [thing for thing in objects if not thing["apiVersion"].startswith("monitoring.coreos.com/")]


def test_objects_of_the_operator_can_be_removed(pages, name):
    block, _, _ = pages.blocks("kubernetes", "yaml")
    left = build_custom_kustomization(block.replace("overlays/keda", f"overlays/{name}"))
    assert left == without_the_operator(Overlay(name).objects)


def test_the_base_has_no_objects_of_the_operator(pages):
    base, = re.findall(r"Apply `(deploy/[\w/-]+)`", pages.pages["kubernetes"])
    bare = [thing for thing in without_the_operator(Overlay("sidecar").objects)
            if "grafana_dashboard" not in thing["metadata"].get("labels", {})]
    assert kustomize(ROOT / base) == bare, base


def test_the_chart_application_can_have_a_tmp(pages):
    *_, block = pages.blocks("kubernetes", "yaml")
    release = Overlay("sidecar", rendered(yaml.safe_load(block)))
    assert release.application["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert release.writable == {"tmp"}
    assert release.application["startupProbe"], "a default is missing"


def test_calculations_match_the_files(pages):
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


def test_hadolint_accepts_the_dockerfile(pages):
    for block in pages.blocks("docker", "dockerfile"):
        checked = subprocess.run([TOOLS / "hadolint", "-"], input=block, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


# The check that must fail, the page, and one mistake.
MUTANTS = [
    ("pages_start_with_an_introduction_and_commands", "choosing", "```sh\n", "Choose well.\n\n```sh\n"),
    ("every_path_exists", "kubernetes", "deploy/kubernetes/overlays/sidecar  ", "deploy/kubernetes/sidecar  "),
    ("every_path_exists", "kubernetes", "| `cron-job` |", "| `nightly` |"),
    ("every_path_exists", "choosing", "(../cost.md)", "(cost.md)"),
    ("every_path_exists", "example", "deploy/example", "deploy/examples"),
    ("configurations_pass_longshore_check", "choosing", 'limit = "45s"', 'limit = "40s"'),
    ("the_custom_kustomization_passes_all_checks", "kubernetes", "behavior: replace", "behavior: create"),
    ("the_custom_kustomization_passes_all_checks", "component", "jobTargetRef/template/spec/volumes/1",
     "jobTargetRef/template/spec/volumes/0"),
    ("the_sample_application_is_removed", "kubernetes", f"  - {OWN}\n", ""),
    *(("the_sample_application_is_removed", "component", f"kind: {kind},", f"kind: {kind}s,")
      for kind in ("Deployment", "ScaledJob", "CronJob")),
    ("the_sample_application_is_removed", "component", "name: orders-application",
     "name: orders-application\n      namespace: shop"),
    ("objects_of_the_operator_can_be_removed", "kubernetes", "PodMonitor|PrometheusRule", "PodMonitor"),
    ("the_base_has_no_objects_of_the_operator", "kubernetes", "Apply `deploy/kubernetes/base`",
     "Apply `deploy/kubernetes/overlays/sidecar`"),
    ("the_chart_application_can_have_a_tmp", "kubernetes", "volumes: [{name: tmp,", "volumes: [{name: temp,"),
    ("the_custom_kustomization_passes_all_checks", "kubernetes", "- name: python ", "- name: pyhton "),
    ("calculations_match_the_files", "kubernetes", "last_scrape 16 = 44", "last_scrape 2 = 30"),
    ("calculations_match_the_files", "docker", "--stop-timeout 45", "--stop-timeout 30"),
    ("calculations_match_the_files", "choosing", "= 150 s", "= 120 s"),
    ("hadolint_accepts_the_dockerfile", "docker", "COPY handle-order", "RUN cd /srv\nCOPY handle-order"),
]
CHECKS = checks_of(sys.modules[__name__], "pages")


@pytest.mark.mutants
@pytest.mark.parametrize(("check", "page", "old", "new"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_mistake_in_a_page_is_detected(check, page, old, new, longshore):
    pages = {"pages": Pages(page, old, new)}
    overlays = [{"pages": Pages(), "name": name, "longshore": longshore} for name in OVERLAYS]
    assert any(detects(CHECKS[check], overlay, overlay | pages) for overlay in overlays)


def test_each_check_of_pages_has_a_mutant():
    assert not without_mutants(CHECKS, MUTANTS)
