"""Worker applications of Elastic Beanstalk in Flask and Express get the requests of its daemon from Longshore.

usage: python run.py PATH_OF_LONGSHORE FOLDER_WITH_NODE_MODULES

Each gets 1,000 messages and a periodic task with the attributes that the daemon's leader sends. Exits 1 if a call is
missing, or differs from what AWS documents.
"""

import datetime
import json
import os
import re
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402: in another folder of tests

MESSAGES = 1_000
SCHEDULED = "2026-11-29T23:00:00+00:00"
CONFIG = """
[admin]
listen = "127.0.0.1:0"
[[queue]]
name = "orders"
concurrency = 50
wait = "1s"
handler = {{ http = "http://127.0.0.1:{port}/", timeout = "20s", periodic_tasks = true }}
"""


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
    expected = {"body": "", "Taskname": "nightly-backup", "Scheduled-At": SCHEDULED, "Path": "/backup"}
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


def main():
    global LONGSHORE
    LONGSHORE, modules = map(os.path.abspath, sys.argv[1:])
    applications = {
        "Flask": ([sys.executable, os.path.join(HERE, "flask", "application.py")], {}),
        "Express": (["node", os.path.join(HERE, "express", "application.mjs")], {"PACKAGES": os.path.dirname(modules)}),
    }
    failed = 0
    for name, (command, environment) in applications.items():
        try:
            tried(command, environment)
            print(f"ok     {name}: {MESSAGES} messages and a periodic task", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
    print(f"{len(applications) - failed} of {len(applications)} applications passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
