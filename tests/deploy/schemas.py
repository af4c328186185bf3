"""Validates every object of every overlay and of the chart against the schema of its kind.

Kubernetes objects are validated against the schemas of two versions: the oldest that supports sidecars,
and the newest. Objects of KEDA and the Prometheus Operator are validated against the CRD schemas, which
check values. The TypeScript compiler checks their keys, because an API server silently drops unknown
keys. Then each validation runs on mutants and must detect them.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import kubernetes_validate

import chart
import pages
from manifests import OVERLAYS, Overlay

MODULES = pathlib.Path(sys.argv[2]).resolve()
VERSIONS = ["1.29", kubernetes_validate.latest_version()]
PACKAGES = {"keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator"}


def group_of(thing):
    return thing["apiVersion"].split("/")[0]


def kubernetes_errors(thing):
    """The errors of the Kubernetes schemas, for every version."""
    errors = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            errors.append(f"{version}: {'.'.join(map(str, wrong.path))}: {wrong.message}")
    return errors


def crd_errors(things):
    """The errors of the CRD schemas for each object."""
    script = pathlib.Path(__file__).with_name("crds.mjs")
    checked = subprocess.run(["node", script, MODULES], input=json.dumps(things), capture_output=True, text=True,
                             check=False)
    if checked.returncode:
        raise SystemExit(f"crds.mjs: {checked.stderr}")
    return [[wrong] if wrong else [] for wrong in json.loads(checked.stdout)]


def type_errors(things):
    """The compiler errors for each object. As a literal of its type, an object must not have unknown keys."""
    with tempfile.TemporaryDirectory() as scratch:
        for index, thing in enumerate(things):
            package = f"@kubernetes-models/{PACKAGES[group_of(thing)]}/{thing['apiVersion']}/{thing['kind']}"
            pathlib.Path(scratch, f"object{index}.ts").write_text(
                f"import type {{ I{thing['kind']} }} from '{package}';\n"
                f"export const object = {json.dumps(thing, indent=1)} satisfies I{thing['kind']};\n")
        pathlib.Path(scratch, "node_modules").symlink_to(MODULES)
        options = {"noEmit": True, "strict": True, "skipLibCheck": True, "module": "esnext", "target": "es2022",
                   "moduleResolution": "bundler", "types": []}
        pathlib.Path(scratch, "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
        compiler = subprocess.run([MODULES / ".bin/tsc", "--project", scratch], cwd=scratch, capture_output=True,
                                  text=True, check=False)
    errors = compiler.stdout.splitlines()
    if compiler.stderr or [line for line in errors if not line.startswith((" ", "object"))]:
        raise SystemExit(f"tsc: {compiler.stdout}{compiler.stderr}")
    return [[line for line in errors if line.startswith(f"object{index}.ts")] for index in range(len(things))]


def broken():
    """Objects with one mistake each."""
    def of(overlay, kind, change):
        thing = copy.deepcopy(Overlay(overlay).one(kind))
        change(thing["spec"])
        return thing
    return {
        "an unknown key of a pod": of("sidecar", "Deployment", lambda spec: spec["template"]["spec"].update(
            terminationGracePeriod=50)),
        "a restart policy of the wrong type": of(
            "sidecar", "Deployment", lambda spec: spec["template"]["spec"]["initContainers"][0].update(
                restartPolicy=True)),
        "a protocol that is a number": of("sidecar", "NetworkPolicy", lambda spec: spec["ingress"][0]["ports"][
            0].update(protocol=6)),
        "a misspelled budget key": of("sidecar", "PodDisruptionBudget", lambda spec: spec.update(
            maxUnavailible=1)),
        "a time zone that is a number": of("cron-job", "CronJob", lambda spec: spec.update(timeZone=0)),
        "a queue length that is a number": of("keda", "ScaledObject", lambda spec: spec["triggers"][0][
            "metadata"].update(queueLength=20)),
        "an unknown key of KEDA": of("keda", "ScaledObject", lambda spec: spec["triggers"][0].update(
            useCachedMetric=True)),
        "an unknown fallback": of("keda", "ScaledObject", lambda spec: spec["fallback"].update(
            behavior="doubled")),
        "an unknown key of the autoscaler": of("keda", "ScaledObject", lambda spec: spec["advanced"][
            "horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"].update(stabilisationWindowSeconds=300)),
        "an unknown identity": of("keda", "TriggerAuthentication", lambda spec: spec["podIdentity"].update(
            identityOwner="operator")),
        "jobs without a pod": of("scaled-job", "ScaledJob", lambda spec: spec["jobTargetRef"].pop("template")),
        "an interval without a unit": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            interval=15)),
        "an interval in words": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            interval="15 seconds")),
        "a wrong key for the path": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            metricsPath="/metrics")),
        "a wrong key for the duration of a rule": of("sidecar", "PrometheusRule", lambda spec: spec["groups"][0][
            "rules"][0].update(waits="1m")),
    }


def all_errors(things):
    custom = [thing for thing in things if group_of(thing) in PACKAGES]
    by_others = iter([values + keys for values, keys in zip(crd_errors(custom), type_errors(custom))])
    return [next(by_others) if group_of(thing) in PACKAGES else kubernetes_errors(thing) for thing in things]


def check():
    """Prints the errors and returns their number."""
    # Validate objects that several overlays share only once.
    things = {}
    for overlay in OVERLAYS:
        for thing in Overlay(overlay).objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (overlay, thing))
        for thing in pages.custom_overlay(pages.Pages(), overlay).objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (f"custom {overlay}", thing))
    for release in chart.RELEASES:
        for thing in chart.Release(release).ours.objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (f"chart like {release}", thing))
    mutants = broken()
    errors = all_errors([thing for _, thing in things.values()] + list(mutants.values()))
    wrong = [f"{overlay}: {thing['kind']} {thing['metadata']['name']}: {line}"
             for (overlay, thing), lines in zip(things.values(), errors) for line in lines]
    missed = [f"not detected: {title}" for title, lines in zip(mutants, errors[len(things):]) if not lines]
    for line in wrong + missed:
        print(line)
    print(f"Kubernetes {' and '.join(VERSIONS)}, KEDA, Prometheus Operator: {len(things)} objects of "
          f"{len(OVERLAYS)} overlays and {len(chart.RELEASES)} releases, {len(wrong)} errors; "
          f"{len(mutants) - len(missed)} of {len(mutants)} mutants detected")
    return len(wrong) + len(missed)
