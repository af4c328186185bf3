"""An Alertmanager with the routes and inhibitions of the example, and its receivers."""

import contextlib
import http.server
import json
import os
import tempfile
import threading

from processes import free_port, running, wait_for
from waiting import fetch, is_ready

# The addresses of the receivers in the example, and the path that replaces each.
ADDRESSES = {"http://pager.example/alerts": "page", "https://chat.example/hooks/longshore": "ticket"}


class Alertmanager:
    def __init__(self, address):
        self.address = address

    def alerts(self, **labels):
        """The alerts with these labels."""
        found = json.loads(fetch(f"http://{self.address}/api/v2/alerts"))
        return [alert for alert in found if labels.items() <= alert["labels"].items()]

    def is_inhibited(self, target, source):
        """Whether alerts with the labels `target` exist, and alerts with the labels `source` inhibit them."""
        sources = {alert["fingerprint"] for alert in self.alerts(**source)}
        targets = self.alerts(**target)
        return targets and all(sources & set(alert["status"]["inhibitedBy"]) for alert in targets)

    def post(self, labels, annotations):
        fetch(f"http://{self.address}/api/v2/alerts", [{"labels": labels, "annotations": annotations}])

    def state(self):
        return [f"alert at Alertmanager: {alert['status']} {alert['labels']}" for alert in self.alerts()]


@contextlib.contextmanager
def webhook_server():
    """A webhook server. Yields the notifications of each receiver, and its URL."""
    notifications = {name: [] for name in ADDRESSES.values()}

    class Webhooks(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            notifications[self.path.strip("/")].append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield notifications, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def alertmanager(example, webhooks):
    """An Alertmanager with the example. Only the addresses of its receivers are replaced."""
    for address, name in ADDRESSES.items():
        assert example.count(address) == 1, f"the example has {address} {example.count(address)} times"
        example = example.replace(address, f"{webhooks}/{name}")
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "alertmanager.yml")
        with open(file, "w") as yaml:
            yaml.write(example)
        address = f"127.0.0.1:{free_port()}"
        command = ["prometheus-alertmanager", f"--config.file={file}", f"--storage.path={directory}/data",
                   f"--web.listen-address={address}", "--cluster.listen-address="]
        with running(command) as process:
            process.client = Alertmanager(address)
            wait_for(process, lambda: is_ready(f"http://{address}/-/ready"))
            yield process
