#!/usr/bin/env python3
"""What one evaluation of the alert rules costs a Prometheus server.

usage: tests/rules/cost/evaluation.py LONGSHORE RULES QUEUES WORKERS

Writes a history for QUEUES queues with WORKERS workers each, as long as the rules read it, and evaluates each rule
once. The series of a worker are those that the program exports. RULES is alerts/longshore.rules.yml, or an older
version of it. The results are for 200 queues with 20 workers, because the cost is proportional to the number of
workers, of a recorded series to the number of queues.
"""

import contextlib
import pathlib
import re
import sys
import tempfile
import time

import yaml

from history import History
from running.processes import free_port, running
from running.web import fetch
from server import server  # It adds the folder of `running`.

SCRAPE_SECONDS = 15
EVALUATION_SECONDS = 60
GOAL = (200, 20)
DURATION = re.compile(r"(\d+)(d|h|m|s)")
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
READ = re.compile(r"([a-z_]*:?longshore_[a-z0-9_:]+|process_start_time_seconds)(?:\{[^}]*\})?(?:\[(\w+)\])?")
LEVELS = {"job_queue": [{}], "job_queue_slo": [{"slo": slo} for slo in ("delivery", "latency", "freshness", "polling")]}


def seconds(duration):
    return sum(int(number) * UNITS[unit] for number, unit in DURATION.findall(duration))


def windows(groups):
    """The longest window over which each series is read."""
    longest = {}
    for group in groups:
        for rule in group["rules"]:
            for name, window in READ.findall(rule["expr"]):
                longest[name] = max(longest.get(name, 300), seconds(window or "5m"))
    return longest


def template(longshore):
    """The series of one worker and one queue: name, labels without the queue, value."""
    port = free_port()
    with running([str(pathlib.Path(longshore).resolve()), "demo", "--listen", f"127.0.0.1:{port}"]):
        for _ in range(200):
            time.sleep(0.2)
            with contextlib.suppress(OSError):
                text = fetch(f"http://127.0.0.1:{port}/metrics")
                if re.search(r'longshore_messages_total\{.*"deleted"\} [1-9]', text):
                    break
        else:
            raise SystemExit("the demo exports no metrics")
    series = []
    for name, labels, value in re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", text, re.M):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        # The series of the process have no queue.
        series.append((name, {k: v for k, v in labels.items() if k != "queue"}, "queue" in labels, float(value)))
    first = {}
    for name, labels, of_queue, value in series:
        first.setdefault((name, tuple(labels.items())), (name, labels, of_queue, value))
    return list(first.values())


def write(history, groups, series, queues, workers):
    """Raw series as often as they are scraped, recorded ones as often as they are evaluated."""
    longest, count = windows(groups), 0
    for name, labels, of_queue, value in series:
        if name not in longest:
            continue
        rises = 1.0 if name.endswith(("_total", "_count", "_sum")) else 0.0
        for worker in range(workers):
            for queue in range(queues) if of_queue else [None]:
                own = {"queue": f"q{queue}"} if of_queue else {}
                site = {"cluster": "eu", "namespace": "prod", "job": "shop", "instance": f"worker-{worker}"}
                history.add(name, {**site, **labels, **own}, longest[name], SCRAPE_SECONDS, value, rises)
                count += of_queue
    for name in sorted(longest):
        level = name.split(":")[0]
        if ":" in name:
            step = next(seconds(g["interval"]) for g in groups for r in g["rules"] if r.get("record") == name)
            for queue in range(queues):
                for labels in LEVELS[level]:
                    site = {"cluster": "eu", "namespace": "prod", "job": "shop", "queue": f"q{queue}"}
                    history.add(name, {**site, **labels}, longest[name], step, 5.0, 0.0)
    return count


def main(longshore, rules, queues, workers):
    """Evaluate each rule, print the most expensive ones and the sum."""
    groups = yaml.safe_load(pathlib.Path(rules).read_text())["groups"]
    series = template(longshore)
    with tempfile.TemporaryDirectory() as scratch:
        history = History(pathlib.Path(scratch))
        count = write(history, groups, series, queues, workers)
        history.finish()
        print(f"{queues} queues with {workers} workers: {count // queues // workers} raw series that the rules read, "
              f"for each queue and worker; {history.samples} samples", flush=True)
        with server(history.blocks()) as prometheus:
            costs = [cost(prometheus, rule, history.end) for group in groups for rule in group["rules"]
                     if group["interval"] == "1m"]
    report(costs, queues, workers)


def cost(prometheus, rule, at):
    """The best of two evaluations: name, seconds, samples, whether it reads the series of workers."""
    name = rule.get("record") or rule["alert"]
    runs = [prometheus.evaluate(rule["expr"], at) for _ in range(2)]
    took, samples = min(runs)
    raw = any(":" not in read for read, _ in READ.findall(rule["expr"]))
    return name, took, samples, raw


def report(costs, queues, workers):
    factors = {True: GOAL[0] * GOAL[1] / (queues * workers), False: GOAL[0] / queues}
    for name, took, samples, raw in sorted(costs, key=lambda one: -one[1] * factors[one[3]])[:12]:
        kind = "raw" if raw else "recorded"
        print(f"{took * 1000:9.1f} ms {samples:9d} samples  {kind:8}  {name}")
    took, samples = sum(one[1] for one in costs), sum(one[2] for one in costs)
    print(f"one evaluation: {took:.2f} s, {samples} samples; for each queue and worker "
          f"{took / queues / workers * 1000:.1f} ms, {samples // (queues * workers)} samples")
    goal = sum(one[1] * factors[one[3]] for one in costs)
    print(f"for {GOAL[0]} queues with {GOAL[1]} workers: {goal:.1f} s in every minute, "
          f"{sum(one[2] * factors[one[3]] for one in costs) / 1e6:.0f} million samples")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
