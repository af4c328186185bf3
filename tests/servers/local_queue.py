"""Starts `longshore local` on a free port and runs local_boto3.py with it.

usage: python local_queue.py PATH_OF_LONGSHORE

Exits 1 if any case fails.
"""

import os
import re
import subprocess
import sys

from processes import running, wait_for

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "local_boto3.py")


def main():
    longshore = os.path.abspath(sys.argv[1])
    with running([longshore, "local", "--listen", "127.0.0.1:0"]) as local:
        url = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        return subprocess.run([sys.executable, CASES, url], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
