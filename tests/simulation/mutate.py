"""Breaks the worker in one place at a time, and checks that the simulation finds each.

usage: python tests/simulation/mutate.py [NAME]

Works on a copy of the committed files in target/mutants. Takes one build, and then about two minutes for each
mutation. Exits with 1 if the simulation does not find one of them.
"""

import os
import shutil
import subprocess
import sys
import time

SEEDS = "3000"
COPY = os.path.abspath("target/mutants")
WORKER = "crates/longshore/src/worker"

# What is broken: file, text, replacement.
MUTATIONS = {
    "heartbeats are too late": ("heartbeat_schedule.rs", "timeout / 2", "timeout * 2"),
    "no heartbeat while a delete fails": (
        "settler.rs", "        self.lease.resume();\n        if self.since", "        if self.since"),
    "a release does not wait for a heartbeat": (
        "lease_table.rs", "Silence::Extending => ended.await,",
        "Silence::Extending => return { drop(ended); self.lock().heartbeats.stop(lease) },"),
    "a FIFO lane continues behind a failure": (
        "groups/lane.rs", "Passage::Failed => self.has_failed = true,", "Passage::Failed => return Some(end.slot),"),
    "the last receive is not known": ("processor.rs", "count >= most", "count > most"),
    "a stop drops open receives": (
        "receiver.rs", "                () = self.polling.stop.hurried() => {\n                    self.abandon",
        "                () = self.polling.stop.begun() => {\n                    self.abandon"),
    "a refused delete counts as deleted": (
        "settler.rs", "Some(_) => failed.push(settlement),", "Some(_) => settlement.confirm(),"),
    "a processed message is returned": (
        "disposition.rs", "Self::Done => (Some(Delete),", "Self::Done => (Some(at_once),"),
    "the ledger counts before a stop": (
        "lease_table.rs", "        if self.stop.has_begun() {\n            self.tally.count(fate",
        "        if true {\n            self.tally.count(fate"),
    "receives are not judged": (
        "receiver.rs", "metrics.slo_event(Slo::Polling, judge::polling(messages.len(), took));", ""),
    "no back-off after a failed receive": (
        "poll_loop.rs", "let pause = backoff::poll(error.kind, failures);",
        "let pause = Duration::ZERO * failures;"),
    "an unreachable application uses up receives": (
        "processor.rs", "Signal::Unreachable | Signal::Shortage => true,",
        "Signal::Unreachable | Signal::Shortage => false,"),
    "an interrupted batch counts as released": (
        "groups/lane.rs", "if work.interrupted {", "if false {"),
    "a lost lease does not end its handler": (
        "lease.rs", "        self.term.lost.clone()", "        CancellationToken::new()"),
    "messages behind a failure are not released": (
        "groups/lane.rs", "            buffered::release(work.lease, disposition, settler).await;",
        "            std::mem::forget((work.lease, disposition, settler));"),
}


def copy():
    shutil.rmtree(COPY, ignore_errors=True)
    os.makedirs(COPY)
    archive = subprocess.Popen(["git", "archive", "HEAD"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "--extract", "--directory", COPY], stdin=archive.stdout, check=True)


def is_found(file, text, replacement):
    """Whether the simulation fails, and how to play the first seed that does."""
    path = os.path.join(COPY, WORKER, file)
    original = open(path).read()
    assert original.count(text) == 1, f"{file} has this text {original.count(text)} times: {text}"
    try:
        with open(path, "w") as broken:
            broken.write(original.replace(text, replacement))
        # Its own, because cargo takes a broken crate for the whole one of the same name.
        environment = {**os.environ, "CARGO_TARGET_DIR": f"{COPY}-build"}
        test = ["cargo", "test", "--locked", "--release", "--test", "simulation"]
        subprocess.run([*test, "--no-run"], cwd=COPY, env=environment, check=True, capture_output=True)
        ran = subprocess.run(test, cwd=COPY, env={**environment, "SEEDS": SEEDS}, capture_output=True, text=True)
        lines = [line.strip() for line in ran.stdout.splitlines() if line.startswith(("again", "FAILED: not"))]
        return ran.returncode != 0, lines[0] if lines else ran.stderr[-200:]
    finally:
        with open(path, "w") as whole:
            whole.write(original)


def main():
    chosen = {name: mutation for name, mutation in MUTATIONS.items() if sys.argv[1:] in ([], [name])}
    copy()
    missed = []
    for name, mutation in chosen.items():
        began = time.monotonic()
        found, why = is_found(*mutation)
        print("found " if found else "MISSED", f"{name} ({time.monotonic() - began:.0f} s): {why[:150]}", flush=True)
        if not found:
            missed.append(name)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} found")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
