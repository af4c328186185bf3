"""Cases one after the other, each a sentence."""

import pathlib
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(path):
    return (ROOT / path).read_text()


def play(cases, *arguments):
    """Runs each; returns what the process is to exit with."""
    failed = 0
    for case in cases:
        sentence = case.__name__.replace("_", " ")
        try:
            case(*arguments)
        except Exception:  # noqa: BLE001: whatever a case raises is its failure
            failed += 1
            print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
        else:
            print(f"ok     {sentence}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0
