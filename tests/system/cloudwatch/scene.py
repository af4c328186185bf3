"""Queues as the exporters of CloudWatch would export them, and a Prometheus that scrapes them.

The names and labels are those that the real exporters exported: tests/cloudwatch/recorded. The values are made up.
"""

import contextlib
import pathlib
import re
import time

from running.prometheus import prometheus
from running.rules import scaled_rules
from running.web import Handler, serving

# The tests in Rust read these files too.
RECORDED = pathlib.Path(__file__).resolve().parents[2] / "cloudwatch/recorded"

# The factor by which the windows of the rules are shorter: an hour is a minute.
SCALE = 60
SCRAPE_SECONDS = 1

# The values of a healthy queue. A function gets the seconds since the start.
HEALTHY = {
    "number_of_empty_receives_sum": 60, "number_of_messages_received_sum": 6000,
    "number_of_messages_sent_sum": 6000, "number_of_messages_deleted_sum": 6000,
    "approximate_number_of_messages_visible_maximum": 4, "approximate_number_of_messages_not_visible_maximum": 9,
    "approximate_number_of_messages_delayed_maximum": 0, "approximate_age_of_oldest_message_maximum": 3,
    "sent_message_size_average": 1800,
}
STOPPED = {"number_of_empty_receives_sum": None, "number_of_messages_received_sum": None,
           "number_of_messages_deleted_sum": None, "approximate_number_of_messages_not_visible_maximum": None}
# What is wrong with each queue. None is a value that CloudWatch does not have.
FAILING = {
    "payments": {"number_of_messages_received_sum": 9000, "number_of_messages_deleted_sum": 2400,
                 "approximate_number_of_messages_visible_maximum": 2100},
    "reports": {**STOPPED, "number_of_messages_sent_sum": 300,
                "approximate_number_of_messages_visible_maximum": lambda t: 40 + t // 20,
                "approximate_age_of_oldest_message_maximum": lambda t: 5000 + t},
    "checkout": {"number_of_empty_receives_sum": 60_000},
    "exports": {"number_of_messages_deleted_sum": 300, "number_of_messages_received_sum": 300,
                "approximate_number_of_messages_visible_maximum": lambda t: 4000 + 20 * t,
                "approximate_age_of_oldest_message_maximum": lambda t: 1200 + t},
    "invoices.fifo": {"approximate_number_of_messages_not_visible_maximum": 104_000,
                      "approximate_number_of_groups_with_inflight_messages_maximum": 3},
    "tenants": {"approximate_number_of_noisy_groups_maximum": 2,
                "approximate_age_of_oldest_message_in_quiet_groups_maximum": 12},
    "archive": {"approximate_age_of_oldest_message_maximum": 290_000},
    "payments-dlq": {**STOPPED, "number_of_messages_sent_sum": None,
                     "approximate_number_of_messages_visible_maximum": lambda t: 12 + t // 20,
                     "approximate_age_of_oldest_message_maximum": lambda t: 400 + t},
}
# The queues of each exporter. Both have a healthy one.
QUEUES = {"yace.prom": {"orders": {}, **FAILING}, "cloudwatch_exporter.prom": {"mail": {}}}


def lines(recorded, queues, seconds):
    """The exposition of these queues, made from the recorded lines of the queue `orders`."""
    for line in (RECORDED / recorded).read_text().splitlines():
        found = re.match(r"aws_sqs_(\w+)(\{.*\"orders\".*\}) ", line)
        for queue, changes in queues.items() if found else ():
            name, labels = found.groups()
            value = {**HEALTHY, **changes}.get(name)
            value = value(seconds) if callable(value) else value
            if value is not None:
                labels = re.sub(r'orders(?=")', queue, labels)
                yield f"aws_sqs_{name}{labels} {value}"


@contextlib.contextmanager
def exporters(queues_of=None):
    """Serves the queues of both exporters. Yields the addresses."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(serving(exporter(recorded, queues, began)))
                for recorded, queues in (queues_of or QUEUES).items()]
        yield [url.removeprefix("http://") for url in urls]


def exporter(recorded, queues, began):
    class Exporter(Handler):
        def do_GET(self):
            text = "\n".join(lines(recorded, queues, time.monotonic() - began))
            self.answer(200, f"{text}\n".encode(), Content_Type="text/plain; version=0.0.4")

    return Exporter


@contextlib.contextmanager
def scraping(longshore, scratch, targets):
    """The client of a Prometheus with the rules for CloudWatch, whose windows are shorter."""
    configuration = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(scaled_rules(longshore, scratch, SCALE) / "cloudwatch.rules.yml")],
        "scrape_configs": [{"job_name": "cloudwatch", "static_configs": [{"targets": targets}]}],
    }
    with prometheus(configuration) as process:
        yield process.client
