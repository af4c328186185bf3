"""The queue: `longshore local`, with the proxy that counts its requests."""

import http.client
import json
import socket
import time

from processes import ProcessTree

QUEUE = "orders"
VISIBILITY = 30
# A round trip within a region, which the proxy adds to each request.
ROUND_TRIP_MS = 10


class QueueServer:
    """A local queue server, and direct access to its queue that the proxy does not count."""

    def __init__(self, program, directory):
        self.port = free_port()
        command = [program, "local", "--port", str(self.port)]
        command += ["--queue", f"{QUEUE}:VisibilityTimeout={VISIBILITY}"]
        self.tree = ProcessTree(command, directory / "server.log")
        wait_for_port(self.port)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().read()
        finally:
            connection.close()

    def call(self, action, **parameters):
        parameters["QueueUrl"] = f"http://127.0.0.1:{self.port}/000000000000/{QUEUE}"
        headers = {"X-Amz-Target": f"AmazonSQS.{action}"}
        return json.loads(self.request("POST", "/", json.dumps(parameters), headers) or "{}")

    def send(self, bodies):
        for first in range(0, len(bodies), 10):
            batch = enumerate(bodies[first : first + 10])
            entries = [{"Id": str(n), "MessageBody": body} for n, body in batch]
            self.call("SendMessageBatch", Entries=entries)

    def counts(self):
        """The messages that are visible, and those in flight."""
        state = json.loads(self.request("GET", "/_local/state"))["queues"][0]
        return state["visible"], state["in_flight"]

    def seconds_until_visible(self):
        """Waits until no message is in flight, at most until the visibility timeout."""
        began = time.monotonic()
        while self.counts()[1] and time.monotonic() - began < VISIBILITY + 3:
            time.sleep(0.5)
        return time.monotonic() - began

    def drain(self):
        """The bodies of all visible messages."""
        bodies = []
        while messages := self.call("ReceiveMessage", MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return bodies

    def lose_dropped_polls(self):
        """A receive whose client hung up still gets messages, as SQS can do."""
        rules = {"rules": [{"fault": "orphan-poll"}]}
        self.request("PUT", "/_local/faults", json.dumps(rules))

    def stop(self):
        self.tree.kill()


class Proxy:
    """Counts the requests of one consumer. Without it, the queue refuses connections."""

    def __init__(self, program, upstream_port, directory):
        self.program, self.upstream_port, self.directory = program, upstream_port, directory
        self.port = free_port()
        self.start()

    def start(self):
        command = [self.program, "proxy", f"127.0.0.1:{self.port}"]
        command += [f"http://127.0.0.1:{self.upstream_port}", str(ROUND_TRIP_MS)]
        self.tree = ProcessTree(command, self.directory / "proxy.log")
        wait_for_port(self.port)

    def counts(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/_tally")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def stop(self):
        self.tree.kill()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_port(port):
    deadline = time.monotonic() + 15
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
