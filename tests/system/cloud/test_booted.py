"""The unit in a real systemd: its sandbox, its stop and its restarts."""

import pathlib

import pytest

from cloud import machine
from cloud.files import ROOT
from running.local_queue import local_queue
from running.processes import free_port, until

UNIT = ROOT / "deploy/systemd/longshore.service"
STATE = "/var/lib/private/longshore"
QUEUE = "orders"

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
    """The unit in its systemd, and the queue that it processes."""

    def __init__(self, booted, queue):
        self.machine, self.queue = booted, queue
        self.config = booted.inside("/etc/longshore/longshore.toml")

    def send(self, body):
        self.queue.send(QUEUE, [body])

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
        until("active", lambda: self.machine.property("ActiveState") == "active")

    def stop(self):
        self.machine.systemctl("stop", "longshore")
        return self.machine.property("Result"), self.machine.property("ExecMainStatus")

    def until_written(self, name):
        until(name, lambda: self.written(name) is not None)
        return self.written(name)


@pytest.fixture(scope="module")
def notifies(longshore):
    """Whether the program notifies systemd of its readiness and its progress."""
    return b"NOTIFY_SOCKET" in pathlib.Path(longshore).read_bytes()


@pytest.fixture(scope="module")
def booted(longshore, notifies):
    """A systemd with the unit."""
    if reason := machine.obstacle():
        pytest.skip(reason)
    dropins = {"quick.conf": QUICK, "notify.conf": WITH_WATCHDOG if notifies else WITHOUT_NOTIFY}
    with local_queue(longshore, QUEUE) as queue:
        config = CONFIG.format(endpoint=queue.url, admin=free_port())
        files = {"/usr/local/bin/handle-order": (HANDLER, 0o755), "/etc/longshore/longshore.toml": (config, 0o644)}
        with machine.booted(longshore, UNIT, dropins, files) as started:
            yield Scene(started, queue)


@pytest.fixture
def scene(booted):
    """The unit, not yet started. At the end it is stopped, and its configuration and its queue are as before."""
    config = booted.config.read_text()
    yield booted
    booted.stop()
    booted.config.write_text(config)
    if booted.queue.left(QUEUE):
        booted.queue.call("PurgeQueue", QueueUrl=QUEUE)
    booted.machine.systemctl("reset-failed", "longshore")


def test_a_handler_runs_and_has_no_privileges(scene):
    scene.start()
    scene.send("look")
    scene.until_written("looked")
    status = dict(line.split(":", 1) for line in scene.written("status").splitlines())
    assert int(status["CapEff"], 16) == 0, status
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2", status
    assert "0" not in status["Uid"].split(), status
    assert scene.written("writable") is None, scene.written("writable")
    assert not scene.machine.inside("/tmp/written").exists(), "/tmp is not private"
    until("the message deleted", lambda: scene.queue.left(QUEUE) == 0)
    assert scene.stop() == ("success", "0")


def test_systemd_restarts_a_killed_worker(scene):
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=KILL", "longshore")
    until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    assert scene.machine.property("NRestarts") == "1"
    scene.stop()


def test_a_stop_lets_handlers_finish_without_a_signal(scene):
    scene.start()
    scene.send("slow")
    scene.until_written("begun")
    assert scene.stop() == ("success", "0"), scene.machine.log()
    assert scene.written("finished") is not None and scene.written("signaled") is None
    assert scene.queue.left(QUEUE) == 0, "the message was not deleted"


def test_a_stop_that_aborts_a_message_fails_and_releases_it(scene):
    scene.start()
    scene.send("stuck")
    scene.until_written("begun")
    assert scene.stop() == ("exit-code", "3"), scene.machine.log()
    assert scene.machine.property("ActiveState") == "failed"
    assert scene.queue.left(QUEUE) == 1, "the message is not in the queue"


def test_a_wrong_configuration_is_not_retried(scene):
    scene.config.write_text(scene.config.read_text() + "\nnonsense = 1\n")
    scene.machine.systemctl("start", "longshore")
    until("failed", lambda: scene.machine.property("ActiveState") == "failed")
    assert scene.machine.property("ExecMainStatus") == "64", scene.machine.log()
    assert scene.machine.property("NRestarts") == "0"


def test_the_watchdog_replaces_a_worker_that_hangs(scene, notifies):
    if not notifies:
        pytest.skip("this binary does not notify systemd")
    scene.start()
    before = scene.machine.property("MainPID")
    scene.machine.systemctl("kill", "--kill-whom=main", "--signal=STOP", "longshore")
    until("another process", lambda: scene.machine.property("MainPID") not in (before, "0"))
    scene.is_active()
    scene.stop()
