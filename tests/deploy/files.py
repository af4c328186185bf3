"""Checks the deploy files against schemas and against each other: every overlay, the chart, the image,
the Compose file and the pages that describe them.

usage: python files.py LONGSHORE NODE_MODULES

Each check also runs on mutants, which are copies with one mistake, and must fail for its own mutants.
Exits 1 if a check fails or misses a mutant.
"""

import sys
import tempfile

import chart
import compose
import image
import mutants
import overlays
import pages
import schemas
from manifests import OVERLAYS, Overlay, failures, renamed


def report(title, scenes, checks, make_mutants):
    """Prints the errors of the scenes and the mutants that no check detected. Returns their number."""
    wrong = [f"{name}: {line}" for name, scene in scenes.items() for line in failures(checks, scene)]
    if wrong:  # mutants are useful only if the files themselves are correct
        print("\n".join(wrong))
        return len(wrong)
    broken = make_mutants()
    by_name = {check.__name__: check for check in checks}
    missed = [f"mutant {index}, for {check} in {name}, was not detected"
              for index, (check, name, scene) in enumerate(broken) if not failures([by_name[check]], scene)]
    # A check without a mutant might be unable to fail.
    idle = [f"there is no mutant for {name}" for name in by_name.keys() - {check for check, _, _ in broken}]
    for line in missed + idle:
        print(line)
    print(f"{title}: {len(checks)} checks on {len(scenes)} scenes, no errors; "
          f"{len(broken) - len(missed)} of {len(broken)} mutants detected", flush=True)
    return len(missed) + len(idle)


def main():
    scenes = {name: Overlay(name) for name in OVERLAYS} | {
        f"shop-{name}": Overlay(name, renamed(name)) for name in OVERLAYS}
    failed = schemas.check()
    failed += report("Overlays", scenes, overlays.CHECKS, mutants.all_broken)
    releases = {name: chart.Release(name) for name in chart.RELEASES}
    with tempfile.TemporaryDirectory() as scratch:
        failed += report("Chart", releases, chart.CHECKS, lambda: chart.mutants(scratch))
    failed += report("Image", {"Dockerfile": image.Image()}, image.CHECKS, image.mutants)
    failed += report("Compose", {"compose.yaml": compose.Compose()}, compose.CHECKS, compose.mutants)
    failed += report("Pages", {"docs/deploy": pages.Pages()}, pages.CHECKS, pages.mutants)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
