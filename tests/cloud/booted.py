"""Runs the unit in a real systemd: its sandbox, its stop and its restarts.

usage: python booted.py PATH_OF_LONGSHORE

Exits 1 if any case fails. If systemd cannot be started, it prints NOT RUN and the reason.
"""

import os
import pathlib
import sys
import traceback

import boto3

import machine
from processes import answers, free_port, running, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/systemd/longshore.service"
LONGSHORE = os.path.abspath(sys.argv[1])
STATE = "/var/lib/private/longshore"

# The handler runs the action that the message body names, in a directory that it can write to.
HANDLER = """#!/bin/sh
body=$(cat)
case $body in
look)
  grep -E '^(CapEff|NoNewPrivs|Seccomp|Uid):' /proc/self/status > status
  for place in /etc /usr /usr/local/bin /home /root; do
    if touch "$place/written" 2>/dev/null; then echo "$place" >> writable; fi
  done
  touch /tmp/written && echo done > looked ;;
slow)
  trap 'touch signaled' TERM
  touch begun; sleep 1; touch finished ;;
stuck)
  touch begun; sleep 60 ;;
esac
"""

CONFIG = """
[aws]
endpoint_url = "{endpoint}"
[admin]
listen = "127.0.0.1:{admin}"
[shutdown]
grace = "3s"
interrupt = "1s"
settle = "1s"
flush = "1s"
last_scrape = "0s"
limit = "6s"
[[queue]]
name = "orders"
wait = "1s"
visibility = "1m"
handler = {{ command = ["/usr/local/bin/handle-order"], timeout = "40s" }}
"""

# The test systemd has no journal. A short RestartSec keeps the test fast.
QUICK = "[Service]\nStandardOutput=null\nStandardError=append:/run/longshore.log\nRestartSec=100ms\n"
WITHOUT_NOTIFY = "[Service]\nType=exec\nWatchdogSec=0\n"
WITH_WATCHDOG = "[Service]\nWatchdogSec=3s\nTimeoutAbortSec=1s\n"


class Scene:
    def __init__(self, booted, endpoint):
        self.machine = booted
        self.sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="local",
                                aws_secret_access_key="local")
        self.url = self.sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        self.config = booted.inside("/etc/longshore/longshore.toml")

    def send(self, body):
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self):
        kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=kinds)["Attributes"]
        return sum(int(attributes[kind]) for kind in kinds)

    def written(self, name):
        path = self.machine.inside(f"{STATE}/{name}")
        return path.read_text() if path.exists() else None

    def start(self):
        for path in self.machine.inside(STATE).glob("*"):
            path.unlink()
        started = self.machine.systemctl("start", "longshore")
        assert started.returncode == 0, started.stderr
        self.is_active()

    def is_active(self):
        machine.until("active", lambda: self.machine.property("ActiveState") == "active")

    def stop(self):
        self.machine.systemctl("stop", "longshore")
        return self.machine.property("Result"), self.machine.property("ExecMainStatus")

    def until_written(self, name):
        return machine.until(name, lambda: self.written(name) is not None) and self.written(name)


def a_handler_runs_and_has_no_privileges(scene):
    scene.start()
    scene.send("look")
    scene.until_written("looked")
    status = dict(line.split(":", 1) for line in scene.written("status").splitlines())
    assert int(status["CapEff"], 16) == 0, status
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2", status
    assert "0" not in status["Uid"].split(), status
    assert scene.written("writable") is None, scene.written("writable")
    assert not scene.machine.inside("/tmp/written").exists(), "/tmp is not private"
    machine.until("the message deleted", lambda: scene.left() == 0)
    assert scene.stop() == ("success", "0")


def systemd_restarts_a_killed_worker(scene):
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=KILL", "longshore")
    machine.until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    assert scene.machine.property("NRestarts") == "1"
    scene.stop()


def a_stop_lets_handlers_finish_without_a_signal(scene):
    scene.start()
    scene.send("slow")
    scene.until_written("begun")
    assert scene.stop() == ("success", "0"), scene.machine.log()
    assert scene.written("finished") is not None and scene.written("signaled") is None
    assert scene.left() == 0, "the message was not deleted"


def a_stop_that_aborts_a_message_fails_and_releases_it(scene):
    scene.start()
    scene.send("stuck")
    scene.until_written("begun")
    assert scene.stop() == ("exit-code", "3"), scene.machine.log()
    assert scene.machine.property("ActiveState") == "failed"
    assert scene.left() == 1, "the message is not in the queue"
    scene.sqs.purge_queue(QueueUrl=scene.url)
    scene.machine.systemctl("reset-failed", "longshore")


def a_wrong_configuration_is_not_retried(scene):
    sound = scene.config.read_text()
    scene.config.write_text(sound + "\nnonsense = 1\n")
    scene.machine.systemctl("start", "longshore")
    machine.until("failed", lambda: scene.machine.property("ActiveState") == "failed")
    assert scene.machine.property("ExecMainStatus") == "64", scene.machine.log()
    assert scene.machine.property("NRestarts") == "0"
    scene.config.write_text(sound)
    scene.machine.systemctl("reset-failed", "longshore")


def the_watchdog_replaces_a_worker_that_hangs(scene):
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", "longshore")
    machine.until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    scene.stop()


CASES = [a_handler_runs_and_has_no_privileges, systemd_restarts_a_killed_worker,
         a_stop_lets_handlers_finish_without_a_signal,
         a_stop_that_aborts_a_message_fails_and_releases_it, a_wrong_configuration_is_not_retried]


def main():
    if reason := machine.obstacle():
        print(f"NOT RUN the unit in a real systemd: {reason}")
        return 0
    notifies = b"NOTIFY_SOCKET" in pathlib.Path(LONGSHORE).read_bytes()
    if not notifies:
        print("NOT RUN readiness and watchdog: this binary does not notify systemd")
    dropins = {"quick.conf": QUICK, "notify.conf": WITH_WATCHDOG if notifies else WITHOUT_NOTIFY}
    cases = CASES + [the_watchdog_replaces_a_worker_that_hangs] * notifies
    failed = 0
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with running([LONGSHORE, "local", "--queue", "orders", "--listen", f"127.0.0.1:{port}"]) as local:
        wait_for(local, lambda: answers(endpoint))
        files = {"/usr/local/bin/handle-order": (HANDLER, 0o755),
                 "/etc/longshore/longshore.toml": (CONFIG.format(endpoint=endpoint, admin=free_port()), 0o644)}
        with machine.running(LONGSHORE, UNIT, dropins, files) as booted:
            scene = Scene(booted, endpoint)
            for case in cases:
                sentence = case.__name__.replace("_", " ")
                try:
                    case(scene)
                except Exception:  # noqa: BLE001: any exception of a case is a failure
                    failed += 1
                    print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
                    scene.stop()
                else:
                    print(f"ok     {sentence}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
