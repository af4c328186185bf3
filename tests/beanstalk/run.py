"""Worker applications of Elastic Beanstalk in Flask and Express get the requests of its daemon from Longshore.

usage: python run.py PATH_OF_LONGSHORE FOLDER_WITH_NODE_MODULES

Each gets 1,000 messages and a periodic task with the attributes that the daemon's leader sends. Meanwhile two workers
with one table of moto's DynamoDB send the task of a cron.yaml at the next full minute: once. Exits 1 if a call is
missing, or differs from what AWS documents.
"""

import contextlib
import datetime
import json
import os
import re
import sys
import tempfile
import threading
import time
import urllib.request

import boto3

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402: in another folder of tests

MESSAGES = 1_000
# As the daemon sends it, and as its header.
SCHEDULED, SCHEDULED_AT = "2026-11-29 23:00:00 UTC", "2026-11-29T23:00:00Z"
CONFIG = """
[admin]
listen = "127.0.0.1:0"
[[queue]]
name = "orders"
concurrency = 50
wait = "1s"
handler = {{ http = "http://127.0.0.1:{port}/", timeout = "20s", periodic_tasks = true }}
"""

CRON = """
version: 1
cron:
  - name: "nightly-backup"
    url: "/backup"
    schedule: "* * * * *"
"""
TABLE = "longshore-cron"


def call(url, action, **parameters):
    headers = {"x-amz-target": f"AmazonSQS.{action}", "content-type": "application/x-amz-json-1.0"}
    request = urllib.request.Request(url, json.dumps(parameters).encode(), headers)
    return json.load(urllib.request.urlopen(request, timeout=10))


def send(url):
    queue = f"{url}/000000000000/orders"
    text = {"DataType": "String"}
    attributes = {
        "beanstalk.sqsd.path": {**text, "StringValue": "/backup"},
        "beanstalk.sqsd.task_name": {**text, "StringValue": "nightly-backup"},
        "beanstalk.sqsd.scheduled_time": {**text, "StringValue": SCHEDULED},
    }
    call(url, "SendMessage", QueueUrl=queue, MessageBody="elasticbeanstalk scheduled job", MessageAttributes=attributes)
    for first in range(0, MESSAGES, 10):
        entries = [{"Id": str(n), "MessageBody": json.dumps({"order": n})} for n in range(first, first + 10)]
        call(url, "SendMessageBatch", QueueUrl=queue, Entries=entries)


def check(calls):
    messages = [one for one in calls if one["kind"] == "message"]
    tasks = [one for one in calls if one["kind"] == "task"]
    assert sorted(one["order"] for one in messages) == list(range(MESSAGES)), "a message is missing or came twice"
    for one in messages[:20] + tasks:
        assert re.fullmatch(r"[0-9a-f-]{36}", one["Msgid"]) and one["Queue"] == "orders", one
        assert one["Receive-Count"] == "1" and one["Sender-Id"] == "000000000000", one
        # As laravel-aws-worker reads it.
        datetime.datetime.fromisoformat(one["First-Received-At"].replace("Z", "+00:00"))
    for one in messages[:20]:
        assert one["Taskname"] is None and one["Path"] is None, one
    assert len(tasks) == 1, f"{len(tasks)} tasks"
    expected = {"body": "", "Taskname": "nightly-backup", "Scheduled-At": SCHEDULED_AT, "Path": "/backup"}
    assert expected.items() <= tasks[0].items(), tasks


def tried(command, environment):
    with tempfile.TemporaryDirectory() as scratch, \
            running([LONGSHORE, "local", "--listen", "127.0.0.1:0", "--queue", "orders"]) as local:
        url = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        port, calls = free_port(), os.path.join(scratch, "calls")
        config = os.path.join(scratch, "longshore.toml")
        with open(config, "w") as file:
            file.write(CONFIG.format(port=port))
        send(url)
        with running(command, PORT=str(port), CALLS=calls, **environment) as application:
            wait_for(application, lambda: answers(f"http://127.0.0.1:{port}/"))
            with running([LONGSHORE, "run", "--config", config, "--endpoint-url", url, "--until-empty"]) as worker:
                assert worker.wait(timeout=120) == 0, worker.said()[-3000:]
        check([json.loads(line) for line in open(calls)])


def create_table(endpoint):
    dynamodb = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint,
                            aws_access_key_id="local", aws_secret_access_key="local")
    dynamodb.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                          KeySchema=[{"AttributeName": "task", "KeyType": "HASH"}],
                          AttributeDefinitions=[{"AttributeName": "task", "AttributeType": "S"}])
    return lambda: dynamodb.scan(TableName=TABLE)["Items"]


def sent_once(command, environment):
    """Two workers wait for the next full minute. One of them sends the task, and the other one says so."""
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        moto, port, calls = free_port(), free_port(), os.path.join(scratch, "calls")
        table = stack.enter_context(running([os.path.join(os.path.dirname(sys.executable), "moto_server"), "--host",
                                             "127.0.0.1", "--port", str(moto)]))
        local = stack.enter_context(running([LONGSHORE, "local", "--listen", "127.0.0.1:0", "--queue", "orders"]))
        url = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        wait_for(table, lambda: answers(f"http://127.0.0.1:{moto}/"))
        items = create_table(f"http://127.0.0.1:{moto}")
        config = os.path.join(scratch, "longshore.toml")
        with open(config, "w") as file:
            file.write(CONFIG.format(port=port) + f'cron = "cron.yaml"\ncron_table = "{TABLE}"\n')
        with open(os.path.join(scratch, "cron.yaml"), "w") as file:
            file.write(CRON)
        application = stack.enter_context(running(command, PORT=str(port), CALLS=calls, **environment))
        wait_for(application, lambda: answers(f"http://127.0.0.1:{port}/"))
        workers = [stack.enter_context(running(
            [LONGSHORE, "--log-level", "debug", "run", "--config", config, "--endpoint-url", url],
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{moto}")) for _ in range(2)]
        said = lambda text: [worker for worker in workers if text in worker.said()]  # noqa: E731
        deadline = time.monotonic() + 75
        while not (said("periodic task sent") and said("periodic task was sent by another worker")):
            assert time.monotonic() < deadline, "\n".join(worker.said()[-3000:] for worker in workers)
            assert all(worker.poll() is None for worker in workers), workers[0].said()[-3000:]
            time.sleep(0.1)
        # The messages of a run that is due meanwhile have another time.
        wait_for(application, lambda: os.path.exists(calls) and open(calls).read().strip())
        tasks = [json.loads(line) for line in open(calls)]
        times = [task["Scheduled-At"] for task in tasks]
        assert len(set(times)) == len(times), times
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", times[0]), times
        expected = {"kind": "task", "body": "", "Taskname": "nightly-backup", "Path": "/backup"}
        assert expected.items() <= tasks[0].items(), tasks
        [item] = items()
        assert (item["task"], item["state"]) == ({"S": "us-east-1//orders/nightly-backup"}, {"S": "done"}), item


def main():
    global LONGSHORE
    LONGSHORE, modules = map(os.path.abspath, sys.argv[1:])
    applications = {
        "Flask": ([sys.executable, os.path.join(HERE, "flask", "application.py")], {}),
        "Express": (["node", os.path.join(HERE, "express", "application.mjs")], {"PACKAGES": os.path.dirname(modules)}),
    }
    failed = []

    def case(name, what, test):
        try:
            test(*applications[name])
            print(f"ok     {name}: {what}", flush=True)
        except Exception as error:  # noqa: BLE001: of a thread
            failed.append(name)
            print(f"FAILED {name}: {what}: {type(error).__name__}: {error}", flush=True)

    # It waits for a full minute meanwhile.
    sending = threading.Thread(target=case, args=("Flask", "one of two workers sends a periodic task", sent_once))
    sending.start()
    for name in applications:
        case(name, f"{MESSAGES} messages and a periodic task", tried)
    sending.join()
    print(f"{len(applications) + 1 - len(failed)} of {len(applications) + 1} cases passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
