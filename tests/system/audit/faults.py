"""Faults of queues with work: what is done to a healthy queue, and what the audit must find then.

Each fault changes parts of a queue, and depends on others. No other fault changes these, so what one fault adds is not
taken away by another. A fault that expects nothing is near a fault, and must not be found.
"""

import dataclasses
from collections.abc import Callable

from audit.healthy import KIB, LONGEST_RETENTION, MIB
from audit.metrics import DAY
from audit.traffic import DAYS

FAULTS = []


@dataclasses.dataclass
class Fault:
    changes: set
    reads: set
    applies: Callable
    # Changes the queue, and returns the checks that find it.
    do: Callable

    def fits(self, queue):
        changes_own_parts = not self.changes & (queue.changed | queue.read)
        return changes_own_parts and not self.reads & queue.changed and self.applies(queue)

    def add_to(self, queue, random):
        queue.changed |= self.changes
        queue.read |= self.reads
        queue.expected |= self.do(queue, random)


def fault(*changes, reads=(), applies=lambda queue: True, among=FAULTS):
    def register(do):
        among.append(Fault(set(changes), set(reads), applies, do))
        return do
    return register


def is_fifo(queue):
    return queue.fifo


def is_standard(queue):
    return not queue.fifo


def is_old(queue):
    return queue.created_days > DAYS


def can_leave(queue):
    """A dead-letter queue without a source would be an ordinary queue."""
    return len(queue.target.sources) > 1


def loops(number, wait):
    """The empty receives in an hour of idle poll loops."""
    return number * 3_600 / wait


# Money


@fault("wait", "empties")
def short_polling(queue, random):
    queue.settings["ReceiveMessageWaitTimeSeconds"] = "0"
    queue.traffic.empty_receives = loops(random.choice([1, 3, 20]), random.choice([0.01, 0.1, 0.3]))
    return {"wait-time-zero", "empty-receives"}


@fault("wait", "empties")
def shorter_long_polling(queue, random):
    wait, number = random.choice([(1, 3), (2, 10), (5, 20), (5, 40)])
    queue.settings["ReceiveMessageWaitTimeSeconds"] = str(wait)
    queue.traffic.empty_receives = loops(number, wait)
    return {"empty-receives"}


@fault("wait", "empties")
def default_wait_of_zero(queue, random):
    """Each consumer sets WaitTimeSeconds in its requests, so little is wasted."""
    queue.settings["ReceiveMessageWaitTimeSeconds"] = "0"
    queue.traffic.empty_receives = loops(random.choice([0, 1, 4]), 20)
    return {"wait-time-zero"}


@fault("wait", "empties")
def many_idle_poll_loops(queue, random):
    queue.settings["ReceiveMessageWaitTimeSeconds"] = "20"
    queue.traffic.empty_receives = loops(random.choice([60, 400, 5_000]), 20)
    return {"idle-pollers"}


@fault("wait", "empties")
def fixed_15_days_ago(queue, random):
    queue.settings["ReceiveMessageWaitTimeSeconds"] = "20"
    queue.traffic.empty_receives, queue.traffic.earlier_empty_receives = loops(40, 20), 1e9
    return set()


@fault("sizes", "limit", reads=["messages"])
def large_messages(queue, random):
    queue.settings["MaximumMessageSize"] = str(MIB)
    average = random.choice([65, 100, 300]) * KIB
    queue.traffic.bytes_average, queue.traffic.bytes_largest = average, 2 * average
    return {"large-messages"}


@fault("sizes", "limit", reads=["messages", "created"], applies=is_old)
def one_large_message_on_a_quiet_day(queue, random):
    queue.settings["MaximumMessageSize"] = str(MIB)
    queue.traffic.bytes_average, queue.traffic.large_message = 2 * KIB, 1_000 * KIB
    return set()


@fault("groups", reads=["messages", "waiting"], applies=is_fifo)
def one_message_group(queue, random):
    queue.traffic.groups = 1
    return {"fifo-without-groups"}


@fault("messages", "waiting", "created")
def no_messages(queue, random):
    queue.traffic.sent, queue.waiting, queue.created_days = 0, 0, random.choice([9, 400])
    return {"unused-queue"}


@fault("messages", "waiting", "created")
def no_messages_but_young_or_not_empty(queue, random):
    queue.traffic.sent = 0
    queue.waiting, queue.created_days = random.choice([(0, 5), (3, 400)])
    return set()


# Loss


@fault("target", "receives", applies=can_leave)
def no_redrive_policy(queue, random):
    queue.move_to(None)
    return {"no-dead-letter-queue"}


@fault("target", applies=can_leave)
def deleted_dead_letter_queue(queue, random):
    queue.move_to("deleted.fifo" if queue.fifo else "deleted")
    return {"no-dead-letter-queue"}


@fault("receives")
def unsuitable_receives(queue, random):
    queue.receives = random.choice([1, 2, 101, 1_000])
    return {"max-receive-count"}


@fault("retention")
def longest_retention(queue, random):
    """A dead-letter queue cannot keep messages longer, and a FIFO queue gives dead letters a new time."""
    queue.settings["MessageRetentionPeriod"] = str(LONGEST_RETENTION)
    return set()


@fault("retention")
def short_retention(queue, random):
    queue.settings["MessageRetentionPeriod"] = str(random.choice([3_600, DAY, 4 * DAY - 1]))
    return {"short-retention"}


@fault("ages", reads=["retention", "messages", "created"], applies=is_old)
def message_near_its_retention(queue, random):
    queue.traffic.ages[DAYS - 5] = random.choice([0.55, 0.9, 1.0]) * queue.retention()
    return {"messages-expire"}


@fault("ages", reads=["retention", "messages", "created"], applies=is_old)
def message_in_the_middle_of_its_retention(queue, random):
    queue.traffic.ages[DAYS - 5] = 0.5 * queue.retention()
    return set()


@fault("visibility", "ages", "received", reads=["retention", "messages", "created"], applies=is_old)
def handlers_longer_than_the_visibility_timeout(queue, random):
    queue.settings["VisibilityTimeout"] = str(random.choice([1, 30]))
    queue.traffic.received_each, queue.traffic.ages = 3, [600.0 * day for day in range(DAYS)]
    return {"visibility-timeout"}


@fault("visibility", "ages", "received", reads=["retention", "messages", "created"], applies=is_old)
def failing_handlers(queue, random):
    """The timeout was chosen, or the messages do not get older."""
    visibility, is_rising = random.choice([("300", True), ("30", False)])
    queue.settings["VisibilityTimeout"], queue.traffic.received_each = visibility, 3
    queue.traffic.ages = [600.0 * (day if is_rising else 5) for day in range(DAYS)]
    return set()


# Capacity


@fault("in flight", reads=["messages"])
def many_messages_in_flight(queue, random):
    queue.traffic.in_flight = random.choice([96_100, 120_000])
    return {"in-flight-limit"}


@fault("waiting", "groups", reads=["messages"], applies=is_fifo)
def blocked_groups(queue, random):
    queue.waiting, queue.traffic.groups = random.choice([1_000, 3_000]), random.choice([1, 2, 5])
    return {"fifo-few-groups"} | ({"fifo-without-groups"} if queue.traffic.groups == 1 else set())


@fault("waiting", "groups", reads=["messages"], applies=is_fifo)
def backlog_in_many_groups(queue, random):
    queue.waiting, queue.traffic.groups = 3_000, 7
    return set()


@fault("throughput", reads=["messages", "created"], applies=lambda queue: queue.fifo and is_old(queue))
def busy_fifo_queue(queue, random):
    is_limited, per_second = random.choice([(True, 250), (True, 299), (False, 900), (True, 230)])
    queue.settings["FifoThroughputLimit"] = "perQueue" if is_limited else "perMessageGroupId"
    queue.settings["DeduplicationScope"] = "queue" if is_limited else "messageGroup"
    queue.traffic.busiest_hour = per_second * 3_600
    return {"fifo-throughput"} if is_limited and per_second > 240 else set()


@fault("noisy", reads=["messages"], applies=is_standard)
def noisy_groups(queue, random):
    queue.traffic.noisy_groups = random.choice([1, 30])
    return {"noisy-groups"}


@fault("limit", "sizes", reads=["messages"])
def messages_near_a_low_limit(queue, random):
    queue.settings["MaximumMessageSize"] = str(256 * KIB)
    queue.traffic.bytes_average = 2 * KIB
    queue.traffic.bytes_largest = random.choice([200, 210, 256]) * KIB
    return {"message-size-limit"} if queue.traffic.bytes_largest > 205 * KIB else set()
