"""A Prometheus server, and a client of its API."""

import contextlib
import json
import pathlib
import re
import tempfile
import time
import urllib.parse

from running.processes import free_port, running, succeeds, wait_for
from running.web import fetch


class Prometheus:
    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        response = json.loads(fetch(f"{self.url}/api/v1/{path}?{query}"))
        assert response["status"] == "success", response
        return response["data"]

    def instant(self, expression, **at):
        """The series at one time, as Prometheus returns them."""
        return self.get("query", query=expression, **at)["result"]

    def range(self, expression, start, end, step):
        return self.get("query_range", query=expression, start=start, end=end, step=step)["result"]

    def series(self, selector, start, end):
        """The labels of all series in this time."""
        return self.get("series", **{"match[]": selector, "start": start, "end": end})

    def label_values(self, label, selector):
        return self.get(f"label/{label}/values", **{"match[]": selector})

    def wait_until(self, expression, seconds=60):
        """Repeats the query until it returns a series."""
        deadline = time.monotonic() + seconds
        while not self.instant(expression):
            assert time.monotonic() < deadline, f"no series after {seconds} s: {expression}"
            time.sleep(0.5)

    def query(self, expression, **at):
        """The labels and the value of each series."""
        return [(series["metric"], float(series["value"][1])) for series in self.instant(expression, **at)]

    def values(self, expression, **at):
        """The value of each series, by its instance."""
        return {labels["instance"]: value for labels, value in self.query(expression, **at)}

    def value(self, expression, **at):
        """The value of the only series, or None."""
        found = self.query(expression, **at)
        assert len(found) <= 1, f"{expression} is more than one series: {found}"
        return found[0][1] if found else None

    def query_samples(self, expression, **at):
        """The times and values of the samples of the only series."""
        series, = self.instant(expression, **at)
        return [(time, float(value)) for time, value in series["values"]]

    def rules(self):
        """All rules after their last evaluation: name, type, health, lastError."""
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

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
        alerts = self.get("alerts")["alerts"]
        targets = self.get("targets")["activeTargets"]
        failed = [rule for rule in self.rules() if rule["health"] == "err"]
        return [*(f"alert {alert['state']} {alert['value']} {alert['labels']}" for alert in alerts),
                *(f"target {target['health']} {target['labels']} {target['lastError']}" for target in targets),
                *(f"rule {rule['name']} fails: {rule['lastError']}" for rule in failed)]


def scrapes(jobs):
    """The configuration of the scrapes. `jobs` has the interval in seconds and the instances of each job."""
    return {"scrape_configs": [
        {"job_name": job, "scrape_interval": f"{seconds}s", "static_configs": [{"targets": targets}]}
        for job, (seconds, targets) in jobs.items()]}


@contextlib.contextmanager
def prometheus(configuration, *options, program="prometheus", data=None):
    """A Prometheus server with this configuration and these options. Its client is `client`. Without a directory of
    data, it begins with none."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "prometheus.yml")
        file.write_text(json.dumps(configuration))  # JSON is also YAML.
        url = f"http://127.0.0.1:{free_port()}"
        command = [program, f"--config.file={file}", f"--storage.tsdb.path={data or directory + '/data'}",
                   f"--web.listen-address={url.removeprefix('http://')}", "--log.level=warn", *options]
        with running(command) as process:
            process.client = Prometheus(url)
            wait_for(process, lambda: succeeds(f"{url}/-/ready"))
            yield process
