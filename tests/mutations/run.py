"""Breaks the code in one place at a time, and checks that a test finds each.

usage: python tests/mutations/run.py simulation|interleavings [NAME]

Works on a copy of the committed files in target/mutants. Takes one build, and then about two minutes for each
mutation of the simulation and half a minute for each of the interleavings. Exits with 1 if one is not found.
"""

import os
import shutil
import subprocess
import sys
import time

import interleavings
import simulation

COPY = os.path.abspath("target/mutants")
# A target folder of its own, because cargo takes a broken crate for the whole one of the same name.
# Little optimization, because here a build takes longer than its test.
ENVIRONMENT = {
    **os.environ,
    "CARGO_TARGET_DIR": f"{COPY}-build",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "64",
    "CARGO_PROFILE_RELEASE_INCREMENTAL": "true",
    "SEEDS": "3000",
    "RUST_BACKTRACE": "0",
}
TIMEOUT = 900
SIMULATION = ["cargo", "test", "--locked", "--release", "--test", "simulation"]
INTERLEAVINGS = ["tests/interleavings/run", "2000"]
# The mutations, how to build the test, how to run it, and the lines that say what it found.
SUITES = {
    "simulation": (simulation.MUTATIONS, [*SIMULATION, "--no-run"], SIMULATION, ("again", "FAILED: not")),
    "interleavings": (interleavings.MUTATIONS, ["tests/interleavings/run", "build"], INTERLEAVINGS, ("    ",)),
}


def copy():
    shutil.rmtree(COPY, ignore_errors=True)
    os.makedirs(COPY)
    archive = subprocess.Popen(["git", "archive", "HEAD"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "--extract", "--directory", COPY], stdin=archive.stdout, check=True)


def is_found(mutation, build, test, marks):
    """Whether the test fails, and the first line that says why."""
    file, text, replacement = mutation
    path = os.path.join(COPY, file)
    with open(path) as source:
        original = source.read()
    assert not text or original.count(text) == 1, f"{file} has this text {original.count(text)} times: {text}"
    try:
        with open(path, "w") as broken:
            broken.write(original.replace(text, replacement))
        built = subprocess.run(build, cwd=COPY, env=ENVIRONMENT, capture_output=True, text=True)
        assert built.returncode == 0, built.stderr
        try:
            ran = subprocess.run(test, cwd=COPY, env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return True, f"the test did not end within {TIMEOUT} s"
        lines = [line.strip() for line in ran.stdout.splitlines() if line.startswith(marks)]
        return ran.returncode != 0, lines[-1] if lines else ran.stderr[-200:]
    finally:
        with open(path, "w") as whole:
            whole.write(original)


def main():
    suite, *names = sys.argv[1:]
    mutations, *tests = SUITES[suite]
    chosen = {name: mutation for name, mutation in mutations.items() if names in ([], [name])}
    assert chosen, f"unknown: {names[0]}; known: {', '.join(mutations)}"
    copy()
    # Otherwise a test that always fails would find everything.
    assert not is_found((next(iter(mutations.values()))[0], "", ""), *tests)[0], "the whole code fails its test"
    missed = []
    for name, mutation in chosen.items():
        began = time.monotonic()
        found, why = is_found(mutation, *tests)
        print("found " if found else "MISSED", f"{name} ({time.monotonic() - began:.0f} s): {why[:150]}", flush=True)
        if not found:
            missed.append(name)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} found")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
