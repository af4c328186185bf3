"""Runs `longshore audit`, and keeps its output, its time and its peak memory."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

# Each audit of a test must end long before this.
LIMIT_SECONDS = 600


@dataclasses.dataclass
class Outcome:
    command: list
    code: int
    out: str
    err: str
    seconds: float
    peak_mib: float

    def report(self):
        try:
            return json.loads(self.out)
        except json.JSONDecodeError:
            raise AssertionError(f"no JSON; {self}") from None

    def found(self):
        """The queue and the check of each finding."""
        return {(finding["queue"], finding["check"]) for finding in self.report()["findings"]}

    def exits(self, code):
        """This outcome. Fails if the exit code is another one."""
        assert self.code == code, f"expected exit code {code}, found {self}"
        return self

    def __str__(self):
        return (f"exit code {self.code} after {self.seconds:.1f} s: {' '.join(self.command[1:])}\n"
                f"{self.err[-2000:]}\n{self.out[:3000]}")


class Audit:
    """Calls the program with the queues of a `Server`, without any setting of AWS of the caller."""

    def __init__(self, longshore):
        self.longshore = os.path.abspath(longshore)

    def __call__(self, *arguments, server=None, folder=None, **environment):
        command = [self.longshore, "audit", *arguments]
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            variables = {**clean(home), **endpoint(server), **environment}
            began = time.monotonic()
            process = subprocess.Popen(command, env=without_empty(variables), cwd=folder or home, stdout=out,
                                       stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
            peak = peak_memory(process)
            took = time.monotonic() - began
            return Outcome(command, process.returncode, text(out), text(err), took, peak)

    def json(self, *arguments, **options):
        return self("--format", "json", *arguments, **options)


def endpoint(server):
    return {"AWS_ENDPOINT_URL": server.url} if server else {}


def without_empty(variables):
    return {name: value for name, value in variables.items() if value is not None}


def clean(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LONGSHORE_"))}
    return {**kept, "HOME": home, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "NO_COLOR": "1"}


def text(file):
    file.seek(0)
    return file.read().decode()


def peak_memory(process):
    """Waits for the end of the process. Its largest resident memory in MiB, because that of `wait4` includes the memory
    of this program."""
    peak, ended = [0], threading.Timer(LIMIT_SECONDS, lambda: os.killpg(process.pid, signal.SIGKILL))
    ended.start()
    try:
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak[0] = int(found.group(1)) / 1024 if found else peak[0]
            time.sleep(0.02)
    finally:
        ended.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return peak[0]
