"""A Celery application with one task. Its worker is started by `celery worker`."""

import json
import os
from urllib.parse import urlsplit

from celery import Celery
from journal import Journal

SETTINGS = json.loads(os.environ["SETTINGS"])
ENDPOINT = urlsplit(os.environ["ENDPOINT_URL"])

app = Celery("peers", broker=f"sqs://local:local@{ENDPOINT.netloc}//")
app.conf.task_default_queue = os.environ["QUEUE_NAME"]
# The queue server has no TLS.
app.conf.broker_transport_options = {"is_secure": False, "region": "us-east-1"}
app.conf.broker_transport_options |= SETTINGS["broker_transport_options"]
if SETTINGS["predefined_queues"]:
    queue = {
        "url": os.environ["QUEUE_URL"],
        "access_key_id": "local",
        "secret_access_key": "local",
    }
    app.conf.broker_transport_options["predefined_queues"] = {os.environ["QUEUE_NAME"]: queue}
app.conf.update(SETTINGS["configuration"])

journals = []


@app.task(name="handle", ignore_result=True)
def handle(body):
    # The journal is opened after the fork of the worker.
    if not journals:
        journals.append(Journal())
    journals[0].handle(body)
