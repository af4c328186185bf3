"""The unit in a real systemd: what it is allowed, how it stops, what brings it back.

usage: python booted.py PATH_OF_LONGSHORE

Exits 1 if any case fails. Where no systemd can be started it says NOT RUN, and why.
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

# The handler does what the message says, where it may write.
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
  trap 'touch told' TERM
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

# Nobody keeps a journal in there, and nobody waits five seconds for a restart.
QUICK = "[Service]\nStandardOutput=null\nStandardError=append:/run/longshore.log\nRestartSec=100ms\n"
UNTOLD = "[Service]\nType=exec\nWatchdogSec=0\n"
FED = "[Service]\nWatchdogSec=3s\nTimeoutAbortSec=1s\n"


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
    assert not scene.machine.inside("/tmp/written").exists(), "its /tmp is everybody's"
    machine.until("the message deleted", lambda: scene.left() == 0)
    assert scene.stop() == ("success", "0")


def it_comes_back_when_it_was_killed(scene):
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=KILL", "longshore")
    machine.until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    assert scene.machine.property("NRestarts") == "1"
    scene.stop()


def a_stop_lets_handlers_finish_and_does_not_signal_them(scene):
    scene.start()
    scene.send("slow")
    scene.until_written("begun")
    assert scene.stop() == ("success", "0"), scene.machine.said()
    assert scene.written("finished") is not None and scene.written("told") is None
    assert scene.left() == 0, "the message was not deleted"


def a_stop_that_cuts_a_message_off_is_a_failure_and_gives_it_back(scene):
    scene.start()
    scene.send("stuck")
    scene.until_written("begun")
    assert scene.stop() == ("exit-code", "3"), scene.machine.said()
    assert scene.machine.property("ActiveState") == "failed"
    assert scene.left() == 1, "the message is gone"
    scene.sqs.purge_queue(QueueUrl=scene.url)
    scene.machine.systemctl("reset-failed", "longshore")


def a_wrong_configuration_is_not_tried_again(scene):
    sound = scene.config.read_text()
    scene.config.write_text(sound + "\nnonsense = 1\n")
    scene.machine.systemctl("start", "longshore")
    machine.until("failed", lambda: scene.machine.property("ActiveState") == "failed")
    assert scene.machine.property("ExecMainStatus") == "64", scene.machine.said()
    assert scene.machine.property("NRestarts") == "0"
    scene.config.write_text(sound)
    scene.machine.systemctl("reset-failed", "longshore")


def a_worker_that_hangs_is_replaced(scene):
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", "longshore")
    machine.until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    scene.stop()


CASES = [a_handler_runs_and_has_no_privileges, it_comes_back_when_it_was_killed,
         a_stop_lets_handlers_finish_and_does_not_signal_them,
         a_stop_that_cuts_a_message_off_is_a_failure_and_gives_it_back, a_wrong_configuration_is_not_tried_again]


def main():
    if reason := machine.obstacle():
        print(f"NOT RUN the unit in a real systemd: {reason}")
        return 0
    notifies = b"NOTIFY_SOCKET" in pathlib.Path(LONGSHORE).read_bytes()
    if not notifies:
        print("NOT RUN readiness and watchdog: this binary does not tell systemd anything")
    dropins = {"quick.conf": QUICK, "notify.conf": FED if notifies else UNTOLD}
    cases = CASES + [a_worker_that_hangs_is_replaced] * notifies
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
                except Exception:  # noqa: BLE001: whatever a case raises is its failure
                    failed += 1
                    print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
                    scene.stop()
                else:
                    print(f"ok     {sentence}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
