"""A real Prometheus, with the rules as `longshore export` writes them."""

import contextlib
import json
import os
import re
import tempfile
import urllib.parse

from processes import free_port, running, wait_for
from waiting import fetch, is_ready


class Prometheus:
    def __init__(self, url):
        self.url = url

    def _get(self, path, **parameters):
        answer = json.loads(fetch(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression, **at):
        """Labels and value of each series."""
        found = self._get("query", query=expression, **at)["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def value(self, expression, **at):
        """The one value; None if there is none."""
        found = self.query(expression, **at)
        assert len(found) <= 1, f"{expression} is more than one series: {found}"
        return found[0][1] if found else None

    def rules(self):
        """Every rule as it went last: name, type, health, lastError."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def evaluations(self, group):
        """How often this group of rules has been evaluated."""
        metric = rf'prometheus_rule_group_iterations_total{{rule_group="[^"]*;{group}"}} (\S+)'
        found = re.search(metric, fetch(f"{self.url}/metrics"))
        return float(found.group(1)) if found else 0

    def fired(self):
        """Every alert that has ever fired: its name, severity and queue."""
        ever = self.query('last_over_time(ALERTS{alertstate="firing"}[1h])')
        return {(labels["alertname"], labels["severity"], labels["queue"]) for labels, _ in ever}

    def state(self):
        """What to look at when something is not as expected."""
        alerts = self._get("alerts")["alerts"]
        targets = self._get("targets")["activeTargets"]
        failed = [rule for rule in self.rules() if rule["health"] == "err"]
        return [*(f"alert {alert['state']} {alert['value']} {alert['labels']}" for alert in alerts),
                *(f"target {target['health']} {target['labels']} {target['lastError']}" for target in targets),
                *(f"rule {rule['name']} fails: {rule['lastError']}" for rule in failed)]


@contextlib.contextmanager
def prometheus(rules, lookback, jobs, alertmanager):
    """`jobs`: the instances of each, and the seconds between their scrapes."""
    scrapes = [{"job_name": job, "scrape_interval": f"{seconds}s", "static_configs": [{"targets": targets}]}
               for job, (seconds, targets) in jobs.items()]
    configuration = {
        "rule_files": [rules],
        "scrape_configs": scrapes,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
    }
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "prometheus.yml")
        with open(file, "w") as yaml:
            json.dump(configuration, yaml)  # which is YAML, too
        address = f"127.0.0.1:{free_port()}"
        command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={directory}/data",
                   f"--web.listen-address={address}", f"--query.lookback-delta={lookback}",
                   "--log.level=warn"]
        with running(command) as process:
            process.asked = Prometheus(f"http://{address}")
            wait_for(process, lambda: is_ready(f"http://{address}/-/ready"))
            yield process
