"""Processes with their children: start, CPU time, memory, end."""

import contextlib
import os
import signal
import subprocess
import threading
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
started = set()
# Locked while a process starts, so that the end of the run misses none.
starting = threading.Lock()


class ProcessTree:
    """A process in a session of its own, with every process that it starts."""

    def __init__(self, command, log, environment=None, cwd=None):
        self.log = Path(log)
        environment = os.environ | (environment or {})
        with starting, self.log.open("ab") as output:
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
        """Resident memory. What the processes share counts once, as much as the largest shares."""
        sizes = [resident_kibibytes(pid) for pid in self.members()]
        private = sum(private for private, _ in sizes)
        return (private + max((shared for _, shared in sizes), default=0)) / 1024

    def is_alive(self):
        return self.process.poll() is None

    def terminate(self, seconds):
        """Sends SIGTERM to the first process, and waits for its end for at most this time."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def kill(self):
        """Ends every process of the tree. Returns how many were left."""
        members = self.members()
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
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


def resident_kibibytes(pid):
    """Private and shared memory of a process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0, 0
    sizes = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return private, sizes["Rss"] - private


def kill_all():
    """Ends every process of the run. None starts afterwards."""
    starting.acquire()
    for tree in list(started):
        tree.kill()
