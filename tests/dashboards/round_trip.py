"""Reads and writes the dashboards with the models of Grafana's SDK. Keys that the models do not have are lost.

usage: python round_trip.py

Exits 1 if a key is lost or a value changes.
"""

import json
import pathlib
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

import grafana

DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "dashboards"
# The annotation keys of the Prometheus data source. The models do not have them.
PROMETHEUS_KEYS = {"step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"}


def round_trip(dashboard):
    return json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))


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
        for index, pair in enumerate(zip(before, after)):
            yield from differences(*pair, f"{path}[{index}]")
    elif before != after:
        yield f"{path} was {json.dumps(before)} and became {json.dumps(after)}"


def main():
    register_default_plugins()
    failed = 0
    for path in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text())
        lost = list(differences(dashboard, round_trip(dashboard)))
        dashboard["panels"][1]["fieldConfig"]["defaults"]["units"] = "s"
        if not any(".units is lost" in line for line in differences(dashboard, round_trip(dashboard))):
            lost.append("an unknown key was not lost, so the round trip proves nothing")
        for line in lost:
            print(f"{path.name}: {line}")
        failed += len(lost)
        print(f"{path.name}: {len(list(grafana.panels(dashboard)))} panels, {len(lost)} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
