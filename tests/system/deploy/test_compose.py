"""The Compose file and the files that it mounts agree."""

import copy
import json
import pathlib
import re
import sys
import tomllib

import jsonschema
import pytest
import yaml

from deploy.checks import checks_of, detects, without_mutants
from deploy.dockerfile import Image
from deploy.manifests import CONFIG_KEY, DEPLOY, ROOT, port_of, seconds, version

HERE = DEPLOY / "compose"
# Services that run Longshore or Python files of this repository.
OWN = ["worker", "queue", "application", "producer"]


class Compose:
    """The Compose file and the configurations that it mounts. A mutant changes one of them."""

    def __init__(self):
        self.file = yaml.safe_load((HERE / "compose.yaml").read_text())
        self.config = tomllib.loads((HERE / CONFIG_KEY).read_text())
        self.prometheus = yaml.safe_load((HERE / "prometheus.yml").read_text())
        self.collector = yaml.safe_load((HERE / "collector.yml").read_text())

    @property
    def services(self):
        return self.file["services"]

    def mounts(self, service):
        """The repository files that a service mounts, by the path in the container."""
        pairs = [entry.split(":") for entry in self.services[service].get("volumes", [])]
        return {there: HERE / here for here, there, *_ in pairs if here.startswith(".")}


@pytest.fixture(scope="module")
def compose():
    """The Compose file."""
    return Compose()


@pytest.fixture(scope="module")
def schema(node_modules):
    """The schema of Compose files."""
    return json.loads((node_modules / "dclint/schemas/compose.schema.json").read_text())


def test_the_file_matches_the_compose_schema(compose, schema):
    jsonschema.Draft202012Validator(schema).validate(compose.file)


def test_mounted_files_exist_and_are_read_only(compose):
    for service in compose.services:
        for here in compose.mounts(service).values():
            assert here.exists(), f"{service} mounts {here}, which does not exist; Docker would create a directory"
        for entry in compose.services[service].get("volumes", []):
            assert entry.endswith(":ro") or not entry.startswith("."), entry


def test_images_have_a_version(compose):
    for name, service in compose.services.items():
        image = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", service["image"])
        assert re.search(r":v?\d+\.\d+\.\d+", image), f"{name}: {image}"
        assert "build" not in service or image == f"longshore:{version()}", image


def test_ports_are_published_on_loopback_only(compose):
    published = [port for service in compose.services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published), published


def test_the_stop_timeout_equals_the_shutdown_limit(compose):
    worker = compose.services["worker"]
    assert seconds(worker["stop_grace_period"]) == seconds(compose.config["shutdown"]["limit"])
    # Compose stops a service before the services that it depends on.
    assert {"queue", "application"} <= worker["depends_on"].keys()


def test_the_last_scrape_is_the_interval_plus_a_second(compose):
    interval = compose.prometheus["global"]["scrape_interval"]
    assert seconds(compose.config["shutdown"]["last_scrape"]) == seconds(interval) + 1
    source, = yaml.safe_load((ROOT / "dashboards/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["jsonData"]["timeInterval"] == interval
    assert source["url"] == "http://prometheus:9090"


def test_every_address_is_a_service_and_its_port(compose):
    listening = {"prometheus": 9090, "alertmanager": 9093, "jaeger": None, "collector": None}
    listening["worker"] = port_of(compose.config["admin"]["listen"])
    listening["queue"] = port_of(next(entry for entry in compose.services["queue"]["command"]
                                      if entry.startswith("--listen=")))
    source = (DEPLOY / "application/app.py").read_text()
    listening["application"] = int(re.search(r'"PORT", "(\d+)"', source)[1])
    job, = compose.prometheus["scrape_configs"]
    found, = job["dns_sd_configs"]
    targets = compose.prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    called = [
        compose.config["aws"]["endpoint_url"].removeprefix("http://"),
        compose.config["defaults"]["handler"]["http"].removeprefix("http://"),
        compose.services["producer"]["environment"]["QUEUE_URL"].removeprefix("http://"),
        *(f"{name}:{found['port']}" for name in found["names"]), *targets,
    ]
    for address in called:
        name, port = address.split("/")[0].split(":")
        assert name in compose.services, address
        assert listening[name] == int(port), address
    published, = compose.services["worker"]["ports"]
    assert published.endswith(f":{listening['worker']}")
    assert not compose.config["admin"]["listen"].startswith("127.")


def test_the_worker_and_the_producer_use_the_same_queue(compose):
    worked, = (queue["name"] for queue in compose.config["queue"])
    assert any(entry.startswith(f"--queue={worked}:") for entry in compose.services["queue"]["command"])
    assert compose.services["producer"]["environment"]["QUEUE_URL"].endswith(f"/{worked}")


def test_traces_reach_jaeger_through_the_collector(compose):
    environment = compose.services["worker"]["environment"]
    host, port = environment["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://").split(":")
    assert host == "collector"
    assert environment["OTEL_METRICS_EXPORTER"] == "none"
    received = compose.collector["receivers"]["otlp"]["protocols"]
    assert received["http"]["endpoint"] == f"0.0.0.0:{port}"
    assert environment["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    exported = compose.collector["exporters"]["otlp"]["endpoint"]
    assert exported == "jaeger:4317"
    assert "jaeger" in compose.services["collector"]["depends_on"]
    pipeline = compose.collector["service"]["pipelines"]["traces"]
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == compose.collector[kind].keys(), kind
    assert pipeline["processors"][0] == "memory_limiter", "memory_limiter must be the first processor"


def test_containers_are_hardened(compose):
    for name, service in compose.services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name not in OWN or service["read_only"] is True, name
        assert not {"privileged", "network_mode", "pid"} & service.keys(), name


def test_the_configuration_is_mounted_where_the_image_reads_it(compose):
    assert Image().environment["LONGSHORE_CONFIG"] in compose.mounts("worker")
    build = compose.services["worker"]["build"]
    assert (HERE / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "docker/Dockerfile"


def test_grafana_finds_the_mounted_files(compose):
    mounts = compose.mounts("grafana")
    provider, = yaml.safe_load((ROOT / "dashboards/provisioning/dashboards/longshore.yml").read_text())["providers"]
    assert mounts[provider["options"]["path"]].resolve() == ROOT / "dashboards"
    environment = compose.services["grafana"]["environment"]
    home = pathlib.PurePosixPath(environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (mounts[str(home.parent)] / home.name).exists(), home
    sources = [there for there in mounts if there.startswith("/etc/grafana/provisioning/datasources/")]
    assert len(sources) == 2, sources
    rules, = compose.prometheus["rule_files"]
    assert compose.mounts("prometheus")[f"/etc/prometheus/{rules}"].resolve() == ROOT / "alerts/longshore.rules.yml"


def service(name, **values):
    return lambda compose: compose.services.update({name: compose.services[name] | values})


def environment(name, **values):
    return lambda compose: compose.services[name]["environment"].update(values)


def broken(change):
    compose = Compose()
    before = copy.deepcopy(vars(compose))
    change(compose)
    assert vars(compose) != before, "the mutant changed nothing"
    return compose


# The check that must fail, and one mistake.
MUTANTS = [
    ("the_file_matches_the_compose_schema", service("worker", stop_grace="45s")),
    ("the_file_matches_the_compose_schema", service("application", healthcheck={"test": "true", "intervall": "2s"})),
    ("the_file_matches_the_compose_schema", service("worker", depends_on={"queue": {"condition": "running"}})),
    ("mounted_files_exist_and_are_read_only", service("producer", volumes=["./produce.py:/app/p.py:ro"])),
    ("mounted_files_exist_and_are_read_only", service("producer", volumes=["./producer.py:/app/p.py"])),
    ("images_have_a_version", service("jaeger", image="jaegertracing/jaeger:latest")),
    ("images_have_a_version", service("worker", image="longshore:9.9.9")),
    ("ports_are_published_on_loopback_only", service("grafana", ports=["3000:3000"])),
    ("the_stop_timeout_equals_the_shutdown_limit", service("worker", stop_grace_period="10s")),
    ("the_stop_timeout_equals_the_shutdown_limit", service("worker", depends_on={})),
    ("the_last_scrape_is_the_interval_plus_a_second",
     lambda compose: compose.prometheus["global"].update(scrape_interval="30s")),
    ("the_last_scrape_is_the_interval_plus_a_second",
     lambda compose: compose.config["shutdown"].update(last_scrape="2s")),
    ("every_address_is_a_service_and_its_port",
     lambda compose: compose.config["admin"].update(listen="0.0.0.0:9000")),
    ("every_address_is_a_service_and_its_port",
     lambda compose: compose.config["aws"].update(endpoint_url="http://sqs:9324")),
    ("every_address_is_a_service_and_its_port",
     lambda compose: compose.prometheus["scrape_configs"][0]["dns_sd_configs"][0].update(names=["longshore"])),
    ("the_worker_and_the_producer_use_the_same_queue", environment("producer", QUEUE_URL="http://queue:9324/0/mail")),
    ("traces_reach_jaeger_through_the_collector",
     environment("worker", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4317")),
    ("traces_reach_jaeger_through_the_collector",
     environment("worker", OTEL_METRICS_EXPORTER="otlp")),
    ("traces_reach_jaeger_through_the_collector",
     lambda compose: compose.collector["service"]["pipelines"]["traces"].update(exporters=[])),
    ("containers_are_hardened", service("worker", read_only=False)),
    ("containers_are_hardened", service("prometheus", cap_drop=[])),
    ("containers_are_hardened", service("queue", privileged=True)),
    ("the_configuration_is_mounted_where_the_image_reads_it",
     service("worker", volumes=["./longshore.toml:/longshore.toml:ro"])),
    ("grafana_finds_the_mounted_files",
     environment("grafana", GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH="/etc/grafana/longshore/fleet.json")),
    ("grafana_finds_the_mounted_files", lambda compose: compose.services["grafana"]["volumes"].pop()),
    ("grafana_finds_the_mounted_files", lambda compose: compose.prometheus.update(rule_files=["rules.yml"])),
]
CHECKS = checks_of(sys.modules[__name__], "compose")


@pytest.mark.mutants
@pytest.mark.parametrize(("check", "change"), MUTANTS, ids=[check for check, _ in MUTANTS])
def test_a_mistake_in_the_compose_file_is_detected(check, change, schema):
    correct = {"compose": Compose(), "schema": schema}
    assert detects(CHECKS[check], correct, correct | {"compose": broken(change)})


def test_each_check_of_the_compose_file_has_a_mutant():
    assert not without_mutants(CHECKS, MUTANTS)
