"""A small fleet on the loopback: a local queue, three workers, traffic, and a Prometheus with the rules.

Two workers of one job have the labels of a site that has clusters and namespaces; the third has not, and polls
short. Messages succeed, fail, are rejected, and some take longer than any grace.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import boto3

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402

# Windows of the rules are so many times shorter: 3 days are 72 minutes, and rules are evaluated each second.
SCALE = 60
SCRAPE_SECONDS = 1
SITE = {"cluster": "harbour", "namespace": "trade"}

HANDLER = 'read -r body; case $body in fail*) exit 1;; never*) exit 65;; slow*) sleep 300;; esac'
REDRIVE = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": "2"})

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

[[queue]]
name = "mail"

[[queue]]
name = "idle"
"""

CLICKS = f"""
[[queue]]
name = "clicks"
handler = {{ command = ["bash", "-c", '{HANDLER}'], timeout = "20s" }}
wait = "0s"
short_polling = true
"""


class Prometheus:
    """Answers queries."""

    def __init__(self, url):
        self.url = url

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
            return json.load(answer)["data"]

    def now(self, expr):
        return self.ask("query", query=expr)["result"]

    def over(self, expr, start, end, step):
        return self.ask("query_range", query=expr, start=start, end=end, step=step)["result"]

    def label_values(self, label, selector):
        return self.ask(f"label/{label}/values", **{"match[]": selector})

    def wait_until(self, expr, seconds=60):
        """Asks until there is an answer."""
        deadline = time.monotonic() + seconds
        while not self.now(expr):
            assert time.monotonic() < deadline, f"in {seconds} s there was no answer to {expr}"
            time.sleep(0.5)


def free_address():
    return f"127.0.0.1:{free_port()}"


@contextlib.contextmanager
def local_queue(longshore):
    queues = ["orders", "dead", f"mail:RedrivePolicy={REDRIVE}", "idle", "clicks"]
    arguments = [argument for queue in queues for argument in ("--queue", queue)]
    with running([longshore, "local", "--listen", "127.0.0.1:0", *arguments]) as local:
        endpoint = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        refuse_some(endpoint)
        yield endpoint


def refuse_some(endpoint):
    """Half of the deletes are throttled, and sent again. Throttled receives would slow the short polls."""
    rules = {"rules": [{"fault": "throttle", "action": "DeleteMessageBatch", "chance": 0.5}]}
    request = urllib.request.Request(f"{endpoint}/_local/faults", json.dumps(rules).encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=5):
        pass


@contextlib.contextmanager
def worker(longshore, endpoint, scratch, address, settings):
    config = pathlib.Path(scratch, f"{address}.toml")
    config.write_text(settings)
    command = [longshore, "run", "-c", str(config), "--endpoint-url", endpoint, "--listen", address]
    with running(command) as process:
        wait_for(process, lambda: answers(f"http://{address}/livez"))
        yield process


@contextlib.contextmanager
def prometheus(longshore, scratch, shop, web):
    subprocess.run([pathlib.Path(longshore).with_name("xtask"), "generate", "--to", scratch,
                    "--scale-windows", str(SCALE)], check=True)
    config = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "rule_files": [os.path.join(scratch, "alerts/longshore.rules.yml")],
        "scrape_configs": [
            {"job_name": "shop", "static_configs": [{"targets": shop, "labels": SITE}]},
            {"job_name": "web", "static_configs": [{"targets": web}]},
        ],
    }
    # JSON is YAML.
    path = pathlib.Path(scratch, "prometheus.yml")
    path.write_text(json.dumps(config))
    address = free_address()
    with running(["prometheus", f"--config.file={path}", f"--web.listen-address={address}",
                  f"--storage.tsdb.path={scratch}/data"]) as process:
        wait_for(process, lambda: answers(f"http://{address}/-/ready"))
        yield Prometheus(f"http://{address}")


@contextlib.contextmanager
def traffic(endpoint):
    """Messages of all kinds, until it ends; returns the function that sends some at once."""
    sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                       aws_secret_access_key="test")
    ended = threading.Event()

    def send(queue, bodies):
        entries = [{"Id": str(index), "MessageBody": body + "\n"} for index, body in enumerate(bodies)]
        sqs.send_message_batch(QueueUrl=f"{endpoint}/000000000000/{queue}", Entries=entries)

    def keep_sending():
        for beat in itertools.count():
            send("orders", ["ok"] * 8)
            send("clicks", ["ok"])
            # In between it has time for an empty receive.
            if beat % 6 == 0:
                send("mail", ["ok"] * 6 + ["fail", "fail", "never", "never"])
            if ended.wait(0.5):
                return

    thread = threading.Thread(target=keep_sending)
    thread.start()
    try:
        yield send
    finally:
        ended.set()
        thread.join()


def give_what_outlasts_a_grace(prometheus, address, send):
    """To the one worker that there is; a heartbeat tells that it has it."""
    send("mail", ["slow"] * 8)
    prometheus.wait_until(f'longshore_heartbeats_total{{instance="{address}", queue="mail", result="extended"}} >= 8')


def drain_with_an_abort(prometheus, process, address):
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=30)
    assert code == 3, f"exit code {code}\n{process.said()}"
    assert '"last_scrape":"seen"' in process.said(), process.said()
    prometheus.wait_until(f'up{{instance="{address}"}} == 0')
