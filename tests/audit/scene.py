"""Small accounts with queues of given names."""

import contextlib
import random

import healthy
from healthy import Rules
from metrics import Metrics
from queues import Queues
from server import serving


def queue(name, dead=None):
    """A healthy queue that is older than the audited days. Without a dead-letter queue, it is one itself."""
    draft = healthy.draft(random.Random(name), name, Rules(), dead is None)
    draft.created_days, draft.settings["ReceiveMessageWaitTimeSeconds"] = 400, "20"
    if dead:
        draft.move_to(dead)
    return draft


def shop():
    """Three queues and their dead-letter queues, all of them healthy."""
    dead, dead_fifo = queue("shop-dead"), queue("stock-dead.fifo")
    return {one.name: one for one in (dead, dead_fifo, queue("shop-orders", dead), queue("shop-mail", dead),
                                      queue("stock.fifo", dead_fifo))}


@contextlib.contextmanager
def served(drafts, kind=Queues, page=100_800):
    """A server of these queues and their metrics. One answer of CloudWatch has `page` points."""
    metrics = Metrics(page)
    with serving(healthy.publish(drafts, kind, metrics), metrics) as server:
        yield server


def each(scenarios, *arguments):
    """Runs all scenarios of a case. Fails with the errors of all that failed."""
    errors = []
    for scenario in scenarios:
        try:
            scenario(*arguments)
        except AssertionError as error:
            errors.append(f"{scenario.__name__.replace('_', ' ')}: {error}")
    assert not errors, f"{len(errors)} of {len(scenarios)} scenarios:\n" + "\n".join(errors)
    return f"{len(scenarios)} scenarios"
