#!/usr/bin/env python3
"""The difference between windows that are made of recorded counts and exact windows, on the same data.

usage: tests/rules/cost/accuracy.py RULES

Three days of a queue with three workers that are replaced every 8 hours: random traffic, failures now and then, an
hour with many failures on each day, and 10 minutes in which Prometheus scraped nothing. The recorded counts are made
by Prometheus from the same samples. Prints the differences of the share of bad events at 60 times.
"""

import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import yaml

from history import History
from server import server

DAYS, STEP, WORKERS = 3, 15, 3
SLO = "job_queue_slo:longshore_slo"
BASE = [f"{SLO}_events:increase5m", f"{SLO}_bad_events:increase5m"]


def write(history):
    """Counters of each worker. A worker begins at zero."""
    rng = random.Random(15)
    start = history.end - DAYS * 86400
    for life in range(DAYS * 3):
        for worker in range(WORKERS):
            good, bad, samples = 0, 0, {"good": [], "bad": []}
            for at in range(start + life * 28800 + worker * 20, start + (life + 1) * 28800 + worker * 20 + 30, STEP):
                hour = (at - start) / 3600
                failing = 0.2 if 10 <= hour % 24 < 11 else 0.001
                count = rng.randrange(0, 30)
                failed = sum(rng.random() < failing for _ in range(count))
                good, bad = good + count - failed, bad + failed
                if not 39.9 < hour < 40.07 and at <= history.end:
                    samples["good"].append((at, good))
                    samples["bad"].append((at, bad))
            for result, values in samples.items():
                labels = {"job": "shop", "queue": "orders", "slo": "delivery", "instance": f"{life}-{worker}"}
                history.put("longshore_slo_events_total", {**labels, "result": result}, values)


def main(rules):
    """Record the counts over the history, and compare the windows."""
    groups = yaml.safe_load(pathlib.Path(rules).read_text())["groups"]
    recorded = {rule["record"]: rule["expr"] for group in groups for rule in group["rules"] if "record" in rule}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        history = History(scratch)
        write(history)
        history.finish()
        data = history.blocks()
        base = scratch / "base.yml"
        base.write_text(yaml.safe_dump({"groups": [{"name": "base", "interval": "1m", "rules": [
            {"record": name, "expr": recorded[name]} for name in BASE]}]}))
        with server(data) as prometheus:
            make = ["promtool", "tsdb", "create-blocks-from", "rules", f"--start={history.end - DAYS * 86400}",
                    f"--end={history.end}", "--eval-interval=1m", f"--url={prometheus.url}", f"--output-dir={data}",
                    base]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with server(data) as prometheus:
            for window in ("30m", "1h", "2h", "6h", "1d", "3d"):
                compare(prometheus, recorded, window, history.end)


def compare(prometheus, recorded, window, end):
    bad, events = (recorded[f"{SLO}_{what}:increase{window}"] for what in ("bad_events", "events"))
    exact = (f"sum(increase(longshore_slo_events_total{{result=\"bad\"}}[{window}])) / "
             f"sum(increase(longshore_slo_events_total[{window}]))")
    shares, counts = [], []
    for n in range(60):
        at = end - n * 4217 // 1
        made, true = prometheus.value(f"sum({bad}) / sum({events})", at), prometheus.value(exact, at)
        if made is not None and true:
            shares.append(100 * abs(made / true - 1))
        made, true = prometheus.value(f"sum({events})", at), prometheus.value(
            f"sum(increase(longshore_slo_events_total[{window}]))", at)
        if made is not None and true:
            counts.append(100 * abs(made / true - 1))
    print(f"{window:>4}: share of bad events {statistics.median(shares):.2f} % in the median, {max(shares):.1f} % at "
          f"most; number of events {statistics.median(counts):.2f} %, {max(counts):.1f} % at most", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
