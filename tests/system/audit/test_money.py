"""A clean account has no findings, and the empty receives of one queue cost $2,880 a month."""

import re

from audit.account import Account
from audit.scene import queue, served

CLEAN_QUEUES = 50
MARKER = "<!-- begin: the audit of the story, compared by tests/system/audit -->\n\n```text\n"


def test_a_clean_account_has_no_findings(audit):
    account = Account(7, CLEAN_QUEUES, is_healthy=True)
    with served(account.drafts()) as server:
        outcome = audit.json("--fail-on", "low", server=server)
        assert not outcome.found(), outcome.found()
        outcome.exits(0)
        table = audit("--fail-on", "low", server=server).exits(0)
    assert table.out.splitlines()[1].endswith("No findings."), table
    assert f"{CLEAN_QUEUES} queues" in table.out.splitlines()[1], table
    print(f"{CLEAN_QUEUES} queues, {outcome.seconds:.1f} s")


def test_the_empty_receives_of_one_queue_cost_2_880_a_month(audit, root):
    """Short polling at 10,000 empty receives per second: 7.2 billion a month."""
    dead = queue("clicks-dead")
    clicks = queue("clicks", dead)
    clicks.settings["ReceiveMessageWaitTimeSeconds"] = "0"
    clicks.traffic.sent, clicks.traffic.empty_receives = 3e6, 7.2e9 / 30 / 24
    with served([clicks, dead]) as server:
        table = audit(server=server).exits(0)
        report = audit.json(server=server).exits(0).report()
    for document in ("README.md", "docs/audit.md"):
        assert shown(table.out) == documented(root / document), f"{document} has another report:\n{shown(table.out)}"
    first = table.out.splitlines()[0]
    for text in ("7.2 billion", "$2,880.00", "Long polling would leave $1.44", "$2,878.56"):
        assert text in first, first
    assert report["findings"][0]["check"] == "empty-receives", report["findings"][0]
    cost = report["findings"][0]["cost"]
    assert (round(cost["now_usd"], 2), round(cost["after_usd"], 2)) == (2880, 1.44), cost
    assert "$2,880.00" in next(line for line in table.out.splitlines()[2:] if "clicks" in line), table
    print(first)


def shown(report):
    """The report up to its first page, with the endpoint of AWS."""
    until = report.index("\n\nShort polling by default (")
    return re.sub(r"http://127\.0\.0\.1:\d+", "https://sqs.us-east-1.amazonaws.com", report[:until])


def documented(document):
    return document.read_text().split(MARKER)[1].split("\n```\n")[0]
