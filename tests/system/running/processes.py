"""Programs that a test starts on free loopback ports. They always end with the test."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 60
# Linux begins at 32768 by default, and Chromium refuses port 10080.
PORTS = range(11_000, 32_000)

# How long `until` waits for an event by default. A slow machine needs many times the usual time.
EVENT_SECONDS = 60


def free_port():
    return free_ports(1)[0]


def free_ports(count):
    """Different free ports, outside of the range from which the system gives ports to clients and to other tests."""
    found = set()
    while len(found) < count:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.add(port)
    return list(found)


@contextlib.contextmanager
def running(command, **environment):
    """Runs the program in its own session, so that its child processes end with it."""
    with tempfile.TemporaryDirectory() as scratch, open(os.path.join(scratch, "output"), "w+") as output:
        process = subprocess.Popen(command, env={**os.environ, "TMPDIR": scratch, **environment}, cwd=scratch,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        process.said = pathlib.Path(output.name).read_text
        try:
            yield process
        finally:
            end(process)


def end(process):
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)


def wait_for(process, ready):
    """Waits until `ready` returns a true value, and returns it. Fails if the program ends first."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if answer := ready():
            return answer
        time.sleep(0.05)
    problem = "ended" if process.poll() is not None else f"was not ready after {START_SECONDS} s"
    raise AssertionError(f"{process.args} {problem}. Its output:\n{process.said()}")


def succeeds(url):
    """Whether the server answers, and does not report an error, such as 503 while it starts."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def until(event, poll, seconds=EVENT_SECONDS):
    """Calls `poll` until its result is true, and returns the result. `event` follows the words "waited for"."""
    deadline = time.monotonic() + seconds
    while not (result := poll()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {event}"
        time.sleep(0.05)
    return result
