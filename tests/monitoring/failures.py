"""Failures of the application, of access rights, and of messages: each reaches the receiver of its severity."""

from notifications import pages, tickets
from system import BROKEN
from waiting import until

DEAD_LETTERS = "Messages wait in the dead-letter queue of queue orders."
DENIED = "access-denied"


def three_failures_begin(system):
    assert DEAD_LETTERS not in tickets(system)
    assert not pages(system, {"queue": "claims"}) and not pages(system, {"queue": "mail"})
    system.queues.send("orders-dead", 1)
    BROKEN.touch()
    # More than the worker tries while the page is on its way.
    system.queues.send("claims", 400)
    deny(system, "DeleteMessage", "DeleteMessageBatch")
    system.queues.send("mail", 60, seconds_between=1)


def a_message_in_a_dead_letter_queue_is_a_ticket(system):
    text = until(f"the ticket: {DEAD_LETTERS}", lambda: tickets(system).get(DEAD_LETTERS))
    assert text.startswith("1 message(s) that job shop or another consumer did not process"), text
    return [text.splitlines()[0]]


def handlers_that_fail_are_a_page(system):
    return first_page(system, "LongshoreHandlersFailing", "claims")


def messages_that_are_not_deleted_are_a_page(system):
    return first_page(system, "LongshoreMessagesNotDeleted", "mail")


def refused_receives_are_a_page(system):
    deny(system, "ReceiveMessage")
    return first_page(system, "LongshoreRequestsRefused", "mail")


def deny(system, *actions):
    system.queues.set_faults([{"fault": DENIED, "action": action} for action in actions])


def first_page(system, alert, queue):
    page, *_ = until(f"the page {alert}", lambda: pages(system, {"alertname": alert, "queue": queue}))
    return [page["annotations"]["summary"], f"  {page['annotations']['description']}"]
