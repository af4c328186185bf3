"""Accounts of many queues with a known set of faults, generated from a seed."""

import random as randoms

from audit import access, faults, healthy
from audit.healthy import LONGEST_RETENTION, Rules, name_of
from audit.metrics import DAY

# A redrive allow policy lists up to 10 sources.
MOST_SOURCES = 10
DEAD_SHARE = 0.22


class Account:
    """The drafts of its queues. `rules` are what the audit must require."""

    def __init__(self, seed, count, is_healthy=False):
        self.random = randoms.Random(seed)
        is_strict = not is_healthy and seed % 2 == 1
        self.rules = Rules(("cost-center", "team"), customer_key=True) if is_strict else Rules()
        dead = max(int(count * DEAD_SHARE), 4)
        self.dead = [self.draft(number, True, number % 3 == 0) for number in range(dead)]
        self.work = [self.draft(number, False, number % 3 == 0) for number in range(dead, count)]
        self.relate()
        for queue in self.dead if is_healthy else ():
            self.change(queue, nothing)
        if not is_healthy:
            self.add_faults()

    def draft(self, number, is_dead, fifo):
        return healthy.draft(self.random, name_of(self.random, number, is_dead, fifo), self.rules, is_dead)

    def relate(self):
        """Each dead-letter queue gets at least one source, and the last of them more than can be listed."""
        free = {fifo: [one for one in self.dead if one.fifo == fifo] for fifo in (True, False)}
        most = next(one for one in reversed(self.dead) if not one.fifo)
        for queue in self.work:
            unused = [one for one in free[queue.fifo] if not one.sources]
            is_most = not queue.fifo and not unused and self.random.random() < 0.3
            queue.move_to(most if is_most else self.random.choice(unused or free[queue.fifo]))

    def add_faults(self):
        for queue in self.work:
            self.add(queue, faults.FAULTS + access.FAULTS, self.random.choice([0, 1, 2, 4, 8]))
        self.name_queues_of_another_type()
        for queue in self.dead:
            self.add(queue, access.FAULTS, self.random.choice([0, 0, 1, 2]))
            self.change(queue, self.random.choice(CHANGES))

    def add(self, queue, among, count):
        for fault in self.random.sample(among, count):
            if fault.fits(queue):
                fault.add_to(queue, self.random)

    def name_queues_of_another_type(self):
        for queue in self.random.sample(self.work, len(self.work) // 20):
            others = [one for one in self.dead if one.fifo != queue.fifo]
            if others and "target" not in queue.changed | queue.read and len(queue.target.sources) > 1:
                queue.move_to(self.random.choice(others))
                queue.expected.add("dead-letter-queue-type")
                queue.changed.add("target")

    def change(self, dead, do):
        """Changes a dead-letter queue. Its sources are final, except that it may lose all of them."""
        do(dead, self.random)
        if len(dead.sources) > MOST_SOURCES:
            dead.allows = "allowAll"
            dead.expected.discard("redrive-allow-all")

    def drafts(self):
        return self.work + self.dead

    def expected(self):
        return {(queue.name, check) for queue in self.drafts() for check in queue.expected}

    def empty_receives(self):
        """Those of a month, from what each queue does in an hour."""
        return sum(queue.traffic.empty_receives for queue in self.drafts()) * 24 * 30


def nothing(dead, random):
    pass


def messages(dead, random):
    dead.waiting = random.choice([1, 700])
    dead.expected.add("dead-letters")


def any_source(dead, random):
    dead.allows = random.choice([None, "allowAll"])
    dead.expected.add("redrive-allow-all")


def no_source(dead, random):
    dead.allows = "denyAll"


def short_retention(dead, random):
    """A standard queue keeps the time of a message, so it loses those that waited for long in their source."""
    retention = random.choice([DAY, 3 * DAY, 4 * DAY, 7 * DAY, LONGEST_RETENTION - DAY])
    dead.settings["MessageRetentionPeriod"] = str(retention)
    if retention < 4 * DAY:
        dead.expected.add("short-retention")
    for source in dead.sources:
        if not source.fifo and source.retention() >= retention:
            source.expected.add("dead-letter-retention")


def polled(dead, random):
    dead.settings["ReceiveMessageWaitTimeSeconds"] = "0"
    dead.traffic.empty_receives = 36_000
    dead.expected.add("empty-receives")


def no_longer_named(dead, random):
    """Its only source names no dead-letter queue. So it is an ordinary queue, which nothing is sent to."""
    if len(dead.sources) != 1 or "target" in dead.sources[0].changed | dead.sources[0].read:
        return
    [source] = dead.sources
    source.move_to(None)
    source.expected = source.expected - {"max-receive-count"} | {"no-dead-letter-queue"}
    dead.created_days = 400
    dead.expected |= {"no-dead-letter-queue", "unused-queue"}
    if dead.settings["ReceiveMessageWaitTimeSeconds"] == "0":
        dead.expected.add("wait-time-zero")


CHANGES = [nothing, nothing, messages, any_source, any_source, no_source, short_retention, polled, no_longer_named]
