"""The notifications that the example of Alertmanager sends."""

from monitoring.system import until

BURN = {"alertname": "LongshoreErrorBudgetBurn", "queue": "refunds"}
PAGE = {**BURN, "slo": "delivery", "severity": "critical"}
TICKET = {**BURN, "slo": "delivery", "severity": "warning"}
LATE = {**BURN, "slo": "freshness", "severity": "critical"}
STALLED = {"alertname": "LongshorePollersStalled", "queue": "refunds"}
GONE = {"alertname": "LongshoreWorkersGone", "queue": "lost", "severity": "critical"}
WASTE = {"alertname": "LongshorePollingWaste", "queue": "orders"}
COST = {"alertname": "LongshoreMessageCostHigh", "queue": "orders"}

# The title of each ticket, with its alert, dashboard, job and queue.
TICKETS = {
    "Queue orders wastes money on avoidable empty receives.": ("LongshorePollingWaste", "queue", "shop", "orders"),
    "A shutdown aborted handlers of queue kept.": ("LongshoreMessagesAborted", "shutdown", "deploy", "kept"),
    "A worker of queue lost vanished with messages in flight.":
        ("LongshoreVanishedWithMessages", "shutdown", "deploy", "lost"),
}


def tickets(system):
    """The texts in the chat, by title."""
    messages = system.notifications["ticket"]
    return {part["title"]: part["text"] for message in messages for part in message["attachments"]}


def pages(system, labels=()):
    """The pages with these labels."""
    alerts = [alert for page in system.notifications["page"] for alert in page["alerts"]]
    return [alert for alert in alerts if dict(labels).items() <= alert["labels"].items()]


def first_page(system, alert, queue):
    page, *_ = until(f"the page {alert}", lambda: pages(system, {"alertname": alert, "queue": queue}))
    print(f"{page['annotations']['summary']}\n  {page['annotations']['description']}")


def assert_inhibited(system, target, source):
    until(f"{source} to inhibit {target}", lambda: system.alertmanager.is_inhibited(target, source))
    sources = system.alertmanager.alerts(**source)
    assert all(alert["status"]["state"] == "active" for alert in sources), sources
