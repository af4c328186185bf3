"""A Prometheus server on loopback with a data directory and no targets."""

import contextlib
import json
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "servers"))
from processes import free_port, running, wait_for  # noqa: E402

__all__ = ["free_port", "running", "server"]


class Server:
    """Queries of a running server."""

    def __init__(self, url):
        self.url = url

    def _query(self, expression, at):
        body = urllib.parse.urlencode({"query": expression, "time": at, "stats": "all"}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query", body, timeout=600) as response:
                return json.load(response)["data"]
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


def ready(url):
    """Whether it has read its data. Until then it answers 503."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/-/ready", timeout=2):
        return True
    return False


@contextlib.contextmanager
def server(data):
    """Starts it with this data."""
    config = pathlib.Path(data) / "prometheus.yml"
    config.write_text("global: {}\n")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}",
               "--storage.tsdb.retention.time=30d", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with running(command) as process:
        wait_for(process, lambda: ready(url))
        yield Server(url)
