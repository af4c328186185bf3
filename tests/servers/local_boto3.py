"""Checks the documented behavior of SQS with boto3 on the server at this URL.

usage: python local_boto3.py http://127.0.0.1:PORT

Each case creates its own queues. Exits 1 if any case fails.
"""

import sys
import traceback

from boto3_cases import harness
# The cases, in this order.
from boto3_cases import queues, places, sending, receiving, settling, batches, fifo  # noqa: F401
from boto3_cases import moving, permissions, wire  # noqa: F401

def main():
    failed = 0
    for function in harness.CASES:
        sentence = f"{function.__module__.rsplit('.', 1)[1]}: {function.__name__.replace('_', ' ')}"
        try:
            function()
        except Exception:  # noqa: BLE001: any exception is a failure of the case
            failed += 1
            print(f"FAILED {sentence}\n{traceback.format_exc()}")
        else:
            print(f"ok     {sentence}")
    print(f"{len(harness.CASES) - failed} passed, {failed} failed")
    return 1 if failed or not harness.CASES else 0


if __name__ == "__main__":
    sys.exit(main())
