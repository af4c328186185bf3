"""The notifications: routes, inhibitions and texts of the example of Alertmanager."""

import re

from system import ROOT
from waiting import until

BURN = {"alertname": "LongshoreErrorBudgetBurn", "queue": "refunds"}
PAGE = {**BURN, "slo": "delivery", "severity": "critical"}
TICKET = {**BURN, "slo": "delivery", "severity": "warning"}
LATE = {**BURN, "slo": "freshness", "severity": "critical"}
STALLED = {"alertname": "LongshorePollersStalled", "queue": "refunds"}
GONE = {"alertname": "LongshoreWorkersGone", "queue": "lost", "severity": "critical"}
WASTE = {"alertname": "LongshorePollingWaste", "queue": "orders"}
COST = {"alertname": "LongshoreMessageCostHigh", "queue": "orders"}
LATER = "This alert was sent later."

# The title of each ticket, with its alert, dashboard, job and queue.
TICKETS = {
    "Queue orders wastes money on avoidable empty receives.": ("LongshorePollingWaste", "queue", "shop", "orders"),
    "A shutdown aborted handlers of queue kept.": ("LongshoreMessagesAborted", "shutdown", "deploy", "kept"),
    "A worker of queue lost vanished with messages in flight.":
        ("LongshoreVanishedWithMessages", "shutdown", "deploy", "lost"),
}


def a_page_inhibits_its_ticket_and_the_waste_alert_inhibits_the_cost_alert(system):
    assert_inhibited(system, TICKET, PAGE)
    assert_inhibited(system, COST, WASTE)
    # Alertmanager sends this alert later than the inhibited ones, so their notifications would be here by now.
    system.alertmanager.post({"alertname": "LongshoreLater", "severity": "warning"}, {"summary": LATER})
    until("the later ticket", lambda: LATER in tickets(system))
    titles = " ".join(tickets(system))
    assert "error budget" not in titles and "cost more" not in titles, titles


def a_ticket_has_its_text_runbook_and_dashboard(system):
    lines = []
    for title, (alert, dashboard, job, queue) in TICKETS.items():
        text = until(f"the ticket: {title}", lambda: tickets(system).get(title))
        description, runbook, link = text.strip().splitlines()
        assert f"queue {queue} of job {job}" in description, description
        assert (ROOT / f"docs/runbooks/{alert}.md").is_file(), alert
        assert re.fullmatch(rf"Runbook: https://\S+/docs/runbooks/{alert}\.md", runbook), runbook
        expected = f"https://grafana.example/d/longshore-{dashboard}?var-job={job}&var-queue={queue}"
        assert link == f"Dashboard: {expected}", link
        lines += [title, f"  {description}", f"  {runbook}", f"  {link}"]
    assert "about 1 message(s)" in tickets(system)["A shutdown aborted handlers of queue kept."]
    return lines


def a_page_goes_to_one_receiver_and_a_ticket_to_the_other(system):
    page, *_ = until("the page", lambda: pages(system, PAGE))
    until("the page for the last worker of a queue", lambda: pages(system, GONE))
    others = [page for page in pages(system) if page not in pages(system, {**BURN, "severity": "critical"})]
    assert others == pages(system, GONE), others
    assert set(tickets(system)) == {*TICKETS, LATER}, tickets(system)
    for alert in system.alertmanager.alerts():
        receiver = {"critical": "page", "warning": "ticket"}[alert["labels"]["severity"]]
        assert alert["receivers"] == [{"name": receiver}], alert
    return [page["annotations"]["summary"], f"  {page['annotations']['description']}"]


def the_stalled_alert_of_a_queue_inhibits_its_freshness_alert(system):
    until("the freshness alert", lambda: system.alertmanager.alerts(**LATE))
    # No answer: receives that SQS refuses have their own alert, which would inhibit the stalled one.
    system.queues.set_faults([{"fault": "cut-connection", "action": "ReceiveMessage"}])
    assert_inhibited(system, LATE, STALLED)


def tickets(system):
    """The texts in the chat, by title."""
    return {part["title"]: part["text"] for message in system.notifications["ticket"] for part in message["attachments"]}


def pages(system, labels=()):
    """The pages with these labels."""
    alerts = [alert for page in system.notifications["page"] for alert in page["alerts"]]
    return [alert for alert in alerts if dict(labels).items() <= alert["labels"].items()]


def assert_inhibited(system, target, source):
    until(f"{source} to inhibit {target}", lambda: system.alertmanager.is_inhibited(target, source))
    sources = system.alertmanager.alerts(**source)
    assert all(alert["status"]["state"] == "active" for alert in sources), sources
