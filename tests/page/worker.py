"""A local queue server and a worker, for as long as a test needs them."""

import contextlib
import http.server
import json
import os
import tempfile
import threading
import time
import urllib.request

import boto3

from browser import answers, free_port, running, wait_for

START_SECONDS = 60


@contextlib.contextmanager
def application(seconds):
    """An HTTP application that takes this time for each message. Yields its URL."""

    class Application(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(seconds)
            with contextlib.suppress(ConnectionError):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def worker(longshore, handler, queues=("orders", "mail"), *arguments, faults=(), receives=0):
    """Yields the process of the worker, the URL of its page, and a function that sends messages. `handler` is a URL,
    or has the URL or the command for each queue. `faults` are the rules of the queue server. After this number of
    receives, the queue server moves a message to the dead-letter queue; 0 for none."""
    port, listen = free_port(), free_port()
    redrive = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead-letters",
                          "maxReceiveCount": str(receives)})
    created = [f"{queue}:RedrivePolicy={redrive}" for queue in queues] if receives else queues
    created = ["dead-letters", *created] if receives else created
    local = [argument for queue in created for argument in ("--queue", queue)]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running([longshore, "local", "--port", str(port), *local]))
        endpoint = f"http://127.0.0.1:{port}"
        wait_for(server, lambda: answers(endpoint))
        sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                           aws_secret_access_key="test")

        rules = json.dumps({"rules": list(faults)}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/_local/faults", rules, method="PUT"), timeout=10)

        def handler_of(queue):
            found = handler[queue] if isinstance(handler, dict) else handler
            return {"http" if isinstance(found, str) else "command": found}

        def send(queue, count, body="m"):
            for number in range(count):
                sqs.send_message(QueueUrl=f"{endpoint}/000000000000/{queue}", MessageBody=f"{body}{number}")

        config = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "longshore.toml")
        with open(config, "w") as file:
            for queue in queues:
                ((kind, value),) = handler_of(queue).items()
                # A JSON string or list is also one of TOML.
                file.write(f'[[queue]]\nname = "{queue}"\nhandler = {{ {kind} = {json.dumps(value)} }}\n')
        command = [longshore, "run", "--config", config, "--endpoint-url", endpoint,
                   "--listen", f"127.0.0.1:{listen}", "--set", "defaults.wait=1s", *arguments]
        process = stack.enter_context(running(command))
        url = f"http://127.0.0.1:{listen}/"
        wait_for(process, lambda: answers(url))
        yield process, url, send


def report(url):
    with urllib.request.urlopen(f"{url}slo", timeout=10) as answer:
        return json.load(answer)


def scrape(url):
    """Scrapes like Prometheus, so that the worker waits for a last scrape on shutdown."""
    request = urllib.request.Request(f"{url}metrics", headers={"User-Agent": "Prometheus/2.42.0"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def until(what, true, seconds=START_SECONDS):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"timed out waiting for: {what}")
