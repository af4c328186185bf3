"""The deploy files: held against schemas, and against each other where they must agree, in every overlay, in the chart,
in the image, in the Compose file and in the pages about them.

usage: python files.py LONGSHORE NODE_MODULES

Then each is broken on purpose, and the check that is meant for it must notice. Exits 1 if anything is wrong.
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
from manifests import OVERLAYS, Overlay, noticed, renamed


def tell(title, scenes, checks, make_mutants):
    """Prints what is wrong with the scenes, and which mutants nobody noticed. How many is the answer."""
    wrong = [f"{name}: {line}" for name, scene in scenes.items() for line in noticed(checks, scene)]
    if wrong:  # what is wrong already cannot be broken on purpose
        print("\n".join(wrong))
        return len(wrong)
    broken = make_mutants()
    by_name = {check.__name__: check for check in checks}
    missed = [f"mistake {index}, for {check} in {name}, was not noticed"
              for index, (check, name, scene) in enumerate(broken) if not noticed([by_name[check]], scene)]
    # A check that no mutant is meant for might be one that cannot fail.
    idle = [f"nothing is broken for {name}" for name in by_name.keys() - {check for check, _, _ in broken}]
    for line in missed + idle:
        print(line)
    print(f"{title}: {len(checks)} checks of {len(scenes)}, no error; "
          f"{len(broken) - len(missed)} of {len(broken)} mistakes noticed", flush=True)
    return len(missed) + len(idle)


def main():
    scenes = {name: Overlay(name) for name in OVERLAYS} | {
        f"shop-{name}": Overlay(name, renamed(name)) for name in OVERLAYS}
    failed = schemas.check()
    failed += tell("Overlays", scenes, overlays.CHECKS, mutants.all_broken)
    releases = {name: chart.Release(name) for name in chart.RELEASES}
    with tempfile.TemporaryDirectory() as scratch:
        failed += tell("Chart", releases, chart.CHECKS, lambda: chart.mutants(scratch))
    failed += tell("Image", {"Dockerfile": image.Image()}, image.CHECKS, image.mutants)
    failed += tell("Compose", {"compose.yaml": compose.Compose()}, compose.CHECKS, compose.mutants)
    failed += tell("Pages", {"docs/deploy": pages.Pages()}, pages.CHECKS, pages.mutants)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
