"""Exemplars in a real Prometheus 2 and a real Prometheus 3, which both ask for OpenMetrics.

Both must have the exemplars, and the series and values of the text format.
"""

import contextlib
import json
import re
import time
import urllib.request
from dataclasses import dataclass

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from dashboards import system
from running.processes import until
from running.prometheus import prometheus
from running.worker import Worker, worker

# Fast and slow messages, so that several buckets have an exemplar.
BODIES = ["0", "0", "0.1", "0.1", "0.4", "1.2"]
HANDLER = ["bash", "-c", "read -r seconds; sleep $seconds"]
PROCESSING = "longshore_processing_duration_seconds"
HISTOGRAMS = [PROCESSING, "longshore_queue_wait_seconds"]
# They no longer change after all messages are processed.
FINAL = "longshore_(processing_duration_seconds|queue_wait_seconds|messages|messages_received|slo_events).*"
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


@dataclass
class Scene:
    worker: Worker
    servers: dict
    start: float
    # The duration of the handler of each message, by its trace.
    seconds_of: dict


@pytest.fixture(scope="module")
def scene(longshore, needs, prometheus3):
    """A worker that has processed all messages, and the servers that scrape it. It records traces. No collector
    listens, so it cannot export them."""
    needs("prometheus")
    start = time.time()
    with contextlib.ExitStack() as stack:
        queues = stack.enter_context(system.local_queue(longshore))
        started = stack.enter_context(worker(
            longshore, queues, "--log-level", "debug", "--set", "otlp.endpoint=http://127.0.0.1:9",
            "--set", "defaults.wait=1s", "--queue", "reports", "--", *HANDLER))
        servers = {name: stack.enter_context(scraping(program, started.instance))
                   for name, program in {"Prometheus 2": "prometheus", "Prometheus 3": prometheus3}.items()}
        queues.send("reports", [f"{seconds}\n" for seconds in BODIES])
        lines = until("all messages", lambda: len(found := handled(started)) == len(BODIES) and found)
        yield Scene(started, servers, start, {line["trace_id"]: line["seconds"] for line in lines})


def handled(worker):
    return [json.loads(line) for line in worker.said().splitlines() if '"message handled"' in line]


@contextlib.contextmanager
def scraping(program, target):
    """The client of a server with the default settings, except for the storage of exemplars."""
    jobs = [{"job_name": "shop", "static_configs": [{"targets": [target]}]}]
    configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}
    with prometheus(configuration, "--enable-feature=exemplar-storage", program=program) as process:
        yield process.client


@pytest.fixture(params=["Prometheus 2", "Prometheus 3"])
def server(request, scene):
    return scene.servers[request.param]


@pytest.mark.parametrize("metric", HISTOGRAMS)
def test_prometheus_has_exemplars_of(metric, scene, server):
    """Each exemplar has the trace of a message, and its time in the bucket of the series."""
    found = until(f"exemplars of {metric}", lambda: exemplars(server, metric, scene.start))
    print(f"{len(found)} exemplars")
    for labels, one in found:
        trace, value = one["labels"]["trace_id"], float(one["value"])
        assert trace in scene.seconds_of, f"{trace} is of no message"
        assert value <= float(labels["le"].replace("+Inf", "inf")), (labels, one)
        if metric == PROCESSING:
            assert abs(value - scene.seconds_of[trace]) < 1e-6, (one, scene.seconds_of[trace])


def exemplars(server, metric, start):
    found = server.get("query_exemplars", query=f"{metric}_bucket", start=start, end=time.time())
    return [(series["seriesLabels"], one) for series in found for one in series["exemplars"]]


def test_prometheus_has_the_series_and_values_of_the_text_format(scene, server):
    until("the series and values of the text format", lambda: stored(server) == exported(scene.worker))
    count = len(stored(server))
    assert count > 40, f"only {count} series were compared"
    print(f"{count} series")


def test_prometheus_2_stores_a_bound_as_it_is_written(scene):
    """A change of the format must not change it."""
    def bounds():
        return scene.servers["Prometheus 2"].get("label/le/values")

    until("the bound 1", lambda: "1" in bounds())
    assert "1.0" not in bounds(), bounds()


def test_a_strict_parser_reads_the_openmetrics_format(scene):
    kind, text = exposition(scene.worker, "*/*")
    assert kind.startswith("text/plain;"), kind
    assert "trace_id" not in text
    kind, openmetrics = exposition(scene.worker, ACCEPT)
    assert kind.startswith("application/openmetrics-text;"), kind
    expected, found = samples(text_families(text)), samples(openmetrics_families(strict(openmetrics)))
    unknown = set(found) - set(expected)
    assert not unknown, f"the text format does not have {sorted(unknown)[:3]}"
    assert series_lines(openmetrics) == series_lines(text), "the formats have different series"
    print(f"{len(found)} samples")


def exposition(worker, accept):
    """The type and the text of the metrics."""
    request = urllib.request.Request(f"{worker.url}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers["Content-Type"], response.read().decode()


def samples(families):
    """The samples by name and labels. OpenMetrics writes a bound of 1 as 1.0."""
    found = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = dict(sample.labels)
        if "le" in labels:
            labels["le"] = str(float(labels["le"]))
        found[sample.name, tuple(sorted(labels.items()))] = sample.value
    return found


def strict(text):
    """Without the two differences from OpenMetrics: bounds such as 1, and histograms without buckets."""
    text = re.sub(r'le="(\d+)"', r'le="\1.0"', text)
    buckets = set(re.findall(r'^(\w+)_bucket\{(.*),le="\+Inf"\}', text, re.MULTILINE))
    histograms = set(re.findall(r"^# TYPE (\w+) histogram", text, re.MULTILINE))

    def is_kept(line):
        part = re.match(r"(\w+)_(?:sum|count)\{(.*)\} ", line)
        return not part or part[1] not in histograms or part.groups() in buckets

    return "".join(line for line in text.splitlines(keepends=True) if is_kept(line))


def series_lines(text):
    """The lines of samples without their values. The order of series changes with each scrape."""
    lines = [line.split(" # ")[0] for line in text.splitlines() if line and not line.startswith("#")]
    return sorted(line.rsplit(" ", 1)[0] for line in lines)


def exported(worker):
    found = samples(text_families(exposition(worker, "*/*")[1]))
    return {key: value for key, value in found.items() if re.fullmatch(FINAL, key[0])}


def stored(server):
    """The series in the form of `samples`, without the labels that Prometheus adds."""
    found = {}
    for one in server.instant(f'{{__name__=~"{FINAL}"}}'):
        labels = {name: value for name, value in one["metric"].items() if name not in ("job", "instance", "__name__")}
        if "le" in labels:
            labels["le"] = str(float(labels["le"]))
        found[one["metric"]["__name__"], tuple(sorted(labels.items()))] = float(one["value"][1])
    return found
