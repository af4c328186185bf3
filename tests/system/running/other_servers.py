"""Queue servers of other projects. Each is a Python package."""

import contextlib
import pathlib
import sys

import pytest

from running.local_queue import LocalQueue
from running.processes import answers, free_port, running, wait_for

SERVERS = {
    "ministack": lambda port: (["ministack"], {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}),
    "moto": lambda port: (["moto_server", "--host", "127.0.0.1", "--port", str(port)], {}),
}


@contextlib.contextmanager
def other_server(name):
    """This server on a free port. It has no queues."""
    port = free_port()
    (program, *arguments), environment = SERVERS[name](port)
    with running([installed(program), *arguments], **environment) as process:
        url = f"http://127.0.0.1:{port}"
        wait_for(process, lambda: answers(url))
        yield LocalQueue(url, process)


def installed(program):
    """The path of a program in the Python environment of the tests."""
    path = pathlib.Path(sys.executable).with_name(program)
    if not path.exists():
        pytest.skip(f"{path} is missing; run `tests/run` to install it")
    return path
