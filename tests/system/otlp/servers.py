"""Two Prometheus 3 servers with the same rules: one scrapes the workers, the other one receives their pushes."""

import contextlib
import re

from dashboards.system import SCALE, SITE, common, jobs
from running.prometheus import prometheus

# The default lookback of 5 min, divided like the windows of the rules. A pushed series has no end marker, so it ends
# this long after its last push.
LOOKBACK_SECONDS = 300 // SCALE

# The labels that the rules and dashboards of the scraping server get from its configuration. The receiving server
# takes them from the resource of each worker.
PROMOTED = {"promote_resource_attributes": list(SITE)}


@contextlib.contextmanager
def started(program, configuration, *options):
    options = f"--query.lookback-delta={LOOKBACK_SECONDS}s", *options
    with prometheus(configuration, *options, program=program) as process:
        yield process.client
        # A push that the server refuses is a line of its log.
        refused = re.findall(r".*(?:out of order|out-of-order|duplicate sample).*", process.said())
        assert not refused, refused[:5]


def receiving(program, rules):
    """A server without any target."""
    return started(program, {**common(rules), "otlp": PROMOTED}, "--web.enable-otlp-receiver")


def scraping(program, rules, shop, web):
    return started(program, {**common(rules), "scrape_configs": jobs(shop, web)}, "--enable-feature=exemplar-storage")
