"""The local queues, and workers of them."""

import contextlib
import json
import re
import signal

from processes import running, wait_for
from waiting import fetch

# Of each receive, about that of SQS from within its region. Without it a short-polling worker only shows
# how fast the machine is.
LATENCY_MILLISECONDS = 10
RECEIVES_TAKE = {"fault": "latency", "action": "ReceiveMessage", "milliseconds": LATENCY_MILLISECONDS}


class LocalQueues:
    """`longshore local`, spoken to as the SDKs do."""

    def __init__(self, url):
        self.url = url

    def send(self, queue, count, seconds_between=0):
        """Sends all at once; the queue delivers them one after the other."""
        messages = [{"Id": f"m{n}", "MessageBody": f"m{n}", "DelaySeconds": n * seconds_between}
                    for n in range(count)]
        for start in range(0, count, 10):
            body = {"QueueUrl": f"{self.url}/000000000000/{queue}", "Entries": messages[start:start + 10]}
            answer = fetch(self.url, body, headers={"X-Amz-Target": "AmazonSQS.SendMessageBatch"})
            assert not json.loads(answer).get("Failed"), answer

    def set_faults(self, rules):
        fetch(f"{self.url}/_local/faults", {"rules": rules}, method="PUT")


@contextlib.contextmanager
def local_queues(longshore, names):
    queues = [argument for name in names for argument in ("--queue", name)]
    with running([longshore, "local", "--listen", "127.0.0.1:0", *queues]) as process:
        found = wait_for(process, lambda: re.search(r"http://127\.0\.0\.1:\d+", process.said()))
        process.queues = LocalQueues(found.group())
        process.queues.set_faults([RECEIVES_TAKE])
        yield process


@contextlib.contextmanager
def worker(longshore, endpoint, queue, settings, handler):
    """A worker of one queue. `longshore check` must find that its stop fits into its limit."""
    settings = [argument for setting in settings for argument in ("--set", setting)]
    arguments = ["--endpoint-url", endpoint, "--listen", "127.0.0.1:0", *settings, "--queue", queue, "--", *handler]
    with running([longshore, "check", *arguments]) as check:
        assert check.wait(timeout=60) == 0, f"{arguments}\n{check.said()}"
    with running([longshore, "run", *arguments]) as process:
        found = wait_for(process, lambda: re.search(r'"admin":"http://([^"]+)"', process.said()))
        process.instance = found.group(1)
        try:
            yield process
        finally:
            # An orderly end would wait for the long poll that is open.
            process.kill()


def terminate(process):
    process.send_signal(signal.SIGTERM)


def ending(process):
    """The worker's exit code, and its account of the stop."""
    code = process.wait(timeout=60)
    lines = (json.loads(line) for line in process.said().splitlines() if line.startswith("{"))
    account = next((line for line in lines if line["message"] == "shutdown ledger"), None)
    assert account, f"exit code {code}, and no ledger:\n{process.said()}"
    return code, account
