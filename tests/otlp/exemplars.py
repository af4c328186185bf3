"""Exemplars in a real Prometheus 2 and a real Prometheus 3, which both ask for OpenMetrics.

usage: python exemplars.py PATH_OF_LONGSHORE PATH_OF_PROMETHEUS_3

Both must have the exemplars, and the series and values of the text format. Exits 1 if a step fails.
"""

import contextlib
import json
import os
import re
import sys
import time
import urllib.request

import system
from processes import running, wait_for
from prometheus import prometheus
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

LIMIT_SECONDS = 60
# Fast and slow messages, so that several buckets have an exemplar.
BODIES = ["0", "0", "0.1", "0.1", "0.4", "1.2"]
HANDLER = ["bash", "-c", "read -r seconds; sleep $seconds"]
HISTOGRAMS = ["longshore_processing_duration_seconds", "longshore_queue_wait_seconds"]
# They no longer change after all messages are processed.
FINAL = "longshore_(processing_duration_seconds|queue_wait_seconds|messages|messages_received|slo_events).*"
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


@contextlib.contextmanager
def worker(longshore, endpoint):
    """A worker that records traces. No collector listens, so it cannot export them."""
    command = [longshore, "run", "--endpoint-url", endpoint, "--listen", "127.0.0.1:0", "--log-level", "debug",
               "--set", "otlp.endpoint=http://127.0.0.1:9", "--set", "defaults.wait=1s", "--queue", "reports", "--", *HANDLER]
    with running(command) as process:
        process.address = wait_for(process, lambda: re.search(r'"admin":"http://([^"]+)"', process.said())).group(1)
        yield process


@contextlib.contextmanager
def scraping(program, target):
    """The client of a server with the default settings, except for the storage of exemplars."""
    jobs = [{"job_name": "shop", "static_configs": [{"targets": [target]}]}]
    configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}
    with prometheus(configuration, "--enable-feature=exemplar-storage", program=program) as process:
        yield process.client


def fetch(address, accept):
    request = urllib.request.Request(f"http://{address}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers["Content-Type"], response.read().decode()


def until(event, condition):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {LIMIT_SECONDS} s for {event}"
        time.sleep(0.2)
    return result


def exemplars(server, metric, start):
    found = server.get("query_exemplars", query=f"{metric}_bucket", start=start, end=time.time())
    return [(series["seriesLabels"], one) for series in found for one in series["exemplars"]]


def check_exemplars(server, name, start, seconds_of):
    """Each exemplar has the trace of a message, and its time in the bucket of the series."""
    for metric in HISTOGRAMS:
        found = until(f"exemplars of {metric} in {name}", lambda: exemplars(server, metric, start))
        for labels, one in found:
            trace, value = one["labels"]["trace_id"], float(one["value"])
            assert trace in seconds_of, f"{trace} is of no message"
            assert value <= float(labels["le"].replace("+Inf", "inf")), (labels, one)
            if metric == HISTOGRAMS[0]:
                assert abs(value - seconds_of[trace]) < 1e-6, (one, seconds_of[trace])
        print(f"ok     {name} has {len(found)} exemplars of {metric}")


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


def check_format(address):
    kind, text = fetch(address, "*/*")
    assert kind.startswith("text/plain;") and "trace_id" not in text, kind
    kind, openmetrics = fetch(address, ACCEPT)
    assert kind.startswith("application/openmetrics-text;"), kind
    expected, found = samples(text_families(text)), samples(openmetrics_families(strict(openmetrics)))
    unknown = set(found) - set(expected)
    assert not unknown, f"the text format does not have {sorted(unknown)[:3]}"
    assert series_lines(openmetrics) == series_lines(text), "the formats have different series"
    print(f"ok     a strict parser reads {len(found)} samples of the OpenMetrics format")


def exported(address):
    found = samples(text_families(fetch(address, "*/*")[1]))
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


def check_series(server, name, address):
    until(f"the series and values of the text format in {name}", lambda: stored(server) == exported(address))
    count = len(stored(server))
    assert count > 40, f"only {count} series were compared"
    print(f"ok     {name} has the {count} series and values of the text format")


def check_bounds(server):
    """Prometheus 2 stores a bound as it is written. A change of the format must not change it."""
    bounds = server.get("label/le/values")
    assert "1" in bounds and "1.0" not in bounds, bounds


def run(longshore, program):
    start = time.time()
    with (system.local_queue(longshore) as endpoint, worker(longshore, endpoint) as process,
          scraping("prometheus", process.address) as two,
          scraping(program, process.address) as three):
        system.sender(endpoint)("reports", BODIES)
        lines = until("all messages", lambda: (found := [
            json.loads(line) for line in process.said().splitlines() if '"message handled"' in line
        ]) and len(found) == len(BODIES) and found)
        seconds_of = {line["trace_id"]: line["seconds"] for line in lines}
        check_format(process.address)
        for server, name in ((two, "Prometheus 2"), (three, "Prometheus 3")):
            check_exemplars(server, name, start, seconds_of)
            check_series(server, name, process.address)
        check_bounds(two)


def main():
    longshore, program = (os.path.abspath(path) for path in sys.argv[1:3])
    run(longshore, program)


if __name__ == "__main__":
    main()
