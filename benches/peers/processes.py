"""Processes with their children: start, CPU time, memory, end."""

import os
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
started = set()


class ProcessTree:
    """A process in a session of its own, with every process that it starts."""

    def __init__(self, command, log, environment=None, cwd=None):
        self.log = Path(log)
        environment = os.environ | (environment or {})
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=environment, cwd=cwd, start_new_session=True,
            )  # fmt: skip
        self.marker = environment.get("JOURNAL", "").encode()
        started.add(self)

    def members(self):
        """The processes of the session, and those that inherited its environment."""
        pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
        return [pid for pid in pids if self.contains(pid)]

    def contains(self, pid):
        try:
            if int(stat(pid)[3]) == self.process.pid:
                return stat(pid)[0] != "Z"
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            return bool(self.marker) and b"JOURNAL=" + self.marker + b"\0" in environment
        except (OSError, IndexError):
            return False

    def cpu_seconds(self):
        """User and system time of the processes and of their children that ended."""
        return sum(cpu_ticks(pid) for pid in self.members()) / TICKS

    def memory_mebibytes(self):
        """Proportional set size, which counts memory that processes share once."""
        return sum(proportional_kibibytes(pid) for pid in self.members()) / 1024

    def is_alive(self):
        return self.process.poll() is None

    def terminate(self, patience):
        """Sends SIGTERM to the first process. Returns the seconds until its end, or None."""
        began = time.monotonic()
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began

    def kill(self):
        """Ends every process of the tree. Returns how many were left."""
        members = self.members()
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        started.discard(self)
        return len(members)

    def log_lines(self):
        return self.log.read_text(errors="replace").splitlines()


def stat(pid):
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def cpu_ticks(pid):
    try:
        return sum(int(ticks) for ticks in stat(pid)[11:15])
    except OSError:
        return 0


def proportional_kibibytes(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def kill_all():
    for tree in list(started):
        tree.kill()
