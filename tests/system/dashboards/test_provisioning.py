"""The YAML files that provision the dashboards are what Grafana and kustomize expect."""

import yaml

from dashboards.grafana import DASHBOARDS


def read(path):
    return yaml.safe_load((DASHBOARDS / path).read_text())


def test_the_provider_reads_files_and_keeps_them():
    provider, = read("provisioning/dashboards/longshore.yml")["providers"]
    assert provider["type"] == "file", provider
    assert provider["options"]["path"].startswith("/"), provider
    assert provider["allowUiUpdates"] is False, provider


def test_the_data_source_is_prometheus_and_has_an_interval():
    source, = read("provisioning/datasources/prometheus.yml")["datasources"]
    assert source["type"] == "prometheus", source
    assert source["jsonData"]["timeInterval"], source


def test_each_dashboard_is_a_configmap():
    kustomization = read("kustomization.yaml")
    # A label must be a string. Kubernetes does not accept a number.
    assert kustomization["generatorOptions"]["labels"]["grafana_dashboard"] == "1", kustomization
    listed = {entry["name"]: entry["files"] for entry in kustomization["configMapGenerator"]}
    assert listed == {path.stem: [path.name] for path in DASHBOARDS.glob("*.json")}
