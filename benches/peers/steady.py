"""Requests, cost and waiting time at a steady rate of messages, and while no message arrives."""

import statistics
import time

from stage import Stage
from traffic import send_at_rate

DOLLARS_PER_MILLION = 0.40
MINUTES_PER_MONTH = 30 * 24 * 60
# How long the last messages may take after the last was sent.
CATCH_UP_SECONDS = 5


def measure(programs, peer, pace):
    """An idle queue, then 1 and 10 messages per second."""
    with Stage(programs, peer, "steady") as stage:
        stage.start_consumer()
        # The window begins within an open receive, and its length is a multiple of 20 s.
        time.sleep(2)
        result = {"idle": idle(stage, peer, pace.idle_seconds)}
        result["1/s"] = at_rate(stage, 1, pace.slow_seconds)
        result["10/s"] = at_rate(stage, 10, pace.medium_seconds)
        return result


def measure_fast(programs, peer, pace):
    """100 messages per second, alone on the machine."""
    with Stage(programs, peer, "fast") as stage:
        stage.start_consumer()
        time.sleep(1)
        return {"100/s": at_rate(stage, 100, pace.fast_seconds)}


def idle(stage, peer, seconds):
    before, cpu, began = stage.proxy.counts(), stage.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    after, took = stage.proxy.counts(), time.monotonic() - began
    per_minute = (requests(after) - requests(before)) * 60 / took
    per_month = per_minute * MINUTES_PER_MONTH + peer.rare_requests[0]
    return {
        "seconds": round(took, 1),
        "requests_per_minute": round(per_minute, 1),
        "dollars_per_month": round(per_month * DOLLARS_PER_MILLION / 1e6, 4),
        "cpu_percent_of_core": round((stage.cpu_seconds() - cpu) / took * 100, 2),
        "memory_mib": round(stage.memory_mebibytes(), 1),
    }


def at_rate(stage, rate, seconds):
    before, cpu, began = stage.proxy.counts(), stage.cpu_seconds(), time.monotonic()
    sent = send_at_rate(stage, f"r{rate}", rate, seconds)
    target = before["messages_deleted"] + len(sent)
    deleted = lambda: stage.proxy.counts()["messages_deleted"] >= target  # noqa: E731
    kept_up = stage.wait_until(deleted, CATCH_UP_SECONDS)
    after, took = stage.proxy.counts(), time.monotonic() - began
    cpu_seconds = stage.cpu_seconds() - cpu
    done = after["messages_deleted"] - before["messages_deleted"]
    starts = [(name, at) for name, at in stage.events("start") if name in sent]
    waits = sorted((at - sent[name]) * 1000 for name, at in starts)
    return {
        "sent": len(sent),
        "processed": done,
        "kept_up": kept_up,
        "processed_per_second": round(done / took, 1),
        "requests_per_message": round((requests(after) - requests(before)) / max(done, 1), 2),
        "empty_receives": after["empty_receives"] - before["empty_receives"],
        "cpu_ms_per_message": round(cpu_seconds * 1000 / max(done, 1), 2),
        "wait_ms_p50": quantile(waits, 0.50),
        "wait_ms_p99": quantile(waits, 0.99),
        "handled_twice": len(starts) - len(dict(starts)),
    }


def requests(counts):
    return sum(counts["requests"].values())


def quantile(values, share):
    if len(values) < 2:
        return None
    return round(statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1], 1)
