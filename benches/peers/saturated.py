"""Throughput, CPU and memory with a backlog, and a handler that only writes the journal."""

import time

from stage import Stage
from steady import requests


def measure(programs, peer, pace):
    backlog = peer.backlog if not pace.is_quick else max(peer.backlog // 4, 1_000)
    with Stage(programs, peer, "saturated", handler_ms=0) as stage:
        stage.send([f"s-{n}" for n in range(backlog)])
        stage.start_consumer()
        stage.wait_until(lambda: len(ended(stage)) > 0, 60, "processed no message")
        # The first second includes connections and imports.
        time.sleep(1)
        first = sample(stage)
        finished = lambda: len(ended(stage)) >= backlog  # noqa: E731
        all_processed = stage.wait_until(finished, pace.saturated_seconds)
        last, memory = sample(stage), stage.memory_mebibytes()
        return figures(stage, first, last, memory) | {"backlog_used_up": all_processed}


def ended(stage):
    return stage.journal.read_bytes().split(b"end ")[1:]


def sample(stage):
    counts = stage.proxy.counts()
    return {"time": time.monotonic(), "cpu": stage.cpu_seconds(), "ended": len(ended(stage)),
            "deleted": counts["messages_deleted"], "requests": requests(counts)}  # fmt: skip


def figures(stage, first, last, memory):
    seconds = last["time"] - first["time"]
    count = max(last["ended"] - first["ended"], 1)
    ends = stage.events("end")
    deleted = max(last["deleted"] - first["deleted"], 1)
    return {
        "messages": count,
        "seconds": round(seconds, 1),
        "messages_per_second": round(count / seconds),
        "requests_per_message": round((last["requests"] - first["requests"]) / deleted, 2),
        "cpu_ms_per_message": round((last["cpu"] - first["cpu"]) * 1000 / count, 3),
        "memory_mib": round(memory, 1),
        "handled_twice": len(ends) - len(dict(ends)),
    }
