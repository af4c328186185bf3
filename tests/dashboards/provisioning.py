"""Checks the YAML files that provision the dashboards.

usage: python provisioning.py

Exits 1 if a file is not what Grafana and kustomize expect.
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
    # A label must be a string. Kubernetes does not accept a number.
    assert kustomization["generatorOptions"]["labels"]["grafana_dashboard"] == "1", kustomization
    listed = {entry["name"]: entry["files"] for entry in kustomization["configMapGenerator"]}
    expected = {path.stem: [path.name] for path in DASHBOARDS.glob("*.json")}
    assert listed == expected, f"{listed}, expected {expected}"
    print(f"ok     a provider, a data source and {len(listed)} ConfigMaps")


if __name__ == "__main__":
    sys.exit(main())
