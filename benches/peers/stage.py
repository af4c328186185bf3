"""One consumer on one queue, in a directory of its own."""

import json
import time
import urllib.error
import urllib.request

from processes import ProcessTree
from traffic import encode

from queue_server import QUEUE, Proxy, QueueServer, free_port, wait_for_port

START_SECONDS = 60


class Stage:
    """Starts a queue, its proxy and a consumer, and stops them at the end of a `with`."""

    def __init__(self, programs, peer, scenario, handler_ms=10, fails=False, concurrency=10):
        self.programs, self.peer = programs, peer
        self.consumers = programs.directory / "consumers"
        name = peer.name.replace(", ", "-").replace(" ", "-")
        self.directory = programs.directory / "stages" / name / scenario
        self.directory.mkdir(parents=True, exist_ok=True)
        for old in self.directory.iterdir():
            old.unlink()
        self.handler_ms, self.fails, self.concurrency = handler_ms, fails, concurrency
        self.journal = self.directory / "journal"
        self.journal.touch()
        self.application = self.consumer = None

    def __enter__(self):
        self.server = QueueServer(self.programs.longshore, self.directory)
        self.proxy = Proxy(self.programs.peers, self.server.port, self.directory)
        return self

    def __exit__(self, *_):
        trees = [self.consumer, self.application, self.proxy.tree, self.server.tree]
        for tree in trees:
            if tree is not None:
                tree.kill()

    def start_consumer(self):
        endpoint = f"http://127.0.0.1:{self.proxy.port}"
        listen, http = f"127.0.0.1:{free_port()}", free_port()
        values = vars(self.programs) | {"endpoint": endpoint, "queue": QUEUE, "listen": listen}
        values |= {"http": f"http://127.0.0.1:{http}/", "consumers": str(self.consumers)}
        values |= {"concurrency": self.concurrency}
        self.endpoint = f"http://{listen}" if self.peer.has_endpoint else None
        environment = self.environment(endpoint, listen, http)
        if self.peer.serves_http:
            command = [self.programs.python, str(self.consumers / "http_handler.py")]
            # The marker of the consumer's tree must not match the application.
            own = environment | {"JOURNAL": f"{self.directory}/./journal"}
            self.application = ProcessTree(command, self.directory / "application.log", own)
            wait_for_port(http)
        command = [word.format(**values) for word in self.peer.command]
        self.consumer = ProcessTree(command, self.directory / "consumer.log", environment)
        self.wait_until(self.has_polled, START_SECONDS, "sent no receive")

    def environment(self, endpoint, listen, http):
        return {
            "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint, "ENDPOINT_URL": endpoint, "QUEUE_NAME": QUEUE,
            "QUEUE_URL": f"{endpoint}/000000000000/{QUEUE}", "JOURNAL": str(self.journal),
            "HANDLER_MS": str(self.handler_ms), "HANDLER_FAILS": str(int(self.fails)),
            "SETTINGS": json.dumps(self.peer.settings), "LISTEN": listen, "HTTP_PORT": str(http),
            "CONCURRENCY": str(self.concurrency),
        }  # fmt: skip

    def has_polled(self):
        if not self.consumer.is_alive():
            last = [line for line in self.consumer.log_lines() if line.strip()][-8:]
            raise RuntimeError(f"{self.peer.name} did not start: {last}")
        return self.receives() > 0

    def receives(self):
        return self.proxy.counts()["requests"].get("ReceiveMessage", 0)

    def send(self, ids):
        self.server.send([encode(self.peer.body, message_id) for message_id in ids])

    def events(self, kind):
        """The journal: a list of (id, time) for each `start` or `end`."""
        lines = [line.split() for line in self.journal.read_text().splitlines()]
        return [(line[1], float(line[2])) for line in lines if len(line) == 3 and line[0] == kind]

    def trees(self):
        return [tree for tree in (self.consumer, self.application) if tree is not None]

    def cpu_seconds(self):
        return sum(tree.cpu_seconds() for tree in self.trees())

    def memory_mebibytes(self):
        return sum(tree.memory_mebibytes() for tree in self.trees())

    def wait_until(self, condition, seconds, complaint=None):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                if complaint:
                    last = self.consumer.log_lines()[-3:]
                    raise RuntimeError(f"{self.peer.name} {complaint} in {seconds} s: {last}")
                return False
            time.sleep(0.05)
        return True

    def probe(self):
        """What the endpoint of the consumer says now: status codes, and the verdict."""
        if self.endpoint is None:
            return {}
        answers = {path: status(f"{self.endpoint}/{path}") for path in ("livez", "readyz")}
        return answers | {"slo": body(f"{self.endpoint}/slo")}


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def body(url):
    try:
        return json.loads(urllib.request.urlopen(url, timeout=5).read())
    except (OSError, ValueError):
        return None
