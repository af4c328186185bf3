"""A fleet to draw: local queues, workers of one job, their HTTP handler, traffic, and a Prometheus with the rules."""

import contextlib
import http.server
import itertools
import json
import pathlib
import random
import sys
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/system"))
from running.local_queue import RECEIVE_LATENCY, local_queue, redriving  # noqa: E402
from running.processes import answers, free_port, running, wait_for  # noqa: E402
from running.prometheus import prometheus  # noqa: E402
from running.rules import scaled_rules  # noqa: E402

# The factor by which the windows of the rules are shorter. A long poll takes 20 s, so a higher factor would report idle
# queues as stalled.
SCALE = 20
# Much shorter than a bar of a graph, as in production.
SCRAPE_SECONDS = 1
LIMIT_SECONDS = 900
SITE = {"job": "shop", "cluster": "prod-eu", "namespace": "shop"}

# For each queue: the size of a burst, the seconds between two bursts, and the seconds that the handler takes.
TRAFFIC = {
    "emails": (10, 3, 0.08),
    "invoices": (10, 5, 0.3),
    "orders": (20, 4, 0.04),
    "thumbnails": (20, 5, 0.12),
    "webhooks": (10, 4, 0.06),
}

SETTINGS = """
[shutdown]
grace = "4s"
last_scrape = "3s"

[defaults]
backlog_interval = "10s"
dead_letter_interval = "10s"
retry = { base = "2s", max = "10s" }
# A busy machine must not look like a fault.
slo.freshness.threshold = "60s"
slo.latency.threshold = "20s"
"""


class Handlers(http.server.BaseHTTPRequestHandler):
    """Handles a message of the queue that the path names."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        queue = self.path.strip("/")
        time.sleep(self.server.seconds.get(queue, TRAFFIC[queue][2]) * random.uniform(0.5, 1.5))
        fails = "invalid" in body or random.random() < self.server.failing.get(queue, 0)
        # A response that blames the message, so that the circuit breaker stays closed.
        self.send_response(422 if fails else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    # All slots of all queues may connect at the same time.
    request_queue_size = 256
    # A handler may sleep longer than the scene lasts.
    block_on_close = False

    def handle_error(self, *_):
        """A worker that stops closes the connections of its aborted calls."""


@contextlib.contextmanager
def handlers():
    server = Server(("127.0.0.1", 0), Handlers)
    # What is wrong: the share of calls that fails, and how many seconds a call takes, by queue.
    server.failing, server.seconds = {}, {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()


class Fleet:
    # The time at which both workers run, in seconds since 1970.
    began = None

    def __init__(self, longshore, scratch, queues, handlers, settings, ended):
        self.longshore, self.ended = longshore, ended
        self.queues, self.handlers = queues, handlers
        self.workers = {}
        # The share of messages that no handler can process, by queue.
        self.invalid = {}
        self.config = scratch / "longshore.toml"
        self.config.write_text(self.configuration(settings))
        self.targets = scratch / "targets.json"
        self.announce()

    def configuration(self, settings):
        url = f"http://127.0.0.1:{self.handlers.server_port}"
        tables = [f'[[queue]]\nname = "{queue}"\nhandler = {{ http = "{url}/{queue}", timeout = "120s" }}\n'
                  + settings.get(queue, "") for queue in TRAFFIC]
        return "\n".join([SETTINGS, *tables])

    @contextlib.contextmanager
    def worker(self, name):
        address = f"127.0.0.1:{free_port()}"
        command = [self.longshore, "run", "-c", self.config, "--endpoint-url", self.queues.url, "--listen", address]
        with running([str(part) for part in command]) as process:
            wait_for(process, lambda: answers(f"http://{address}/livez"))
            self.workers[name] = process, address
            self.announce()
            try:
                yield
            finally:
                self.workers.pop(name, None)

    def stop(self, name):
        """Stops a worker like a deploy does, and removes its target after it exits."""
        process, _ = self.workers[name]
        process.terminate()
        process.wait(timeout=120)
        del self.workers[name]
        self.announce()

    def announce(self):
        """Writes the targets to a file that Prometheus watches."""
        targets = [{"targets": [address], "labels": {"instance": name, **SITE}}
                   for name, (_, address) in self.workers.items()]
        # A rename is atomic, so Prometheus never reads half a file.
        draft = self.targets.with_suffix(".new")
        draft.write_text(json.dumps(targets))
        draft.rename(self.targets)

    def send(self, queue, count):
        share = self.invalid.get(queue, 0)
        self.queues.send(queue, ["invalid" if random.random() < share else "valid" for _ in range(count)])

    def wait_until(self, expression):
        """Repeats the query until it returns a series."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not self.prometheus.query(expression):
            assert time.monotonic() < deadline, f"no series after {LIMIT_SECONDS} s: {expression}"
            assert not self.ended.wait(1), "the scene was ended"


@contextlib.contextmanager
def fleet(longshore, scratch, ended, max_receives, settings, rules):
    """A fleet with two workers and steady traffic. The event `ended` stops every wait."""
    with contextlib.ExitStack() as stack:
        pairs = [(f"{queue}-dead", redriving(queue, f"{queue}-dead", max_receives)) for queue in TRAFFIC]
        names = [name for pair in pairs for name in pair]
        queues = stack.enter_context(local_queue(longshore, *names))
        queues.set_faults([RECEIVE_LATENCY])
        found = Fleet(longshore, scratch, queues, stack.enter_context(handlers()), settings, ended)
        found.prometheus = stack.enter_context(scraping(longshore, scratch, found.targets, rules))
        for name in ("shop-1", "shop-2"):
            stack.enter_context(found.worker(name))
        found.wait_until("count(up == 1) == 2")
        found.began = time.time()
        stack.enter_context(traffic(found))
        yield found


@contextlib.contextmanager
def scraping(longshore, scratch, targets, rules):
    """The client of a Prometheus that scrapes the workers."""
    alerts = scaled_rules(longshore, scratch / "ops", SCALE)
    configuration = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(alerts / "longshore.rules.yml")] if rules else [],
        "scrape_configs": [{"job_name": "shop", "file_sd_configs": [{"files": [str(targets)]}]}],
    }
    with prometheus(configuration) as process:
        yield process.client


@contextlib.contextmanager
def traffic(fleet):
    """Sends bursts to every queue until the block ends."""
    ended = threading.Event()

    def keep_sending():
        for second in itertools.count():
            for queue, (size, seconds, _) in TRAFFIC.items():
                if second % seconds == 0:
                    fleet.send(queue, size)
            if ended.wait(1):
                return

    thread = threading.Thread(target=keep_sending)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
