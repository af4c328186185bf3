"""Sends every query of every dashboard to a Prometheus that scrapes workers, and reports the queries without data."""

import math
import time

from dashboards import grafana
from dashboards.grafana import problem
from dashboards.system import SCRAPE_SECONDS

# The dashboard of one queue is checked with the queue that has all kinds of data, and with the other queues. For those,
# a query may return no data, but never NaN.
BUSY, OTHERS = "mail.fifo", ["orders", "reports", "clicks"]
# Panels that need batches or periodic tasks, which the busy queue does not have, and the queue that has them.
OF_OTHER_QUEUES = {"Messages per handler call": "orders", "Periodic tasks by result": "reports",
                   "Time since the last periodic task": "reports", "Senders of periodic tasks": "reports"}
# How long the rules may take to record all data.
LIMIT_SECONDS = 240


class Queries:
    """Sends queries like Grafana does, for the time since the start. The panels with these titles may have no data."""

    def __init__(self, prometheus, may_be_empty=()):
        self.prometheus = prometheus
        self.may_be_empty = may_be_empty
        self.start = time.time()

    def values(self, dashboard, **chosen):
        span = max(10, math.ceil(time.time() - self.start))
        intervals = {"__rate_interval": f"{4 * SCRAPE_SECONDS}s", "__range": f"{span}s",
                     "__interval_ms": str(1000 * SCRAPE_SECONDS)}
        return grafana.all_values(dashboard) | chosen | intervals

    def send(self, query):
        if query.is_range:
            return self.prometheus.range(query.expr, self.start, time.time(), SCRAPE_SECONDS)
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


def all_failures(queries):
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
    print(f"{count} queries")
    return failures + partial_fleet(queries)


def partial_fleet(queries):
    """A failure if All does not include workers with and without the label `cluster`."""
    dashboard = next(one for one in grafana.dashboards() if one["uid"] == "longshore-fleet")
    worst = next(query for query in grafana.queries(dashboard, queries.values(dashboard))
                 if "worst first" in query.panel)
    labels = [series["metric"] for series in queries.send(worst)]
    complete = {"cluster" in one for one in labels} == {True, False}
    return [] if complete else [f"All does not include every queue: {labels}"]
