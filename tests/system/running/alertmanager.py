"""An Alertmanager with the routes and inhibitions of the example, and its receivers."""

import contextlib
import json
import os
import tempfile

from running.processes import free_port, running, succeeds, wait_for
from running.web import Handler, fetch, serving

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

    class Webhooks(Handler):
        def do_POST(self):
            notifications[self.path.strip("/")].append(json.loads(self.body()))
            self.answer(200, b"ok")

    with serving(Webhooks) as url:
        yield notifications, url


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
            wait_for(process, lambda: succeeds(f"http://{address}/-/ready"))
            yield process
