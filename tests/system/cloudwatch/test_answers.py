"""Sends every query of the dashboard for CloudWatch to a Prometheus that scrapes recorded series.

Each must return data, and each alert must fire on its queue only.
"""

import json
import math
import time

import pytest

from cloudwatch import scene
from dashboards import grafana
from dashboards.grafana import problem

DASHBOARD = json.loads((grafana.DASHBOARDS / "sqs-cloudwatch.json").read_text())
# How long the rules may take to record all data. An hour of the rules takes a minute.
LIMIT_SECONDS = 240
# The alert of each failing queue, and of no other.
EXPECTED = {
    ("SqsNoConsumer", "reports"), ("SqsMessagesNotDeleted", "payments"), ("SqsRetentionNear", "archive"),
    ("SqsOldestMessageOld", "reports"), ("SqsOldestMessageOld", "archive"), ("SqsBacklogGrowing", "exports"),
    ("SqsDeadLetters", "payments-dlq"), ("SqsInFlightLimitNear", "invoices.fifo"),
    ("SqsEmptyReceivesWaste", "checkout"),
}


class Queries:
    """Sends the queries of the dashboard like Grafana does, for the time since the start."""

    def __init__(self, prometheus):
        self.prometheus = prometheus
        self.start = time.time()

    def values(self, **chosen):
        span = max(10, math.ceil(time.time() - self.start))
        return grafana.all_values(DASHBOARD) | chosen | {"__range": f"{span}s"}

    def all(self, **chosen):
        return list(grafana.queries(DASHBOARD, self.values(**chosen)))

    def send(self, query):
        if query.is_range:
            return self.prometheus.range(query.expr, self.start, time.time(), scene.SCRAPE_SECONDS)
        return self.prometheus.instant(query.expr)

    def failures(self, may_be_empty=False, **chosen):
        found = {query: problem(self.send(query)) for query in self.all(**chosen)}
        return {query: text for query, text in found.items() if text and not (text == "is empty" and may_be_empty)}

    def empty_variables(self):
        for one in grafana.variables(DASHBOARD, self.values()):
            if not self.prometheus.label_values(one.label, one.selector):
                yield f"the variable {one.name} has no values"


@pytest.fixture
def client(longshore, needs, start, tmp_path):
    needs("prometheus")
    return start(scene.scraping(longshore, tmp_path, start(scene.exporters())))


def test_every_panel_and_variable_for_cloudwatch_has_data(client):
    assert problem(client.instant("nothing_like_that")) == "is empty"
    assert "nan" in problem(client.instant("vector(0) / 0"))
    failures = all_failures(Queries(client))
    assert not failures, "\n".join(failures)


def all_failures(queries):
    """All failures, as texts."""
    failed, missing = wait_for_data(queries)
    fired = firing(queries.prometheus)
    found = [f"{query} {text}: {query.expr}" for query, text in failed.items()]
    found += [f"{name} of {queue} does not fire" for name, queue in missing]
    found += [f"{name} of {queue} fires" for name, queue in fired - EXPECTED]
    found += queries.empty_variables()
    for queue in [*scene.FAILING, "orders", "mail"]:
        failed = queries.failures(may_be_empty=True, queue=queue.replace(".", "[.]"))
        found += [f"{query} of {queue} {text}: {query.expr}" for query, text in failed.items()]
    print(f"{len(queries.all())} queries, {len(fired)} alerts")
    return found


def wait_for_data(queries):
    """Repeats all queries until none fails and all alerts fire, or the limit is over."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        failures, missing = queries.failures(), EXPECTED - firing(queries.prometheus)
        if not (failures or missing) or time.monotonic() > deadline:
            return failures, missing
        time.sleep(2)


def firing(prometheus):
    result = prometheus.instant('ALERTS{alertstate="firing"}')
    return {(one["metric"]["alertname"], one["metric"].get("queue")) for one in result}
