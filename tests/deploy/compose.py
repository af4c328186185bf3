"""What must agree in the Compose file and the files that it mounts."""

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
# What runs code of ours, or an image of ours.
OWN = ["worker", "queue", "application", "producer"]


class Compose:
    """The Compose file, the worker's configuration and Prometheus's; a copy may be broken."""

    def __init__(self):
        self.file = yaml.safe_load((HERE / "compose.yaml").read_text())
        self.config = tomllib.loads((HERE / CONFIG_KEY).read_text())
        self.prometheus = yaml.safe_load((HERE / "prometheus.yml").read_text())
        self.collector = yaml.safe_load((HERE / "collector.yml").read_text())

    @property
    def services(self):
        return self.file["services"]

    def mounts(self, service):
        """What a service finds where, of files of ours."""
        pairs = [entry.split(":") for entry in self.services[service].get("volumes", [])]
        return {there: HERE / here for here, there, *_ in pairs if here.startswith(".")}


def the_schema_of_compose_files_is_kept(compose):
    jsonschema.Draft202012Validator(SCHEMA).validate(compose.file)


def every_file_that_is_mounted_is_there_and_read_only(compose):
    for service in compose.services:
        for there, here in compose.mounts(service).items():
            assert here.exists(), f"{service} wants {here}, which Docker would make a directory of"
        for entry in compose.services[service].get("volumes", []):
            assert entry.endswith(":ro") or not entry.startswith("."), entry


def images_are_of_a_version(compose):
    for name, service in compose.services.items():
        image = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", service["image"])
        assert re.search(r":v?\d+\.\d+\.\d+", image), f"{name}: {image}"
        assert "build" not in service or image == f"longshore:{version()}", image


def ports_are_published_on_loopback_alone(compose):
    published = [port for service in compose.services.values() for port in service.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published), published


def the_worker_has_the_time_that_it_takes_to_stop(compose):
    worker = compose.services["worker"]
    assert seconds(worker["stop_grace_period"]) == seconds(compose.config["shutdown"]["limit"])
    # Compose stops what depends on others first.
    assert {"queue", "application"} <= worker["depends_on"].keys()


def the_last_scrape_is_an_interval_and_a_second(compose):
    interval = compose.prometheus["global"]["scrape_interval"]
    assert seconds(compose.config["shutdown"]["last_scrape"]) == seconds(interval) + 1
    source, = yaml.safe_load((ROOT / "dashboards/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["jsonData"]["timeInterval"] == interval
    assert source["url"] == "http://prometheus:9090"


def every_name_is_a_service_and_its_port(compose):
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


def the_queue_is_the_one_that_is_worked(compose):
    worked, = (queue["name"] for queue in compose.config["queue"])
    assert any(entry.startswith(f"--queue={worked}:") for entry in compose.services["queue"]["command"])
    assert compose.services["producer"]["environment"]["QUEUE_URL"].endswith(f"/{worked}")


def traces_go_to_the_collector_and_on(compose):
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
    assert pipeline["processors"][0] == "memory_limiter", "it must refuse before others have taken"


def what_is_ours_is_hardened(compose):
    for name, service in compose.services.items():
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
        assert name not in OWN or service["read_only"] is True, name
        assert not {"privileged", "network_mode", "pid"} & service.keys(), name


def the_configuration_is_where_the_image_looks(compose):
    assert Image().environment["LONGSHORE_CONFIG"] in compose.mounts("worker")
    build = compose.services["worker"]["build"]
    assert (HERE / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "docker/Dockerfile"


def grafana_finds_what_it_is_given(compose):
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
    """The check, the file, and the scene with one thing wrong."""
    def of(check, change):
        broken = Compose()
        before = copy.deepcopy(vars(broken))
        change(broken)
        assert vars(broken) != before, f"nothing was broken for {check}"
        return check, "compose.yaml", broken

    def service(check, name, **values):
        return of(check, lambda compose: compose.services.update({name: compose.services[name] | values}))

    def environment(check, name, **values):
        return of(check, lambda compose: compose.services[name]["environment"].update(values))
    return [
        service("the_schema_of_compose_files_is_kept", "worker", stop_grace="45s"),
        service("the_schema_of_compose_files_is_kept", "application", healthcheck={"test": "true", "intervall": "2s"}),
        service("the_schema_of_compose_files_is_kept", "worker", depends_on={"queue": {"condition": "running"}}),
        service("every_file_that_is_mounted_is_there_and_read_only", "producer", volumes=["./produce.py:/app/p.py:ro"]),
        service("every_file_that_is_mounted_is_there_and_read_only", "producer", volumes=["./producer.py:/app/p.py"]),
        service("images_are_of_a_version", "jaeger", image="jaegertracing/jaeger:latest"),
        service("images_are_of_a_version", "worker", image="longshore:9.9.9"),
        service("ports_are_published_on_loopback_alone", "grafana", ports=["3000:3000"]),
        service("the_worker_has_the_time_that_it_takes_to_stop", "worker", stop_grace_period="10s"),
        service("the_worker_has_the_time_that_it_takes_to_stop", "worker", depends_on={}),
        of("the_last_scrape_is_an_interval_and_a_second",
           lambda compose: compose.prometheus["global"].update(scrape_interval="30s")),
        of("the_last_scrape_is_an_interval_and_a_second",
           lambda compose: compose.config["shutdown"].update(last_scrape="2s")),
        of("every_name_is_a_service_and_its_port",
           lambda compose: compose.config["admin"].update(listen="0.0.0.0:9000")),
        of("every_name_is_a_service_and_its_port",
           lambda compose: compose.config["aws"].update(endpoint_url="http://sqs:9324")),
        of("every_name_is_a_service_and_its_port",
           lambda compose: compose.prometheus["scrape_configs"][0]["dns_sd_configs"][0].update(names=["longshore"])),
        environment("the_queue_is_the_one_that_is_worked", "producer", QUEUE_URL="http://queue:9324/0/mail"),
        environment("traces_go_to_the_collector_and_on", "worker", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4317"),
        environment("traces_go_to_the_collector_and_on", "worker", OTEL_METRICS_EXPORTER="otlp"),
        of("traces_go_to_the_collector_and_on",
           lambda compose: compose.collector["service"]["pipelines"]["traces"].update(exporters=[])),
        service("what_is_ours_is_hardened", "worker", read_only=False),
        service("what_is_ours_is_hardened", "prometheus", cap_drop=[]),
        service("what_is_ours_is_hardened", "queue", privileged=True),
        service("the_configuration_is_where_the_image_looks", "worker",
                volumes=["./longshore.toml:/longshore.toml:ro"]),
        environment("grafana_finds_what_it_is_given", "grafana",
                    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH="/etc/grafana/longshore/fleet.json"),
        of("grafana_finds_what_it_is_given", lambda compose: compose.services["grafana"]["volumes"].pop()),
        of("grafana_finds_what_it_is_given", lambda compose: compose.prometheus.update(rule_files=["rules.yml"])),
    ]
