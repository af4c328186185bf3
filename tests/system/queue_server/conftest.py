"""The queue server of this folder."""

import contextlib

import pytest

from queue_server.calls import SQS
from running.local_queue import local_queue


def pytest_addoption(parser):
    parser.addoption("--queue-server", metavar="URL", default=None,
                     help="A running queue server for the tests in queue_server. The tests change its faults and its "
                          "clock, so run them in one process [default: start `longshore local`]")


@pytest.fixture(scope="session", autouse=True)
def connected(request, longshore):
    """Connects the client of `queue_server.calls` to the queue server."""
    # pytest reads the option only if the command names this folder.
    url = request.config.getoption("queue_server", default=None)
    with contextlib.nullcontext() if url else local_queue(longshore) as started:
        SQS.connect(url or started.url)
        yield
