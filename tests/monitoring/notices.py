"""Who is told of what: Alertmanager's routes and inhibitions, as the example has them."""

import re

from stage import ROOT
from waiting import until

BURN = {"alertname": "LongshoreErrorBudgetBurn", "queue": "refunds"}
PAGE = {**BURN, "slo": "delivery", "severity": "critical"}
TICKET = {**BURN, "slo": "delivery", "severity": "warning"}
LATE = {**BURN, "slo": "freshness", "severity": "critical"}
STALLED = {"alertname": "LongshorePollersStalled", "queue": "refunds"}
WASTE = {"alertname": "LongshorePollingWaste", "queue": "orders"}
COST = {"alertname": "LongshoreMessageCostHigh", "queue": "orders"}
LATER = "What came later was told."

# The titles of the tickets, the runbook and the dashboard of each.
TICKETS = {
    "Queue orders wastes money on avoidable empty receives.": ("LongshorePollingWaste", "queue", "shop", "orders"),
    "A shutdown aborted handlers of queue kept.": ("LongshoreMessagesAborted", "shutdown", "deploy", "kept"),
    "A worker of queue lost vanished with messages in flight.":
        ("LongshoreVanishedWithMessages", "shutdown", "deploy", "lost"),
}


def a_page_silences_its_ticket_and_waste_the_cost_that_comes_of_it(stage):
    is_silenced(stage, TICKET, PAGE)
    is_silenced(stage, COST, WASTE)
    # Told later than these would have been, it says that their time is over.
    stage.alertmanager.post({"alertname": "LongshoreLater", "severity": "warning"}, {"summary": LATER})
    until("the later ticket", lambda: LATER in tickets(stage))
    told = " ".join(tickets(stage))
    assert "error budget" not in told and "cost more" not in told, told


def a_ticket_reads_well(stage):
    read = []
    for title, (alert, dashboard, job, queue) in TICKETS.items():
        text = until(f"the ticket: {title}", lambda: tickets(stage).get(title))
        what, runbook, look = text.strip().splitlines()
        assert f"queue {queue} of job {job}" in what, what
        assert (ROOT / f"docs/runbooks/{alert}.md").is_file(), alert
        assert re.fullmatch(rf"Runbook: https://\S+/docs/runbooks/{alert}\.md", runbook), runbook
        expected = f"https://grafana.example/d/longshore-{dashboard}?var-job={job}&var-queue={queue}"
        assert look == f"Dashboard: {expected}", look
        read += [title, f"  {what}", f"  {runbook}", f"  {look}"]
    assert "about 1 message(s)" in tickets(stage)["A shutdown aborted handlers of queue kept."]
    return read


def a_page_goes_to_one_receiver_and_a_ticket_to_the_other(stage):
    page, *_ = until("the page", lambda: pages(stage, PAGE))
    assert pages(stage) == pages(stage, {**BURN, "severity": "critical"}), pages(stage)
    assert set(tickets(stage)) == {*TICKETS, LATER}, tickets(stage)
    for alert in stage.alertmanager.alerts():
        receiver = {"critical": "page", "warning": "ticket"}[alert["labels"]["severity"]]
        assert alert["receivers"] == [{"name": receiver}], alert
    return [page["annotations"]["summary"], f"  {page['annotations']['description']}"]


def a_queue_that_nobody_polls_silences_that_it_is_late(stage):
    until("a late queue", lambda: stage.alertmanager.alerts(**LATE))
    stage.queues.set_faults([{"fault": "access-denied", "action": "ReceiveMessage"}])
    is_silenced(stage, LATE, STALLED)


def tickets(stage):
    """What a person reads in the chat, by title."""
    return {part["title"]: part["text"] for told in stage.heard["ticket"] for part in told["attachments"]}


def pages(stage, labels=()):
    """What wakes a person, with these labels."""
    told = [alert for page in stage.heard["page"] for alert in page["alerts"]]
    return [alert for alert in told if dict(labels).items() <= alert["labels"].items()]


def is_silenced(stage, silent, by):
    until(f"{by} to silence {silent}", lambda: stage.alertmanager.silenced(silent, by))
    sources = stage.alertmanager.alerts(**by)
    assert all(alert["status"]["state"] == "active" for alert in sources), sources
