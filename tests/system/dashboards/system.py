"""A small fleet on the loopback interface: local queues, three workers, traffic, and Prometheus with the rules.

Two workers of one job have the labels `cluster` and `namespace`. The third worker does not have them and uses short
polling. Messages succeed, fail and are rejected. Some take longer than shutdown.grace, and some have their payload in
S3.
"""

import contextlib
import itertools
import json
import pathlib
import threading

import running.local_queue
import running.worker
from running.local_queue import redriving
from running.processes import free_port
from running.prometheus import prometheus
from running.rules import scaled_rules
from running.web import Handler, serving

# The factor by which the windows of the rules are shorter: 3 days are 72 minutes, and 1 minute is 1 second.
SCALE = 60
SCRAPE_SECONDS = 1
SITE = {"cluster": "eu", "namespace": "prod"}

# As an extended client sends it.
POINTER = json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer",
                      {"s3BucketName": "payloads", "s3Key": "ok"}])
SIZE = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "3"}}

HANDLER = 'read -r body; case $body in fail*) exit 1;; never*) exit 65;; slow*) sleep 300;; esac'

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

# The same for a worker that is not the leader. Two leaders at once would be a fault.
SHOP_OF_FOLLOWER = SHOP.replace("cron_leader = true", "cron_leader = false")

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
    """The queues. 50 % of the deletes are throttled. Throttled receives would slow down short polling."""
    names = ["orders", "dead.fifo", redriving("mail.fifo", "dead.fifo", 2), "reports", "clicks"]
    with running.local_queue.local_queue(longshore, *names) as queues:
        queues.set_faults([{"fault": "throttle", "action": "DeleteMessageBatch", "chance": 0.5}])
        yield queues


class Objects(Handler):
    """An S3 that has every object."""

    def do_GET(self):
        self.answer(200, b"ok\n")

    def do_DELETE(self):
        self.answer(204)


@contextlib.contextmanager
def worker(longshore, queues, scratch, address, settings, **environment):
    config = pathlib.Path(scratch, f"{address}.toml")
    config.write_text(settings)
    pathlib.Path(scratch, "cron.yaml").write_text(CRON)
    with serving(Objects) as s3, running.worker.worker(longshore, queues, "--config", str(config), listen=address,
                                                       AWS_ENDPOINT_URL_S3=s3, **environment) as started:
        yield started


@contextlib.contextmanager
def scraping(longshore, scratch, shop, web):
    """The client of a Prometheus that scrapes the workers and evaluates the rules."""
    rules = scaled_rules(longshore, scratch, SCALE)
    with prometheus({**common(rules), "scrape_configs": jobs(shop, web)}) as process:
        yield process.client


def common(rules):
    """What the configurations of all Prometheus servers have."""
    return {"global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
            "rule_files": [str(rules / "longshore.rules.yml")]}


def jobs(shop, web):
    return [{"job_name": "shop", "static_configs": [{"targets": shop, "labels": SITE}]},
            {"job_name": "web", "static_configs": [{"targets": web}]}]


def sender(queues):
    """A function that sends messages to a queue, up to ten at once."""
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
        queues.call("SendMessageBatch", QueueUrl=queue, Entries=entries)

    return send


@contextlib.contextmanager
def traffic(queues):
    """Sends messages of all kinds until the block ends. Yields a function that sends more messages."""
    send = sender(queues)
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
    extended = f'instance="{address}", queue="mail.fifo", result="extended"'
    prometheus.wait_until(f"longshore_heartbeats_total{{{extended}}} >= 8")


def kill(prometheus, worker):
    """Kills a worker, as the kernel does without memory."""
    worker.kill()
    prometheus.wait_until(f'up{{instance="{worker.instance}"}} == 0')


def abort_on_shutdown(prometheus, worker):
    worker.terminate()
    code, ledger = worker.ledger()
    assert (code, ledger["last_scrape"]) == (3, "seen"), (code, ledger)
    prometheus.wait_until(f'up{{instance="{worker.instance}"}} == 0')
