"""Sends every query of every dashboard to a Prometheus that scrapes workers. Each query must return data.

usage: python answers.py PATH_OF_LONGSHORE

Exits 1 if a query returns no data, or a value that is not finite.
"""

import math
import os
import sys
import tempfile
import time

import grafana
import system
from grafana import problem

# The dashboard of one queue is checked with the queue that has all kinds of data, and with the other queues. For those,
# a query may return no data, but never NaN.
BUSY, OTHERS = "mail.fifo", ["orders", "reports", "clicks"]
# Panels that need batches or periodic tasks, which the busy queue does not have, and the queue that has them.
OF_OTHER_QUEUES = {"Messages per handler call": "orders", "Periodic tasks by result": "reports",
                   "Time since the last run of periodic tasks": "reports"}
# How long the rules may take to record all data.
LIMIT_SECONDS = 90


class Queries:
    """Sends queries like Grafana does, for the time since the start. The panels with these titles may have no data."""

    def __init__(self, prometheus, may_be_empty=()):
        self.prometheus = prometheus
        self.may_be_empty = may_be_empty
        self.start = time.time()

    def values(self, dashboard, **chosen):
        span = max(10, math.ceil(time.time() - self.start))
        intervals = {"__rate_interval": f"{4 * system.SCRAPE_SECONDS}s", "__range": f"{span}s",
                     "__interval_ms": str(1000 * system.SCRAPE_SECONDS)}
        return grafana.all_values(dashboard) | chosen | intervals

    def send(self, query):
        if query.is_range:
            return self.prometheus.range(query.expr, self.start, time.time(), system.SCRAPE_SECONDS)
        return self.prometheus.instant(query.expr)

    def failures(self, dashboard, may_be_empty=False, **chosen):
        """The queries of a dashboard that fail, each with its problem."""
        found = {}
        for query in grafana.queries(dashboard, self.values(dashboard, **chosen)):
            found_problem = problem(self.send(query))
            if found_problem == "is empty" and (may_be_empty or query.panel in self.may_be_empty):
                continue
            if found_problem:
                found[query] = found_problem
        return found

    def empty_variables(self, dashboard, **chosen):
        for variable in grafana.variables(dashboard, self.values(dashboard, **chosen)):
            if not self.prometheus.label_values(variable.label, variable.selector):
                yield f"{dashboard['uid']}: the variable {variable.name} has no values"


def selection(dashboard):
    """The variables that a reader must select before the dashboard shows data."""
    return {} if "queue" in grafana.all_values(dashboard) else {"queue": BUSY}


def wait_for_data(queries):
    """Repeats all queries until none fails or the limit is over, because rules record a drain with a delay, and the
    periodic task runs once a minute."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        failures = {}
        for dashboard in grafana.dashboards():
            failures |= queries.failures(dashboard, **selection(dashboard))
            failures |= failures_of_other_queues(queries, dashboard)
        if not failures or time.monotonic() > deadline:
            return failures
        time.sleep(1)


def failures_of_other_queues(queries, dashboard):
    return {query: f"of {queue} is empty" for panel, queue in OF_OTHER_QUEUES.items()
            for query in grafana.queries(dashboard, queries.values(dashboard, queue=queue))
            if query.panel == panel and problem(queries.send(query))}


def check(queries):
    """All failures, as texts."""
    failures = [f"{query} {text}: {query.expr}" for query, text in wait_for_data(queries).items()]
    count = 0
    for dashboard in grafana.dashboards():
        chosen = selection(dashboard)
        failures += queries.empty_variables(dashboard, **chosen)
        for other in OTHERS if chosen else []:
            failed = queries.failures(dashboard, may_be_empty=True, queue=other)
            failures += [f"{query} of {other} {text}: {query.expr}" for query, text in failed.items()]
        count += len(list(grafana.queries(dashboard, queries.values(dashboard, **chosen))))
    # All must include workers with and without the label `cluster`.
    worst = next(query for query in grafana.queries(*fleet_dashboard(queries)) if "worst first" in query.panel)
    labels = [series["metric"] for series in queries.send(worst)]
    if {"cluster" in one for one in labels} != {True, False}:
        failures.append(f"All does not include every queue: {labels}")
    print(f"       {count} queries")
    return failures


def fleet_dashboard(queries):
    dashboard = next(one for one in grafana.dashboards() if one["uid"] == "longshore-fleet")
    return dashboard, queries.values(dashboard)


def check_problem_detection(queries):
    """Checks that problems are detected."""
    prometheus = queries.prometheus
    assert problem(prometheus.instant("longshore_nothing_like_that")) == "is empty"
    assert "nan" in problem(prometheus.instant("0 * longshore_pollers / 0"))
    assert "inf" in problem(prometheus.instant("longshore_build_info / 0"))


def run(longshore, scratch):
    """A deploy: a new worker starts, and the old worker aborts messages that take longer than shutdown.grace. Another
    worker is killed and starts again at its address."""
    old, new, web = (system.free_address() for _ in range(3))
    with (system.local_queue(longshore) as endpoint,
          system.worker(longshore, endpoint, scratch, old, system.SHOP) as old_worker,
          system.worker(longshore, endpoint, scratch, web, system.CLICKS) as web_worker,
          system.scraping(longshore, scratch, [old, new], [web]) as prometheus,
          system.traffic(endpoint) as send):
        queries = Queries(prometheus, OF_OTHER_QUEUES)
        system.send_slow_messages(prometheus, old, send)
        check_problem_detection(queries)
        with system.worker(longshore, endpoint, scratch, new, system.SHOP):
            prometheus.wait_until(f'sum(longshore_messages_received_total{{instance="{new}"}}) > 0')
            system.abort_on_shutdown(prometheus, old_worker, old)
            system.kill(prometheus, web_worker, web)
            with system.worker(longshore, endpoint, scratch, web, system.CLICKS):
                return check(queries)


def main():
    longshore = os.path.abspath(sys.argv[1])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        failures = run(longshore, scratch)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{'FAILED' if failures else 'ok    '} every panel, annotation and variable has data, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
