"""Worker applications of Elastic Beanstalk in Flask and Express get the requests of its daemon from Longshore.

Each gets 1,000 messages and a periodic task with the attributes that the daemon's leader sends. Two workers with one
table of moto's DynamoDB send the task of a cron.yaml at the next full minute: once.
"""

import datetime
import json
import pathlib
import re
import sys

import boto3
import pytest

from running.other_servers import other_server
from running.processes import answers, free_port, running, until, wait_for
from running.worker import until_empty

HERE = pathlib.Path(__file__).resolve().parent / "beanstalk"
MESSAGES = 1_000
# As the daemon sends it, and as its header.
SCHEDULED, SCHEDULED_AT = "2026-11-29 23:00:00 UTC", "2026-11-29T23:00:00Z"
CONFIG = """
[[queue]]
name = "orders"
concurrency = 50
wait = "1s"
handler = {{ http = "{url}/", timeout = "20s", periodic_tasks = true }}
"""

CRON = """
version: 1
cron:
  - name: "nightly-backup"
    url: "/backup"
    schedule: "* * * * *"
"""
TABLE = "longshore-cron"
TASK = {"kind": "task", "body": "", "Taskname": "nightly-backup", "Path": "/backup"}
# The workers wait for the next full minute.
MINUTE_SECONDS = 150


class Application:
    """A running application, which appends each call to a file."""

    def __init__(self, process, url, record):
        self.process, self.url, self.record = process, url, record

    def calls(self):
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text().splitlines()]


@pytest.fixture
def beanstalk_application(request, start, tmp_path):
    """A function that starts the application of this name."""
    def started(name):
        command, environment = {"Flask": flask, "Express": express}[name](request)
        port, record = free_port(), tmp_path / "calls"
        process = start(running(command, PORT=str(port), CALLS=str(record), **environment))
        url = f"http://127.0.0.1:{port}"
        wait_for(process, lambda: answers(url))
        return Application(process, url, record)

    return started


def flask(_):
    return [sys.executable, HERE / "flask/application.py"], {}


def express(request):
    request.getfixturevalue("needs")("node")
    packages = request.getfixturevalue("node_modules").parent
    return ["node", HERE / "express/application.mjs"], {"PACKAGES": str(packages)}


def send(queue):
    text = {"DataType": "String"}
    attributes = {
        "beanstalk.sqsd.path": {**text, "StringValue": "/backup"},
        "beanstalk.sqsd.task_name": {**text, "StringValue": "nightly-backup"},
        "beanstalk.sqsd.scheduled_time": {**text, "StringValue": SCHEDULED},
    }
    queue.send("orders", ["elasticbeanstalk scheduled job"], MessageAttributes=attributes)
    queue.send("orders", [json.dumps({"order": number}) for number in range(MESSAGES)])


def check(calls):
    messages = [one for one in calls if one["kind"] == "message"]
    tasks = [one for one in calls if one["kind"] == "task"]
    assert sorted(one["order"] for one in messages) == list(range(MESSAGES)), "a message is missing or came twice"
    for one in messages[:20] + tasks:
        assert re.fullmatch(r"[0-9a-f-]{36}", one["Msgid"]), one
        assert {"Queue": "orders", "Receive-Count": "1", "Sender-Id": "000000000000"}.items() <= one.items(), one
        # As laravel-aws-worker reads it.
        datetime.datetime.fromisoformat(one["First-Received-At"].replace("Z", "+00:00"))
    for one in messages[:20]:
        assert {"Taskname": None, "Path": None}.items() <= one.items(), one
    assert len(tasks) == 1, f"{len(tasks)} tasks"
    assert {**TASK, "Scheduled-At": SCHEDULED_AT}.items() <= tasks[0].items(), tasks


@pytest.mark.parametrize("name", ["Flask", "Express"])
def test_1000_messages_and_a_periodic_task(longshore, local_queue, beanstalk_application, name):
    queue = local_queue("orders")
    send(queue)
    application = beanstalk_application(name)
    until_empty(longshore, queue, config=CONFIG.format(url=application.url))
    check(application.calls())


@pytest.fixture
def table(start):
    """The URL of moto's DynamoDB, and a function that returns the items of the table."""
    endpoint = start(other_server("moto")).url
    dynamodb = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint,
                            aws_access_key_id="local", aws_secret_access_key="local")
    dynamodb.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                          KeySchema=[{"AttributeName": "task", "KeyType": "HASH"}],
                          AttributeDefinitions=[{"AttributeName": "task", "AttributeType": "S"}])
    return endpoint, lambda: dynamodb.scan(TableName=TABLE)["Items"]


@pytest.fixture
def cron_workers(longshore, start, table, tmp_path):
    """A function that starts two workers with a cron.yaml and the table."""
    def started(queue, application):
        config = tmp_path / "longshore.toml"
        config.write_text(CONFIG.format(url=application.url) + f'cron = "cron.yaml"\ncron_table = "{TABLE}"\n')
        (tmp_path / "cron.yaml").write_text(CRON)
        command = [longshore, "--log-level", "debug", "run", "--config", config, "--endpoint-url", queue.url,
                   "--listen", "127.0.0.1:0"]
        return [start(running(command, AWS_ENDPOINT_URL_DYNAMODB=table[0])) for _ in range(2)]

    return started


def wait_for_the_minute(workers):
    """One of the workers sends the task, and the other one logs this."""
    def said(text):
        return any(text in worker.said() for worker in workers)

    def handled():
        assert all(worker.poll() is None for worker in workers), [worker.said()[-3000:] for worker in workers]
        return said("periodic task sent") and said("periodic task was sent by another worker")

    until("both workers at the full minute", handled, MINUTE_SECONDS)


@pytest.mark.parametrize("name", ["Flask"])
def test_one_of_two_workers_sends_a_periodic_task(local_queue, beanstalk_application, table, cron_workers, name):
    application = beanstalk_application(name)
    wait_for_the_minute(cron_workers(local_queue("orders"), application))
    # The messages of a run that is due meanwhile have another time.
    tasks = wait_for(application.process, application.calls)
    times = [task["Scheduled-At"] for task in tasks]
    assert len(set(times)) == len(times), times
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", times[0]), times
    assert TASK.items() <= tasks[0].items(), tasks
    [item] = table[1]()
    assert (item["task"], item["state"]) == ({"S": "us-east-1//orders/nightly-backup"}, {"S": "done"}), item
