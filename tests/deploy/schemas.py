"""Every object of every overlay and of the chart against the schema of its kind.

What Kubernetes knows is held against its own schemas, of the oldest version that runs sidecars and of the newest.
KEDA's and the Prometheus Operator's objects are held against their CRDs' schemas, for values, and against the types
made of those by the TypeScript compiler, for keys: an API server drops a key that it does not know, and says nothing.
Then each is broken on purpose, and must be noticed.
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


def by_kubernetes(thing):
    """What Kubernetes' own schemas say, of every version."""
    said = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            said.append(f"{version}: {'.'.join(map(str, wrong.path))}: {wrong.message}")
    return said


def by_crd(things):
    """What the CRDs' schemas say of each."""
    script = pathlib.Path(__file__).with_name("crds.mjs")
    checked = subprocess.run(["node", script, MODULES], input=json.dumps(things), capture_output=True, text=True,
                             check=False)
    if checked.returncode:
        raise SystemExit(f"crds.mjs: {checked.stderr}")
    return [[wrong] if wrong else [] for wrong in json.loads(checked.stdout)]


def by_type(things):
    """What the compiler says of each, as a literal of its kind's type: there a key too many is an error."""
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
    said = compiler.stdout.splitlines()
    if compiler.stderr or [line for line in said if not line.startswith((" ", "object"))]:
        raise SystemExit(f"tsc: {compiler.stdout}{compiler.stderr}")
    return [[line for line in said if line.startswith(f"object{index}.ts")] for index in range(len(things))]


def broken():
    """Objects with one thing wrong at a time."""
    def of(overlay, kind, change):
        thing = copy.deepcopy(Overlay(overlay).one(kind))
        change(thing["spec"])
        return thing
    return {
        "a key that a pod does not have": of("sidecar", "Deployment", lambda spec: spec["template"]["spec"].update(
            terminationGracePeriod=50)),
        "a policy of restarts that a sidecar cannot have": of(
            "sidecar", "Deployment", lambda spec: spec["template"]["spec"]["initContainers"][0].update(
                restartPolicy=True)),
        "a port that is a text with digits": of("sidecar", "NetworkPolicy", lambda spec: spec["ingress"][0]["ports"][
            0].update(protocol=6)),
        "a budget under another name": of("sidecar", "PodDisruptionBudget", lambda spec: spec.update(
            maxUnavailible=1)),
        "a time zone that is a number": of("cron-job", "CronJob", lambda spec: spec.update(timeZone=0)),
        "a queue length that is a number": of("keda", "ScaledObject", lambda spec: spec["triggers"][0][
            "metadata"].update(queueLength=20)),
        "a key that KEDA does not know": of("keda", "ScaledObject", lambda spec: spec["triggers"][0].update(
            useCachedMetric=True)),
        "a fallback that there is not": of("keda", "ScaledObject", lambda spec: spec["fallback"].update(
            behavior="doubled")),
        "an autoscaler's policy that there is not": of("keda", "ScaledObject", lambda spec: spec["advanced"][
            "horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"].update(stabilisationWindowSeconds=300)),
        "an identity that there is not": of("keda", "TriggerAuthentication", lambda spec: spec["podIdentity"].update(
            identityOwner="operator")),
        "jobs without a pod": of("scaled-job", "ScaledJob", lambda spec: spec["jobTargetRef"].pop("template")),
        "an interval without its unit": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            interval=15)),
        "an interval in words": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            interval="15 seconds")),
        "a path under another name": of("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
            metricsPath="/metrics")),
        "a rule that waits under another name": of("sidecar", "PrometheusRule", lambda spec: spec["groups"][0][
            "rules"][0].update(waits="1m")),
    }


def complaints(things):
    custom = [thing for thing in things if group_of(thing) in PACKAGES]
    by_others = iter([values + keys for values, keys in zip(by_crd(custom), by_type(custom))])
    return [next(by_others) if group_of(thing) in PACKAGES else by_kubernetes(thing) for thing in things]


def check():
    """Prints what is wrong. How much is the answer."""
    # Objects that several overlays have are looked at once.
    things = {}
    for overlay in OVERLAYS:
        for thing in Overlay(overlay).objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (overlay, thing))
        for thing in pages.of_ones_own(pages.Pages(), overlay).objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (f"one's own {overlay}", thing))
    for release in chart.RELEASES:
        for thing in chart.Release(release).ours.objects:
            things.setdefault(json.dumps(thing, sort_keys=True), (f"the chart as {release}", thing))
    mutants = broken()
    said = complaints([thing for _, thing in things.values()] + list(mutants.values()))
    wrong = [f"{overlay}: {thing['kind']} {thing['metadata']['name']}: {line}"
             for (overlay, thing), lines in zip(things.values(), said) for line in lines]
    missed = [f"nobody noticed {title}" for title, lines in zip(mutants, said[len(things):]) if not lines]
    for line in wrong + missed:
        print(line)
    print(f"Kubernetes {' and '.join(VERSIONS)}, KEDA, Prometheus Operator: {len(things)} objects of "
          f"{len(OVERLAYS)} overlays and {len(chart.RELEASES)} releases, {len(wrong)} errors; "
          f"{len(mutants) - len(missed)} of {len(mutants)} mistakes noticed")
    return len(wrong) + len(missed)
