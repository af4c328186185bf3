"""A Prometheus server with the generated rules."""

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
        response = json.loads(fetch(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        assert response["status"] == "success", response
        return response["data"]

    def query(self, expression, **at):
        """The labels and the value of each series."""
        found = self._get("query", query=expression, **at)["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def value(self, expression, **at):
        """The value of the only series, or None."""
        found = self.query(expression, **at)
        assert len(found) <= 1, f"{expression} is more than one series: {found}"
        return found[0][1] if found else None

    def query_samples(self, expression, **at):
        """The times and values of the samples of the only series."""
        series, = self._get("query", query=expression, **at)["result"]
        return [(time, float(value)) for time, value in series["values"]]

    def rules(self):
        """All rules after their last evaluation: name, type, health, lastError."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def evaluations(self, group):
        """How often this group of rules has been evaluated."""
        metric = rf'prometheus_rule_group_iterations_total{{rule_group="[^"]*;{group}"}} (\S+)'
        found = re.search(metric, fetch(f"{self.url}/metrics"))
        return float(found.group(1)) if found else 0

    def fired(self):
        """All alerts that have fired: name, severity and queue."""
        fired = self.query('last_over_time(ALERTS{alertstate="firing"}[1h])')
        return {(labels["alertname"], labels["severity"], labels.get("queue")) for labels, _ in fired}

    def state(self):
        """The state to print after a failure."""
        alerts = self._get("alerts")["alerts"]
        targets = self._get("targets")["activeTargets"]
        failed = [rule for rule in self.rules() if rule["health"] == "err"]
        return [*(f"alert {alert['state']} {alert['value']} {alert['labels']}" for alert in alerts),
                *(f"target {target['health']} {target['labels']} {target['lastError']}" for target in targets),
                *(f"rule {rule['name']} fails: {rule['lastError']}" for rule in failed)]


@contextlib.contextmanager
def prometheus(rules, lookback, jobs, alertmanager, program="prometheus"):
    """A Prometheus server. `jobs` has the scrape interval in seconds and the instances of each job."""
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
            json.dump(configuration, yaml)  # JSON is also YAML.
        address = f"127.0.0.1:{free_port()}"
        command = [program, f"--config.file={file}", f"--storage.tsdb.path={directory}/data",
                   f"--web.listen-address={address}", f"--query.lookback-delta={lookback}",
                   "--log.level=warn"]
        with running(command) as process:
            process.client = Prometheus(f"http://{address}")
            wait_for(process, lambda: is_ready(f"http://{address}/-/ready"))
            yield process
