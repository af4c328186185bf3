"""Sends messages to the local queue. The queue checks no signatures, so a plain POST is enough."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request

QUEUE_URL = os.environ["QUEUE_URL"]
MESSAGES_A_SECOND = float(os.environ.get("MESSAGES_A_SECOND", "10"))
MOST = 10  # the maximum number of messages per request in SQS


def send(first, count):
    entries = [{"Id": str(index), "MessageBody": json.dumps({"order": first + index})} for index in range(count)]
    request = urllib.request.Request(
        QUEUE_URL,
        data=json.dumps({"QueueUrl": QUEUE_URL, "Entries": entries}).encode(),
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessageBatch"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return len(json.load(answer)["Successful"])


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sent, began = 0, time.monotonic()
    while True:
        due = min(int((time.monotonic() - began) * MESSAGES_A_SECOND) - sent, MOST)
        try:
            if due > 0:
                sent += send(sent, due)
        except (urllib.error.URLError, OSError) as error:
            print(f"the queue is unreachable: {error}", file=sys.stderr, flush=True)
            time.sleep(1)
            began = time.monotonic() - sent / MESSAGES_A_SECOND  # do not send a burst to catch up
        time.sleep(min(1 / MESSAGES_A_SECOND, 0.1))


if __name__ == "__main__":
    main()
