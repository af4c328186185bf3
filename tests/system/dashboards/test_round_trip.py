"""Reads and writes the dashboards with the models of Grafana's SDK. Keys that the models do not have are lost."""

import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import DASHBOARDS, panels

# The annotation keys of the Prometheus data source. The models do not have them.
PROMETHEUS_KEYS = {"step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"}


@pytest.fixture(params=sorted(DASHBOARDS.glob("*.json")), ids=lambda path: path.stem)
def dashboard(request):
    return json.loads(request.param.read_text())


@pytest.fixture(autouse=True, scope="module")
def _plugins():
    register_default_plugins()


def lost(dashboard):
    """What one round trip changes."""
    written = JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard))
    return list(differences(dashboard, json.loads(written)))


def differences(before, after, path="dashboard"):
    """The keys and values of the first that the second does not have."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            here = f"{path}.{key}"
            if key in after:
                yield from differences(value, after[key], here)
            elif not (path.startswith("dashboard.annotations.") and key in PROMETHEUS_KEYS):
                yield f"{here} is lost: {json.dumps(value)}"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    elif before != after:
        yield f"{path} was {json.dumps(before)} and became {json.dumps(after)}"


def test_the_sdk_reads_and_writes_a_dashboard_without_loss(dashboard):
    assert list(panels(dashboard)), "the dashboard has no panels"
    assert not lost(dashboard), "\n".join(lost(dashboard))


def test_the_sdk_loses_an_unknown_key(dashboard):
    dashboard["panels"][1]["fieldConfig"]["defaults"]["units"] = "s"
    assert any(".units is lost" in line for line in lost(dashboard)), "the round trip proves nothing"
