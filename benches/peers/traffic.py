"""Messages: their bodies, and when they are sent."""

import base64
import json
import random
import time

BODY_BYTES = 1024
SEED = 7


def encode(kind, message_id):
    """A body of 1 KiB. The first word of the text is the id of the message."""
    text = f"{message_id} ".ljust(BODY_BYTES, "x")
    return celery_task(message_id, text) if kind == "celery" else text


def decode(kind, body):
    """The id of a message."""
    if kind == "celery":
        return json.loads(base64.b64decode(body))["properties"]["correlation_id"]
    return body.split(" ", 1)[0]


def celery_task(message_id, text):
    """The message that `handle.delay(text)` of Celery sends (protocol version 2)."""
    arguments = json.dumps([[text], {}, {"callbacks": None, "errbacks": None}])
    embedded = base64.b64encode(arguments.encode()).decode()
    properties = {
        "correlation_id": message_id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "orders"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": message_id,
    }
    headers = {"lang": "py", "task": "handle", "id": message_id, "root_id": message_id}
    task = {
        "body": embedded,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": properties,
    }
    return base64.b64encode(json.dumps(task).encode()).decode()


def send_at_rate(stage, prefix, rate, seconds):
    """Sends messages at random times (Poisson). Returns the time at which each was sent."""
    randomness = random.Random(SEED)
    sent, began, due = {}, time.monotonic(), 0.0
    while (due := due + randomness.expovariate(rate)) < seconds:
        time.sleep(max(0.0, began + due - time.monotonic()))
        message_id = f"{prefix}-{len(sent)}"
        sent[message_id] = time.time()
        stage.send([message_id])
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    return sent
