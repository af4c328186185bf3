"""Checks that the Compose file and the files that it mounts agree."""

import copy
import json
import pathlib
import re
import sys
import tomllib

import jsonschema
import yaml

from image import Image
from manifests import CONFIG_KEY, DEPLOY, ROOT, port_of, seconds, version

HERE = DEPLOY / "compose"
SCHEMA = json.loads(pathlib.Path(sys.argv[2], "dclint/schemas/compose.schema.json").read_text())
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


def the_file_matches_the_compose_schema(compose):
    jsonschema.Draft202012Validator(SCHEMA).validate(compose.file)


def mounted_files_exist_and_are_read_only(compose):
    for service in compose.services:
        for there, here in compose.mounts(service).items():
            assert here.exists(), f"{service} mounts {here}, which does not exist; Docker would create a directory"
        for entry in compose.services[service].get("volumes", []):
            assert entry.endswith(":ro") or not entry.startswith("."), entry


def images_have_a_version(compose):
    for name, service in compose.services.items():
        image = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", service["image"])
        assert re.search(r":v?\d+\.\d+\.\d+", image), f"{name}: {image}"
        assert "build" not in service or image == f"longshore:{version()}", image


def ports_are_published_on_loopback_only(compose):
    published = [port for service in compose.services.values() for port in service.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published), published


def the_stop_timeout_equals_the_shutdown_limit(compose):
    worker = compose.services["worker"]
    assert seconds(worker["stop_grace_period"]) == seconds(compose.config["shutdown"]["limit"])
    # Compose stops a service before the services that it depends on.
    assert {"queue", "application"} <= worker["depends_on"].keys()


def the_last_scrape_is_the_interval_plus_a_second(compose):
    interval = compose.prometheus["global"]["scrape_interval"]
    assert seconds(compose.config["shutdown"]["last_scrape"]) == seconds(interval) + 1
    source, = yaml.safe_load((ROOT / "dashboards/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["jsonData"]["timeInterval"] == interval
    assert source["url"] == "http://prometheus:9090"


def every_address_is_a_service_and_its_port(compose):
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
        assert name in compose.services and listening[name] == int(port), address
    published, = compose.services["worker"]["ports"]
    assert published.endswith(f":{listening['worker']}") and not compose.config["admin"]["listen"].startswith("127.")


def the_worker_and_the_producer_use_the_same_queue(compose):
    worked, = (queue["name"] for queue in compose.config["queue"])
    assert any(entry.startswith(f"--queue={worked}:") for entry in compose.services["queue"]["command"])
    assert compose.services["producer"]["environment"]["QUEUE_URL"].endswith(f"/{worked}")


def traces_reach_jaeger_through_the_collector(compose):
    environment = compose.services["worker"]["environment"]
    host, port = environment["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://").split(":")
    assert host == "collector" and environment["OTEL_METRICS_EXPORTER"] == "none"
    received = compose.collector["receivers"]["otlp"]["protocols"]
    assert received["http"]["endpoint"] == f"0.0.0.0:{port}"
    assert environment["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    exported = compose.collector["exporters"]["otlp"]["endpoint"]
    assert exported == "jaeger:4317" and "jaeger" in compose.services["collector"]["depends_on"]
    pipeline = compose.collector["service"]["pipelines"]["traces"]
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == compose.collector[kind].keys(), kind
    assert pipeline["processors"][0] == "memory_limiter", "memory_limiter must be the first processor"


def containers_are_hardened(compose):
    for name, service in compose.services.items():
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
        assert name not in OWN or service["read_only"] is True, name
        assert not {"privileged", "network_mode", "pid"} & service.keys(), name


def the_configuration_is_mounted_where_the_image_reads_it(compose):
    assert Image().environment["LONGSHORE_CONFIG"] in compose.mounts("worker")
    build = compose.services["worker"]["build"]
    assert (HERE / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "docker/Dockerfile"


def grafana_finds_the_mounted_files(compose):
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


CHECKS = [entry for entry in list(globals().values())
          if getattr(entry, "__module__", None) == __name__ and callable(entry) and entry is not Compose]


def mutants():
    """Returns the check, the file and the files with one mistake."""
    def of(check, change):
        broken = Compose()
        before = copy.deepcopy(vars(broken))
        change(broken)
        assert vars(broken) != before, f"the mutant for {check} changed nothing"
        return check, "compose.yaml", broken

    def service(check, name, **values):
        return of(check, lambda compose: compose.services.update({name: compose.services[name] | values}))

    def environment(check, name, **values):
        return of(check, lambda compose: compose.services[name]["environment"].update(values))
    return [
        service("the_file_matches_the_compose_schema", "worker", stop_grace="45s"),
        service("the_file_matches_the_compose_schema", "application", healthcheck={"test": "true", "intervall": "2s"}),
        service("the_file_matches_the_compose_schema", "worker", depends_on={"queue": {"condition": "running"}}),
        service("mounted_files_exist_and_are_read_only", "producer", volumes=["./produce.py:/app/p.py:ro"]),
        service("mounted_files_exist_and_are_read_only", "producer", volumes=["./producer.py:/app/p.py"]),
        service("images_have_a_version", "jaeger", image="jaegertracing/jaeger:latest"),
        service("images_have_a_version", "worker", image="longshore:9.9.9"),
        service("ports_are_published_on_loopback_only", "grafana", ports=["3000:3000"]),
        service("the_stop_timeout_equals_the_shutdown_limit", "worker", stop_grace_period="10s"),
        service("the_stop_timeout_equals_the_shutdown_limit", "worker", depends_on={}),
        of("the_last_scrape_is_the_interval_plus_a_second",
           lambda compose: compose.prometheus["global"].update(scrape_interval="30s")),
        of("the_last_scrape_is_the_interval_plus_a_second",
           lambda compose: compose.config["shutdown"].update(last_scrape="2s")),
        of("every_address_is_a_service_and_its_port",
           lambda compose: compose.config["admin"].update(listen="0.0.0.0:9000")),
        of("every_address_is_a_service_and_its_port",
           lambda compose: compose.config["aws"].update(endpoint_url="http://sqs:9324")),
        of("every_address_is_a_service_and_its_port",
           lambda compose: compose.prometheus["scrape_configs"][0]["dns_sd_configs"][0].update(names=["longshore"])),
        environment("the_worker_and_the_producer_use_the_same_queue", "producer", QUEUE_URL="http://queue:9324/0/mail"),
        environment("traces_reach_jaeger_through_the_collector", "worker",
                    OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4317"),
        environment("traces_reach_jaeger_through_the_collector", "worker", OTEL_METRICS_EXPORTER="otlp"),
        of("traces_reach_jaeger_through_the_collector",
           lambda compose: compose.collector["service"]["pipelines"]["traces"].update(exporters=[])),
        service("containers_are_hardened", "worker", read_only=False),
        service("containers_are_hardened", "prometheus", cap_drop=[]),
        service("containers_are_hardened", "queue", privileged=True),
        service("the_configuration_is_mounted_where_the_image_reads_it", "worker",
                volumes=["./longshore.toml:/longshore.toml:ro"]),
        environment("grafana_finds_the_mounted_files", "grafana",
                    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH="/etc/grafana/longshore/fleet.json"),
        of("grafana_finds_the_mounted_files", lambda compose: compose.services["grafana"]["volumes"].pop()),
        of("grafana_finds_the_mounted_files", lambda compose: compose.prometheus.update(rule_files=["rules.yml"])),
    ]
