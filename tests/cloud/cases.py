"""Runs test cases one after the other. The name of each case is a sentence."""

import pathlib
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(path):
    return (ROOT / path).read_text()


def play(cases, *arguments):
    """Runs each case and returns the exit code of the process."""
    failed = 0
    for case in cases:
        sentence = case.__name__.replace("_", " ")
        try:
            case(*arguments)
        except Exception:  # noqa: BLE001: any exception of a case is a failure
            failed += 1
            print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
        else:
            print(f"ok     {sentence}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0
