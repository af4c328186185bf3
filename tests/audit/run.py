"""`longshore audit` with accounts in this process, with Terraform plans, and with the counters of workers.

usage: python run.py PATH_OF_LONGSHORE [CASE]

Starts servers of SQS and CloudWatch on free loopback ports. Each account is generated, so its faults are known. Exits 1
if a case fails.
"""

import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "servers")]
from cases import baseline, counters, denied, formats, generated, load, money, plan, selection  # noqa: E402
from program import Audit  # noqa: E402

CASES = {
    "generated": ("each fault of generated accounts is found, and nothing else", generated.run),
    "clean": ("a clean account has no findings", money.clean),
    "story": ("the empty receives of one queue cost $2,880 a month", money.story),
    "selection": ("only the selected queues are read", selection.run),
    "denied": ("the audit reports what it cannot read", denied.run),
    "throttled": ("throttling changes no finding", load.throttled),
    "large": ("10,000 queues take less than five minutes", load.large),
    "plan": ("the faults of Terraform plans are found", plan.run),
    "formats": ("each format is valid and complete", formats.run),
    "baseline": ("accepted findings do not count until they expire", baseline.run),
    "prometheus": ("the counters of workers are exact", counters.run),
}


def main():
    audit, chosen = Audit(sys.argv[1]), sys.argv[2:] or list(CASES)
    if unknown := set(chosen) - set(CASES):
        sys.exit(f"run.py: no case {', '.join(unknown)}; the cases are {', '.join(CASES)}")
    failed = 0
    for name in chosen:
        sentence, case = CASES[name]
        began = time.monotonic()
        try:
            print(f"ok     {name}: {sentence} ({case(audit)}; {time.monotonic() - began:.0f} s)", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {sentence}: {error}", flush=True)
        except Exception:  # noqa: BLE001: any exception is a failure of the case
            failed += 1
            print(f"FAILED {name}: {sentence}\n{traceback.format_exc()}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
