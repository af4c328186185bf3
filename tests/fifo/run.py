"""The order of a FIFO queue under faults: through workers in one process, on the local queue and on
ministack, which ignores attempt ids, then through processes of the program that get SIGTERM.

usage: python run.py PROGRAM
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../servers"))
from processes import answers, free_port, running, wait_for  # noqa: E402


def check(*arguments):
    subprocess.run(["cargo", "test", "--locked", "--quiet", "--test", "fifo", "--", *arguments], check=True)


def main():
    check()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ministack = os.path.join(os.path.dirname(sys.executable), "ministack")
    with running([ministack], BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port)) as process:
        wait_for(process, lambda: answers(url))
        check("2000", "50", url)
    processes = os.path.join(os.path.dirname(__file__), "processes.py")
    subprocess.run([sys.executable, processes, sys.argv[1]], check=True)


if __name__ == "__main__":
    main()
