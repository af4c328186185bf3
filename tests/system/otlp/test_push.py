"""Workers push their metrics by OTLP to a Prometheus server. A second server scrapes the same workers.

By push, every sum must be the truth, and every query of the dashboards, every rule and every alert that has data by
scrape must have data.
"""

import contextlib
import time

import pytest

from dashboards import system
from dashboards.queries import OF_OTHER_QUEUES, Queries
from otlp import servers
from otlp.comparison import (
    LIMIT_SECONDS,
    assert_dashboards_have_data,
    assert_equal_alerts,
    assert_equal_rules,
    assert_equal_series,
    assert_final,
)
from running.processes import until
from running.rules import scaled_rules

MESSAGES = 500
# The panels about what does not happen in this test.
NEVER = ["Workers that restarted"]


class Fleet:
    """The two servers, and the workers that both know."""

    def __init__(self, longshore, program, scratch, enter):
        self.longshore, self.scratch, self.enter = longshore, scratch, enter
        self.old, self.other, self.new, self.web = (system.free_address() for _ in range(4))
        rules = scaled_rules(longshore, scratch, system.SCALE)
        self.queues = enter(system.local_queue(longshore))
        self.push = enter(servers.receiving(program, rules))
        self.scrape = enter(servers.scraping(program, rules, [self.old, self.other, self.new], [self.web]))
        self.servers = {"push": self.push, "scrape": self.scrape}

    def shop(self, address):
        settings = system.SHOP if address == self.new else system.SHOP_OF_FOLLOWER
        return self.worker(address, settings, "shop", system.SITE)

    def clicks(self):
        return self.worker(self.web, system.CLICKS, "web", {})

    def worker(self, address, settings, job, site):
        """A worker whose pushed series have the labels that the scraping server gives to its scraped ones."""
        attributes = {"service.name": job, "service.instance.id": address, **site}
        resource = ",".join(f"{name}={value}" for name, value in attributes.items())
        return self.enter(system.worker(self.longshore, self.queues, self.scratch, address,
                                        pushing(settings, self.push.url), OTEL_RESOURCE_ATTRIBUTES=resource))


def pushing(settings, endpoint):
    return f"""
[otlp]
endpoint = "{endpoint}/api/v1/otlp"

[otlp.traces]
export = false

[otlp.metrics]
export = true
interval = "{system.SCRAPE_SECONDS}s"
{settings}"""


@pytest.fixture
def fleet(longshore, prometheus3, tmp_path):
    with contextlib.ExitStack() as stack:
        yield Fleet(longshore, prometheus3, tmp_path, stack.enter_context)


def test_metrics_that_are_pushed_work_like_scraped_ones(fleet):
    start = time.time()
    queries = {name: Queries(server, [*NEVER, *OF_OTHER_QUEUES]) for name, server in fleet.servers.items()}
    old = fleet.shop(fleet.old)
    fleet.clicks()
    assert_increase_is_exact(fleet)
    # Until here, a rule can have data only because another rule of its group has not run yet.
    settled = time.time()
    send = fleet.enter(system.traffic(fleet.queues))
    system.send_slow_messages(fleet.scrape, fleet.old, send)
    fleet.shop(fleet.new)
    fleet.scrape.wait_until(f'sum(longshore_messages_received_total{{instance="{fleet.new}"}}) > 0')
    system.abort_on_shutdown(fleet.scrape, old)
    assert_equal_series(fleet.push, fleet.scrape, start)
    for name in ("scrape", "push"):
        assert_dashboards_have_data(queries[name], name)
    assert_equal_rules(fleet.push, fleet.scrape, settled)
    assert_equal_alerts(fleet.push, fleet.scrape)
    for name, server in fleet.servers.items():
        assert_final(server, name, fleet.old)


def assert_increase_is_exact(fleet):
    """Counters start at zero, so the increase until the last sample of each worker is exact."""
    other = fleet.shop(fleet.other)
    received = 'longshore_messages_received_total{queue="orders", delivery="first"}'
    instances = {fleet.old, fleet.other}
    for name, server in fleet.servers.items():
        until(f"both workers at zero by {name}",
              lambda server=server: server.values(received) == dict.fromkeys(instances, 0), LIMIT_SECONDS)
    send = system.sender(fleet.queues)
    for _ in range(MESSAGES // 10):
        send("orders", ["ok"] * 10)
    for name, server in fleet.servers.items():
        until_all(server, received, f"all messages by {name}")
        assert_increase(server, name, received, instances)
        # A worker that stops earlier would abort messages in its last second, which a rule can miss.
        until_all(server, 'longshore_messages_total{queue="orders", result="deleted"}', f"all deletes by {name}")
    other.terminate()
    other.wait()


def assert_increase(server, name, series, instances):
    last = server.values(f"timestamp({series})")
    increases = {instance: server.values(f"increase({series}[10m])", time=at)[instance]
                 for instance, at in last.items()}
    assert set(increases) == instances, f"by {name}: {increases}"
    assert all(increases.values()), f"by {name}: {increases}"
    assert round(sum(increases.values()), 6) == MESSAGES, f"by {name}, of {MESSAGES} messages: {increases}"
    print(f"by {name}, the increase of two workers is {sum(increases.values()):.6f}, of {MESSAGES} messages")


def until_all(server, series, event):
    until(event, lambda: sum(server.values(series).values()) == MESSAGES, LIMIT_SECONDS)
