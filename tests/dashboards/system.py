"""A small fleet on the loopback interface: local queues, three workers, traffic, and Prometheus with the rules.

Two workers of one job have the labels `cluster` and `namespace`. The third worker does not have them and uses short
polling. Messages succeed, fail and are rejected, some take longer than shutdown.grace, and some have their payload in S3.
"""

import contextlib
import http.server
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import urllib.request

import boto3

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402
from prometheus import prometheus  # noqa: E402

# The factor by which the windows of the rules are shorter: 3 days are 72 minutes, and 1 minute is 1 second.
SCALE = 60
SCRAPE_SECONDS = 1
SITE = {"cluster": "eu", "namespace": "prod"}

# As an extended client sends it.
POINTER = json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "payloads", "s3Key": "ok"}])
SIZE = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "3"}}

HANDLER = 'read -r body; case $body in fail*) exit 1;; never*) exit 65;; slow*) sleep 300;; esac'
REDRIVE = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead.fifo", "maxReceiveCount": "2"})

SHOP = f"""
[shutdown]
grace = "2s"
last_scrape = "5s"

[defaults]
handler = {{ command = ["bash", "-c", '{HANDLER}'], timeout = "20m" }}
concurrency = 20
visibility = "10s"
wait = "1s"
backlog_interval = "1s"
retry = {{ base = "500ms", max = "1s" }}
delete_linger = "200ms"

[[queue]]
name = "orders"
batch = {{ max = 5, window = "100ms" }}

[[queue]]
name = "mail.fifo"
on_reject = "dead_letter"
payloads = {{ buckets = ["payloads"], delete = true }}
max_age = "14days"

[[queue.route]]
name = "urgent"
attribute = "urgent"
exists = true
handler = {{ command = ["bash", "-c", '{HANDLER}'] }}

[[queue]]
name = "reports"
cron = "cron.yaml"
cron_leader = true
"""

CRON = """
version: 1
cron:
  - {name: audit, url: /audit, schedule: "* * * * *"}
"""

CLICKS = f"""
[[queue]]
name = "clicks"
handler = {{ command = ["bash", "-c", '{HANDLER}'], timeout = "20s" }}
wait = "0s"
short_polling = true
"""


def free_address():
    return f"127.0.0.1:{free_port()}"


@contextlib.contextmanager
def local_queue(longshore):
    queues = ["orders", "dead.fifo", f"mail.fifo:RedrivePolicy={REDRIVE}", "reports", "clicks"]
    arguments = [argument for queue in queues for argument in ("--queue", queue)]
    with running([longshore, "local", "--listen", "127.0.0.1:0", *arguments]) as local:
        endpoint = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        throttle_deletes(endpoint)
        yield endpoint


def throttle_deletes(endpoint):
    """Throttles half of the deletes. Throttled receives would slow down short polling."""
    rules = {"rules": [{"fault": "throttle", "action": "DeleteMessageBatch", "chance": 0.5}]}
    request = urllib.request.Request(f"{endpoint}/_local/faults", json.dumps(rules).encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=5):
        pass


@contextlib.contextmanager
def s3():
    """The URL of a server that has every object."""
    class Objects(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(200, b"ok\n")

        def do_DELETE(self):
            self.answer(204, b"")

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Objects)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def worker(longshore, endpoint, scratch, address, settings, **environment):
    config = pathlib.Path(scratch, f"{address}.toml")
    config.write_text(settings)
    pathlib.Path(scratch, "cron.yaml").write_text(CRON)
    command = [longshore, "run", "-c", str(config), "--endpoint-url", endpoint, "--listen", address]
    with s3() as url, running(command, AWS_ENDPOINT_URL_S3=url, **environment) as process:
        wait_for(process, lambda: answers(f"http://{address}/livez"))
        yield process


def generate_rules(longshore, scratch):
    subprocess.run([pathlib.Path(longshore).with_name("xtask"), "generate", "--to", scratch,
                    "--scale-windows", str(SCALE)], check=True)


@contextlib.contextmanager
def scraping(longshore, scratch, shop, web):
    """The client of a Prometheus that scrapes the workers and evaluates the rules."""
    generate_rules(longshore, scratch)
    configuration = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "rule_files": [os.path.join(scratch, "alerts/longshore.rules.yml")],
        "scrape_configs": [
            {"job_name": "shop", "static_configs": [{"targets": shop, "labels": SITE}]},
            {"job_name": "web", "static_configs": [{"targets": web}]},
        ],
    }
    with prometheus(configuration) as process:
        yield process.client


def sender(endpoint):
    """A function that sends messages to a queue, up to ten at once."""
    sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                       aws_secret_access_key="test")
    batches = itertools.count()

    def send(queue, bodies):
        entries = [{"Id": str(index), "MessageBody": body + "\n"} for index, body in enumerate(bodies)]
        for entry in entries:
            if entry["MessageBody"] == "payload\n":
                entry |= {"MessageBody": POINTER, "MessageAttributes": SIZE}
        if queue.endswith(".fifo"):
            # Two messages for each group, so that a failure has a message behind it.
            batch = next(batches)
            for index, entry in enumerate(entries):
                entry |= {"MessageGroupId": f"{batch}-{index // 2}", "MessageDeduplicationId": f"{batch}-{index}"}
        sqs.send_message_batch(QueueUrl=f"{endpoint}/000000000000/{queue}", Entries=entries)

    return send


@contextlib.contextmanager
def traffic(endpoint):
    """Sends messages of all kinds until the block ends. Yields a function that sends more messages."""
    send = sender(endpoint)
    ended = threading.Event()

    def keep_sending():
        for round_number in itertools.count():
            send("orders", ["ok"] * 8)
            send("clicks", ["ok"])
            # Pauses between these messages leave time for an empty receive.
            if round_number % 6 == 0:
                send("mail.fifo", ["ok"] * 5 + ["payload", "fail", "fail", "never", "never"])
            if ended.wait(0.5):
                return

    thread = threading.Thread(target=keep_sending)
    thread.start()
    try:
        yield send
    finally:
        ended.set()
        thread.join()


def send_slow_messages(prometheus, address, send):
    """Sends messages that take longer than shutdown.grace, and waits until the worker extends their visibility."""
    send("mail.fifo", ["slow"] * 8)
    prometheus.wait_until(f'longshore_heartbeats_total{{instance="{address}", queue="mail.fifo", result="extended"}} >= 8')


def kill(prometheus, process, address):
    """Kills a worker, like a lack of memory does."""
    process.kill()
    process.wait(timeout=30)
    prometheus.wait_until(f'up{{instance="{address}"}} == 0')


def abort_on_shutdown(prometheus, process, address):
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=30)
    assert code == 3, f"exit code {code}\n{process.said()}"
    assert '"last_scrape":"seen"' in process.said(), process.said()
    prometheus.wait_until(f'up{{instance="{address}"}} == 0')
