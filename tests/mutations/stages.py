"""The parts whose mutation score is measured: their files, and the tests that must find an error in them."""

import os
import signal
import subprocess
from dataclasses import dataclass

BUILD = os.path.abspath("target/mutants-score")
TIMEOUT = 600
# Builds that are fast after a small change. Link-time optimization of the simulation would take minutes.
ENVIRONMENT = {
    **os.environ,
    "CARGO_INCREMENTAL": "1",
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_PROFILE_TEST_DEBUG": "0",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "64",
    "CARGO_PROFILE_RELEASE_INCREMENTAL": "true",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    # Otherwise a result depends on chance.
    "PROPTEST_RNG_SEED": "1",
    "RUST_BACKTRACE": "0",
    "SEEDS": "2000",
}


@dataclass
class Test:
    """A test of the second stage: its name, how to build it, and how to run it."""

    name: str
    build: list
    run: list

    def fails(self, directory):
        """Whether the test fails on the code in this directory, or does not end."""
        environment = {**ENVIRONMENT, "CARGO_TARGET_DIR": BUILD}
        built = subprocess.run(self.build, cwd=directory, env=environment, capture_output=True, text=True)
        assert built.returncode == 0, built.stderr
        ran = subprocess.Popen(self.run, cwd=directory, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return ran.wait(TIMEOUT) != 0
        except subprocess.TimeoutExpired:
            # cargo and its test have a process group of their own.
            os.killpg(ran.pid, signal.SIGKILL)
            return True


def integration(*filters):
    test = ["cargo", "test", "--locked", "--test", "it"]
    return Test(f"tests/it {' '.join(filters)}", [*test, "--no-run"], [*test, "--", *filters])


SIMULATION = ["cargo", "test", "--locked", "--release", "--test", "simulation"]
BOTO3 = [os.path.abspath("target/python/bin/python"), "-m", "pytest", "tests/system/queue_server", "--exitfirst",
         "--quiet", "--ignore=tests/system/queue_server/test_clients.py", "--longshore", f"{BUILD}/debug/longshore"]

# What cargo-mutants changes.
SOURCES = {
    "local": ["--package", "longshore-local", "--exclude", "**/interleavings.rs"],
    "handlers": ["--package", "longshore", "--file", "**/handler/**"],
    "worker": ["--package", "longshore", "--file", "**/worker/**", "--exclude", "**/interleavings/**"],
}

# The modules of the unit tests. Those of the local queue are fast enough to run all.
UNIT_TESTS = {"local": [], "handlers": ["handler::"], "worker": ["worker::"]}

# One shard is a sample of about 100 to 170 errors.
SHARDS = {"local": "0/5", "handlers": "0/5", "worker": "0/10"}

TESTS = {
    "local": [integration("local"), Test("the boto3 suite", ["cargo", "build", "--locked"], BOTO3)],
    "handlers": [integration("handlers"), integration("batch", "config", "scrape", "series"), integration("process")],
    "worker": [
        Test("the simulation", [*SIMULATION, "--no-run"], SIMULATION),
        integration("lease", "settling", "drain", "fifo", "batch", "breaker", "delivery", "gather", "fair",
                    "shared_limit", "overload", "dead_letters", "objectives", "readiness", "scrape", "series", "demo"),
        integration("process"),
    ],
}
