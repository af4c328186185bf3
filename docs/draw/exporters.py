"""The scene of the dashboard for CloudWatch's metrics: eight queues with one fault each, and two healthy ones."""

import pathlib
import sys
import time
from dataclasses import dataclass

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests/system"))
from cloudwatch import scene

LIMIT_SECONDS = 600


@dataclass
class Exporters:
    """What Prometheus scrapes instead of workers."""

    prometheus: object
    began: float


class CloudWatch:
    name = "cloudwatch"
    scrape_seconds = scene.SCRAPE_SECONDS

    def dashboards(self):
        yield "queues", "sqs-cloudwatch", {}

    def play(self, longshore, scratch, _ended, stack):
        """Returns when the alerts of all faults fire."""
        began = time.time()
        targets = stack.enter_context(scene.exporters())
        client = stack.enter_context(scene.scraping(longshore, scratch, targets))
        client.wait_until(f'count(count by (queue) (ALERTS{{alertstate="firing"}})) >= {len(scene.FAILING) - 1}',
                          LIMIT_SECONDS)
        return Exporters(client, began)
