"""Runs every consumer through every scenario. Started by benches/peers/run."""

import argparse
import json
import os
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import contradictions
import saturated
import shutdown
import steady
import tables
import trouble
from machine import Programs, description
from processes import kill_all
from settings import PEERS


@dataclass(frozen=True)
class Pace:
    is_quick: bool
    idle_seconds: int = 60
    slow_seconds: int = 30
    medium_seconds: int = 20
    fast_seconds: int = 12
    saturated_seconds: int = 8
    failing_seconds: int = 15


QUICK = Pace(True, 20, 5, 3, 3, 2, 6)
QUICK_LANES = 10
NOT_IN_A_QUICK_RUN = {"fast", "lost_poll", "at_rest"}

# Scenarios that run at the same time, and the number of consumers that do. Those that load the
# machine run alone.
GROUPS = [
    (5, {"steady": steady.measure}),
    (1, {"fast": steady.measure_fast, "saturated": saturated.measure}),
    (8, {
        "in_flight": shutdown.with_messages,
        "open_poll": shutdown.with_open_receive,
        "lost_poll": shutdown.with_lost_poll,
        "at_rest": shutdown.at_rest,
        "refused": trouble.refused,
        "failing": trouble.failing,
    }),
]  # fmt: skip


def main():
    arguments = parse()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    programs = Programs(arguments.longshore, arguments.peers, arguments.directory)
    machine, peers = description(programs), chosen(arguments.only)
    results = compare(programs, peers, QUICK if arguments.quick else Pace(False))
    report = {"machine": machine, "quick": arguments.quick, "results": results}
    (arguments.directory / "results.json").write_text(json.dumps(report, indent=2) + "\n")
    tables.write(report, arguments.directory / "tables.md")
    if not arguments.quick and not arguments.only:
        tables.publish(report)
    found = contradictions.find(results)
    for contradiction in found:
        print(f"FAILED: {contradiction}")
    return 1 if found else 0


def interrupt(number, _frame):
    """Stops every process. The threads of the scenarios cannot be interrupted, so they just end."""
    kill_all()
    os._exit(128 + number)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--longshore", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    return parser.parse_args()


def chosen(names):
    peers = [peer for peer in PEERS if not names or any(name in peer.name for name in names)]
    if not peers:
        sys.exit(f"no consumer has such a name; there are: {', '.join(p.name for p in PEERS)}")
    return peers


def compare(programs, peers, pace):
    results = {peer.name: {} for peer in peers}
    for peer in peers:
        if reason := programs.missing.get(peer.runtime):
            results[peer.name]["not_run"] = reason
            print(f"NOT RUN: {peer.name}: {reason}", flush=True)
    able = [peer for peer in peers if "not_run" not in results[peer.name]]
    for lanes, scenarios in groups(pace):
        began = time.monotonic()
        tasks = [(key, peer) for key in scenarios for peer in able]
        run = lambda task: attempt(scenarios[task[0]], programs, task[1], pace)  # noqa: B023, E731
        with ThreadPoolExecutor(lanes) as threads:
            for (key, peer), result in zip(tasks, threads.map(run, tasks), strict=True):
                results[peer.name][key] = result
                print(f"{key:10} {peer.name:28} {json.dumps(result)}", flush=True)
        print(f"{', '.join(scenarios)}: {time.monotonic() - began:.0f} s", flush=True)
    return results


def groups(pace):
    if not pace.is_quick:
        return GROUPS
    return [(QUICK_LANES, without_slow(scenarios)) for _, scenarios in GROUPS]


def without_slow(scenarios):
    return {key: run for key, run in scenarios.items() if key not in NOT_IN_A_QUICK_RUN}


def attempt(scenario, programs, peer, pace):
    """One scenario. If it fails, the others go on."""
    try:
        return scenario(programs, peer, pace)
    except Exception as error:
        traceback.print_exc()
        return {"error": str(error)}


if __name__ == "__main__":
    sys.exit(main())
