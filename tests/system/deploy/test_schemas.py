"""Every object of every overlay and of the chart matches the schema of its kind."""

import copy
import functools
import json

import pytest

from deploy.documents import Pages, custom_overlay
from deploy.manifests import OVERLAYS, Overlay
from deploy.releases import RELEASES, Release
from deploy.validation import validated

SCENES = {
    **{name: functools.partial(Overlay, name) for name in OVERLAYS},
    **{f"custom-{name}": lambda name=name: custom_overlay(Pages(), name) for name in OVERLAYS},
    **{f"chart-{name}": lambda name=name: Release(name).ours for name in RELEASES},
}


def text_of(thing):
    return json.dumps(thing, sort_keys=True)


def named(thing):
    return f"{thing['kind']} {thing['metadata']['name']}"


@pytest.fixture(scope="module")
def errors(node_modules):
    """The errors of the objects of each scene. One compiler checks all objects, because its start takes long."""
    scenes = {name: scene().objects for name, scene in SCENES.items()}
    # Validate objects that several overlays share only once.
    things = {text_of(thing): thing for objects in scenes.values() for thing in objects}
    found = dict(zip(things, validated(list(things.values()), node_modules), strict=True))
    return {name: [f"{named(thing)}: {error}" for thing in objects for error in found[text_of(thing)]]
            for name, objects in scenes.items()}


@pytest.mark.parametrize("scene", SCENES)
def test_every_object_matches_the_schema_of_its_kind(errors, scene):
    assert not errors[scene]


# Objects with one mistake each.
MUTANTS = {
    "an unknown key of a pod": ("sidecar", "Deployment", lambda spec: spec["template"]["spec"].update(
        terminationGracePeriod=50)),
    "a restart policy of the wrong type": ("sidecar", "Deployment", lambda spec: spec["template"]["spec"][
        "initContainers"][0].update(restartPolicy=True)),
    "a protocol that is a number": ("sidecar", "NetworkPolicy", lambda spec: spec["ingress"][0]["ports"][
        0].update(protocol=6)),
    "a misspelled budget key": ("sidecar", "PodDisruptionBudget", lambda spec: spec.update(
        maxUnavailible=1)),
    "a time zone that is a number": ("cron-job", "CronJob", lambda spec: spec.update(timeZone=0)),
    "a queue length that is a number": ("keda", "ScaledObject", lambda spec: spec["triggers"][0][
        "metadata"].update(queueLength=20)),
    "an unknown key of KEDA": ("keda", "ScaledObject", lambda spec: spec["triggers"][0].update(
        useCachedMetric=True)),
    "an unknown fallback": ("keda", "ScaledObject", lambda spec: spec["fallback"].update(
        behavior="doubled")),
    "an unknown key of the autoscaler": ("keda", "ScaledObject", lambda spec: spec["advanced"][
        "horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"].update(stabilisationWindowSeconds=300)),
    "an unknown identity": ("keda", "TriggerAuthentication", lambda spec: spec["podIdentity"].update(
        identityOwner="operator")),
    "jobs without a pod": ("scaled-job", "ScaledJob", lambda spec: spec["jobTargetRef"].pop("template")),
    "an interval without a unit": ("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
        interval=15)),
    "an interval in words": ("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
        interval="15 seconds")),
    "a wrong key for the path": ("sidecar", "PodMonitor", lambda spec: spec["podMetricsEndpoints"][0].update(
        metricsPath="/metrics")),
    "a wrong key for the duration of a rule": ("sidecar", "PrometheusRule", lambda spec: spec["groups"][0][
        "rules"][0].update(waits="1m")),
}


@pytest.fixture(scope="module")
def mutants(node_modules):
    """The errors of each object without its mistake, and with it."""
    correct = [Overlay(name).one(kind) for name, kind, _ in MUTANTS.values()]
    mistaken = copy.deepcopy(correct)
    for thing, (_, _, change) in zip(mistaken, MUTANTS.values(), strict=True):
        change(thing["spec"])
    errors = validated(correct + mistaken, node_modules)
    pairs = zip(errors[:len(correct)], errors[len(correct):], strict=True)
    return dict(zip(MUTANTS, pairs, strict=True))


@pytest.mark.mutants
@pytest.mark.parametrize("title", MUTANTS)
def test_a_schema_rejects_an_object_with_a_mistake(mutants, title):
    correct, mistaken = mutants[title]
    assert not correct
    assert mistaken
