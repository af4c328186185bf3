"""Memory and file descriptors of processes, sampled while they run."""

import asyncio
import os
import time

EVERY_SECONDS = 5
# A process fills its buffers and histories in the first part of the run.
WARM_UP = 1 / 3
# The last third may be this much above the middle third. An allocator returns memory late.
TOLERANCE = 1.05
TOLERANCE_MIB = 2
HEADINGS = ["process", "memory in the middle third", "memory in the last third", "file descriptors, most",
            "CPU seconds"]


class Samples:
    def __init__(self, processes):
        self.processes, self.began = processes, time.monotonic()
        # Of each process: (seconds, MiB, descriptors).
        self.taken = {name: [] for name in processes}
        self.cpu = dict.fromkeys(processes, 0)

    async def take(self):
        while True:
            for name, pid in self.processes.items():
                seconds = time.monotonic() - self.began
                descriptors = len(os.listdir(f"/proc/{pid}/fd"))
                self.taken[name].append((seconds, resident(pid), descriptors))
                self.cpu[name] = cpu_seconds(pid)
            await asyncio.sleep(EVERY_SECONDS)

    def thirds(self, name, column):
        """The largest value in the middle third of the run, and in the last third."""
        taken = self.taken[name]
        middle, last = int(len(taken) * WARM_UP), int(len(taken) * (1 + WARM_UP) / 2)
        return [max(sample[column] for sample in part) for part in (taken[middle:last], taken[last:])]

    def problems(self):
        problems = []
        for name in self.processes:
            (before, after), (open_before, open_after) = self.thirds(name, 1), self.thirds(name, 2)
            if after > before * TOLERANCE + TOLERANCE_MIB:
                problems.append(f"{name} grew from {before:.0f} to {after:.0f} MiB")
            if open_after > open_before + 2:
                problems.append(f"{name} has {open_after} file descriptors, after {open_before}")
        return problems

    def table(self):
        rows = [HEADINGS, ["---"] * len(HEADINGS)]
        for name, taken in self.taken.items():
            before, after = self.thirds(name, 1)
            most = max(descriptors for _, _, descriptors in taken)
            rows.append([name, f"{before:.1f} MiB", f"{after:.1f} MiB", str(most), f"{self.cpu[name]:.0f}"])
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def memory(self):
        """Of each process: (minutes, MiB)."""
        return {name: [(seconds / 60, mib) for seconds, mib, _ in taken] for name, taken in self.taken.items()}


def resident(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
