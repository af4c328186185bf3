"""Measures which errors of one part the tests find. cargo-mutants writes the errors.

usage: python tests/mutations/score.py local|handlers|worker [SHARD/SHARDS] [--survivors]

Needs cargo-mutants: `cargo install cargo-mutants@27.1.0 --locked`. The part `local` also needs `target/python`, which
`tests/run` creates.

1. cargo-mutants runs the unit tests of the part with each error. The results are in target/mutation-score/PART.
2. Each error that the unit tests did not find is applied to a copy of the committed files in target/mutants, where
   the other tests of the part run until one fails.

With --survivors, only the second stage runs. Exits with 1 if an error survives.
"""

import json
import os
import subprocess
import sys
import time

import stages
from run import COPY, copy

OUTPUT = os.path.abspath("target/mutation-score")


def unit_tests(part, shard):
    """Runs the first stage. cargo-mutants exits with 2 if an error survives, and with 3 after a timeout."""
    os.makedirs(OUTPUT, exist_ok=True)
    command = ["cargo", "mutants", *stages.SOURCES[part], "--all-features", "--cap-lints", "true", "--timeout", "60",
               "--sharding", "round-robin", "--shard", shard, "--output", os.path.join(OUTPUT, part), "--", "--lib",
               *stages.UNIT_TESTS[part]]
    ended = subprocess.run(command, env=stages.ENVIRONMENT)
    assert ended.returncode in (0, 2, 3), f"cargo-mutants exits with {ended.returncode}"


def outcomes(part):
    """The result of each error, without the run of the whole code."""
    with open(os.path.join(OUTPUT, part, "mutants.out", "outcomes.json")) as file:
        return [outcome for outcome in json.load(file)["outcomes"] if outcome["scenario"] != "Baseline"]


def apply(part, outcome, *options):
    diff = os.path.join(OUTPUT, part, "mutants.out", outcome["diff_path"])
    # By name, because the header of the diff has a description in place of the new name.
    file = outcome["scenario"]["Mutant"]["file"]
    subprocess.run(["patch", "--quiet", *options, "--input", diff, file], cwd=COPY, check=True)


def finder(part, outcome):
    """The test of the second stage that finds this error."""
    apply(part, outcome)
    try:
        return next((test.name for test in stages.TESTS[part] if test.fails(COPY)), None)
    finally:
        apply(part, outcome, "--reverse")


def other_tests(part, missed):
    """Runs the second stage. Returns how many errors survive."""
    copy()
    for test in stages.TESTS[part]:
        assert not test.fails(COPY), f"the whole code fails {test.name}"
    survivors = 0
    for outcome in missed:
        began = time.monotonic()
        found_by = finder(part, outcome)
        survivors += found_by is None
        result = f"caught by {found_by}" if found_by else "SURVIVED"
        name = outcome["scenario"]["Mutant"]["name"]
        print(f"{result} ({time.monotonic() - began:.0f} s): {name}", flush=True)
    return survivors


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    part, *shard = [word for word in sys.argv[1:] if word not in options]
    if "--survivors" not in options:
        unit_tests(part, *shard or [stages.SHARDS[part]])
    summaries = ("CaughtMutant", "Timeout", "MissedMutant")
    viable = [outcome for outcome in outcomes(part) if outcome["summary"] in summaries]
    missed = [outcome for outcome in viable if outcome["summary"] == "MissedMutant"]
    survivors = other_tests(part, missed)
    found = len(viable) - survivors
    print(f"{len(viable)} errors: {len(viable) - len(missed)} caught by unit tests, {len(missed) - survivors} by other "
          f"tests, {survivors} survived; score {100 * found / len(viable):.1f} %")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
