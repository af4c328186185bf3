"""A real Alertmanager with the example's own routes and inhibitions, and who it tells."""

import contextlib
import http.server
import json
import os
import tempfile
import threading

from processes import free_port, running, wait_for
from waiting import fetch, is_ready

# What an address of the example becomes is a path here.
ADDRESSES = {"http://pager.example/alerts": "page", "https://chat.example/hooks/longshore": "ticket"}


class Alertmanager:
    def __init__(self, address):
        self.address = address

    def alerts(self, **labels):
        """The alerts that it has, with these labels."""
        found = json.loads(fetch(f"http://{self.address}/api/v2/alerts"))
        return [alert for alert in found if labels.items() <= alert["labels"].items()]

    def silenced(self, silent, by):
        """Whether there are alerts with the labels `silent`, each inhibited by one with the labels `by`."""
        sources = {alert["fingerprint"] for alert in self.alerts(**by)}
        targets = self.alerts(**silent)
        return targets and all(sources & set(alert["status"]["inhibitedBy"]) for alert in targets)

    def post(self, labels, annotations):
        fetch(f"http://{self.address}/api/v2/alerts", [{"labels": labels, "annotations": annotations}])

    def state(self):
        return [f"at Alertmanager {alert['status']} {alert['labels']}" for alert in self.alerts()]


@contextlib.contextmanager
def told():
    """A server of webhooks; gives what it was told, by the receiver's name."""
    heard = {name: [] for name in ADDRESSES.values()}

    class Webhooks(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard[self.path.strip("/")].append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield heard, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def alertmanager(example, webhooks):
    """The example with nothing replaced but the addresses of its receivers."""
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
            process.asked = Alertmanager(address)
            wait_for(process, lambda: is_ready(f"http://{address}/-/ready"))
            yield process
