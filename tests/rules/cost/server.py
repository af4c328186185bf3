"""A Prometheus server with a data directory and no targets."""

import contextlib
import json
import pathlib
import sys
import urllib.error
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "system"))
from running.prometheus import prometheus
from running.web import fetch

# An expensive rule takes minutes with many queues.
LIMIT_SECONDS = 600


class Server:
    """Queries of a running server."""

    def __init__(self, url):
        self.url = url

    def _query(self, expression, at):
        parameters = urllib.parse.urlencode({"query": expression, "time": at, "stats": "all"})
        try:
            return json.loads(fetch(f"{self.url}/api/v1/query?{parameters}", seconds=LIMIT_SECONDS))["data"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{expression}: {error.read().decode()}") from error

    def evaluate(self, expression, at):
        """The seconds that an expression takes, and the samples that it reads."""
        stats = self._query(expression, at)["stats"]
        return stats["timings"]["evalTotalTime"], stats["samples"]["totalQueryableSamples"]

    def value(self, expression, at):
        """The value of the only series, or None."""
        found = self._query(expression, at)["result"]
        return float(found[0]["value"][1]) if found else None


@contextlib.contextmanager
def server(data):
    """Starts it with this data."""
    with prometheus({}, "--storage.tsdb.retention.time=30d", data=data) as process:
        yield Server(process.client.url)
