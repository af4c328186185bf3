"""Small accounts with queues of given names."""

import contextlib
import random

from audit import healthy
from audit.healthy import Rules
from audit.metrics import Metrics
from audit.queues import Queues
from audit.server import denied, serving


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


def faulty_shop():
    """The same queues with `ALL_FAULTS`."""
    drafts = shop()
    drafts["shop-orders"].settings["ReceiveMessageWaitTimeSeconds"] = "0"
    drafts["shop-orders"].traffic.empty_receives = 1e6
    drafts["shop-mail"].receives = 1
    drafts["shop-mail"].tags = {}
    return drafts


ALL_FAULTS = {("shop-orders", "wait-time-zero"), ("shop-orders", "empty-receives"), ("shop-mail", "max-receive-count"),
              ("shop-mail", "tags")}


def refusing(action, is_refused=lambda parameters: True, error=None):
    """A function for `Server.refuse` that denies this action."""
    def refuse(called, parameters):
        if called == action and is_refused(parameters):
            raise error or denied(action)
    return refuse
