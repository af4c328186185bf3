"""A worker application in Flask, as AWS describes one: a route for messages and a route for a periodic task."""

import json
import os
import re

import flask

application = flask.Flask(__name__)


def log(**call):
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(json.dumps(call) + "\n")


def headers():
    return {name: flask.request.headers.get(f"X-Aws-Sqsd-{name}") for name in
            ("Msgid", "Queue", "First-Received-At", "Receive-Count", "Sender-Id", "Taskname", "Scheduled-At", "Path")}


@application.post("/")
def message():
    # By request.get_json, which needs the content type of the daemon.
    log(kind="message", order=flask.request.get_json()["order"], **headers())
    return "", 200


@application.post("/backup")
def backup():
    # As active-elastic-job recognizes the daemon and the task.
    if flask.request.user_agent.string[:8] != "aws-sqsd" or not re.match(r"127\.|::1", flask.request.remote_addr):
        return "", 403
    log(kind="task", body=flask.request.get_data(as_text=True), **headers())
    return "", 200


if __name__ == "__main__":
    application.run("127.0.0.1", int(os.environ["PORT"]), threaded=True)
