"""Two Prometheus 3 servers with the same rules: one scrapes the workers, the other one receives their pushes."""

import contextlib
import json
import os
import pathlib
import re

import system
from processes import running, succeeds, wait_for

# The default lookback of 5 min, divided like the windows of the rules. A pushed series has no end marker, so it ends
# this long after its last push.
LOOKBACK_SECONDS = 300 // system.SCALE

# The labels that the rules and dashboards of the scraping server get from its configuration. The receiving server
# takes them from the resource of each worker.
PROMOTED = {"promote_resource_attributes": list(system.SITE)}


class Server(system.Prometheus):
    """A client of one of the two servers."""

    def series(self, selector, start, end):
        return self.get("series", **{"match[]": selector, "start": start, "end": end})

    def values(self, expr, **at):
        """The value of each series, by its instance."""
        return {one["metric"]["instance"]: float(one["value"][1]) for one in self.get("query", query=expr, **at)["result"]}

    def rules(self):
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def fired(self):
        """The alerts that have fired: name, severity and queue."""
        found = self.instant('last_over_time(ALERTS{alertstate="firing"}[1h])')
        labels = [one["metric"] for one in found]
        return {(one["alertname"], one["severity"], one.get("queue")) for one in labels}


@contextlib.contextmanager
def started(program, scratch, name, configuration, *options):
    directory = pathlib.Path(scratch, name)
    directory.mkdir()
    # JSON is also YAML.
    (directory / "prometheus.yml").write_text(json.dumps(configuration))
    address = system.free_address()
    command = [program, f"--config.file={directory}/prometheus.yml", f"--web.listen-address={address}",
               f"--storage.tsdb.path={directory}/data", f"--query.lookback-delta={LOOKBACK_SECONDS}s", *options]
    with running(command) as process:
        wait_for(process, lambda: succeeds(f"http://{address}/-/ready"))
        yield Server(f"http://{address}")
        # A push that the server refuses is a line of its log.
        refused = re.findall(r".*(?:out of order|out-of-order|duplicate sample).*", process.said())
        assert not refused, refused[:5]


def common(rules):
    return {"global": {"scrape_interval": f"{system.SCRAPE_SECONDS}s", "scrape_timeout": f"{system.SCRAPE_SECONDS}s"},
            "rule_files": [os.path.join(rules, "alerts/longshore.rules.yml")]}


def receiving(program, scratch, rules):
    """A server without any target."""
    return started(program, scratch, "receiving", common(rules) | {"otlp": PROMOTED}, "--web.enable-otlp-receiver")


def scraping(program, scratch, rules, shop, web):
    jobs = [{"job_name": "shop", "static_configs": [{"targets": shop, "labels": system.SITE}]},
            {"job_name": "web", "static_configs": [{"targets": web}]}]
    return started(program, scratch, "scraping", common(rules) | {"scrape_configs": jobs},
                   "--enable-feature=exemplar-storage")
