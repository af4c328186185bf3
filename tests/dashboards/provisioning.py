"""What brings the dashboards into a Grafana, as the YAML that it is.

usage: python provisioning.py

Exits 1 if any of it is not what Grafana and kustomize expect.
"""

import pathlib
import sys

import yaml

DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "dashboards"


def read(path):
    return yaml.safe_load((DASHBOARDS / path).read_text())


def main():
    provider, = read("provisioning/dashboards/longshore.yml")["providers"]
    assert provider["type"] == "file" and provider["options"]["path"].startswith("/"), provider
    assert provider["allowUiUpdates"] is False, provider

    source, = read("provisioning/datasources/prometheus.yml")["datasources"]
    assert source["type"] == "prometheus" and source["jsonData"]["timeInterval"], source

    kustomization = read("kustomization.yaml")
    # A label must be a text: 1 without its quotes is a number, and refused.
    assert kustomization["generatorOptions"]["labels"]["grafana_dashboard"] == "1", kustomization
    listed = {entry["name"]: entry["files"] for entry in kustomization["configMapGenerator"]}
    there = {path.stem: [path.name] for path in DASHBOARDS.glob("*.json")}
    assert listed == there, f"{listed} is not {there}"
    print(f"ok     a provider, a data source and {len(listed)} ConfigMaps")


if __name__ == "__main__":
    sys.exit(main())
