"""A worker with its queue server, for the tests of its status page."""

import contextlib
import json

import running.worker
from running.local_queue import local_queue, redriving

DEAD_LETTERS = "dead-letters"


@contextlib.contextmanager
def worker(longshore, handler, queues=("orders", "mail"), *arguments, faults=(), receives=0):
    """Yields the worker, and a function that sends messages. `handler` is a URL, or has the URL or the command for each
    queue. `faults` are the rules of the queue server. After this number of receives, the queue server moves a message
    to the dead-letter queue; 0 for none."""
    created = [DEAD_LETTERS, *(redriving(queue, DEAD_LETTERS, receives) for queue in queues)] if receives else queues
    with local_queue(longshore, *created) as server:
        server.set_faults(faults)

        def send(queue, count, body="m"):
            server.send(queue, [f"{body}{number}" for number in range(count)])

        options = ("--set", "defaults.wait=1s", *arguments)
        with running.worker.worker(longshore, server, *options, config=configuration(handler, queues)) as started:
            yield started, send


def configuration(handler, queues):
    return "".join(table(queue, handler[queue] if isinstance(handler, dict) else handler) for queue in queues)


def table(queue, handler):
    kind = "http" if isinstance(handler, str) else "command"
    # A JSON string or list is also one of TOML.
    return f'[[queue]]\nname = "{queue}"\nhandler = {{ {kind} = {json.dumps(handler)} }}\n'


def deleted(worker):
    """The number of deleted messages of each queue."""
    return [queue["work"]["deleted"] for queue in worker.report()["queues"]]
