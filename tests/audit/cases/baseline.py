"""Accepted findings, and the exit codes."""

import contextlib
import datetime
import os
import tempfile

from scene import each, queue, served
from cases.denied import refusing

TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def day(days):
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def entry(check, name, expires=day(30), reason="a known fault"):
    return f'[[accept]]\ncheck = "{check}"\nqueue = "{name}"\nreason = "{reason}"\nexpires = {expires}\n'


def drafts():
    """One finding of each severity."""
    dead = queue("dead")
    orders, mail, video = (queue(name, dead) for name in ("orders", "mail", "video"))
    orders.receives, mail.settings["SqsManagedSseEnabled"], video.tags = 1, "false", {}
    mail.settings.pop("KmsMasterKeyId", None)
    return [dead, orders, mail, video]


FINDINGS = {"high": ("orders", "max-receive-count"), "medium": ("mail", "encryption-off"), "low": ("video", "tags")}
ALL = "".join(entry(check, name) for name, check in FINDINGS.values())


@contextlib.contextmanager
def account(*texts):
    """A server, and one file for each text."""
    with tempfile.TemporaryDirectory() as scratch, served(drafts()) as server:
        files = [os.path.join(scratch, f"baseline{number}.toml") for number in range(len(texts))]
        for file, text in zip(files, texts):
            with open(file, "w") as opened:
                opened.write(text)
        yield server, *files


def codes_by_level(audit):
    with account(*(entry(check, name) for name, check in FINDINGS.values())) as (server, high, medium, low):
        assert audit.json(server=server).exits(0).found() == set(FINDINGS.values())
        for level in FINDINGS:
            audit("--fail-on", level, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", high, server=server).exits(0)
        audit("--fail-on", "medium", "--baseline", high, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", low, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", medium, server=server).exits(4)


def accepted_findings_do_not_count(audit):
    with account(ALL) as (server, file):
        outcome = audit.json("--fail-on", "low", "--baseline", file, server=server).exits(0)
        table = audit("--baseline", file, server=server).exits(0)
    report = outcome.report()
    accepted = {(one["finding"]["queue"], one["finding"]["check"]) for one in report["accepted"]}
    assert not report["findings"] and accepted == set(FINDINGS.values()) and not report["baseline_problems"], report
    assert {(one["reason"], one["expires"]) for one in report["accepted"]} == {("a known fault", day(30))}, report
    assert report["totals"]["findings"] == {"high": 0, "medium": 0, "low": 0}, report["totals"]
    assert table.out.splitlines()[1].endswith("No findings. 3 accepted by the baseline."), table


def gaps_and_levels(audit):
    """A finding that reaches the level is reported before what could not be read."""
    with account(ALL) as (server, file):
        server.refuse = refusing("ListQueueTags")
        audit(server=server).exits(5)
        audit("--fail-on", "medium", server=server).exits(4)
        audit("--fail-on", "medium", "--baseline", file, server=server).exits(5)


def expired_entries_count(audit):
    texts = [entry("max-receive-count", "orders", day(offset)) for offset in (0, -1)]
    with account(*texts) as (server, today, yesterday):
        audit("--fail-on", "high", "--baseline", today, server=server).exits(0)
        outcome = audit.json("--fail-on", "high", "--baseline", yesterday, server=server).exits(4)
        table = audit("--baseline", yesterday, server=server).exits(0)
    [problem] = outcome.report()["baseline_problems"]
    assert f"expired on {day(-1)}" in problem["problem"] and problem["queue"] == "orders", problem
    assert f"max-receive-count of orders: expired on {day(-1)}" in table.out, table


def unmatched_entries_are_reported(audit):
    with account(entry("tags", "orders")) as (server, file):
        outcome = audit.json("--baseline", file, server=server).exits(0)
        table = audit("--baseline", file, server=server).exits(0)
    [problem] = outcome.report()["baseline_problems"]
    assert problem == {"check": "tags", "queue": "orders", "problem": "matches no finding: remove it"}, problem
    assert "tags of orders: matches no finding: remove it" in table.out, table


def entries_that_cannot_be_decided_stay(audit):
    """What was not audited, or could not be read, does not show that a finding is gone."""
    with account(ALL) as (server, file):
        selected = audit.json("--queue", "orders", "--baseline", file, server=server).exits(0).report()
        server.refuse = refusing("ListQueueTags")
        denied = audit.json("--baseline", file, server=server).exits(5).report()
    for report in (selected, denied):
        assert not report["baseline_problems"], report["baseline_problems"]


# The text of a baseline, and what its error must contain.
INVALID = {
    "an unknown check": (entry("tag", "orders"), ['"tag"', "the checks are empty-receives, wait-time-zero"]),
    "no reason": (entry("tags", "orders", reason=" "), ["tags of orders", "needs a reason"]),
    "no line for the reason": ('[[accept]]\ncheck = "tags"\nqueue = "a"\nexpires = 2030-01-01\n', ["reason"]),
    "no date": ('[[accept]]\ncheck = "tags"\nqueue = "a"\nreason = "b"\n', ["expires"]),
    "a time": (entry("tags", "orders", "2030-01-01T10:00:00Z"), ["tags of orders", "date", "2027-06-30"]),
    "a date in quotes": (entry("tags", "orders", '"2030-01-01"'), ["expires", "date"]),
    "a day that does not exist": (entry("tags", "orders", "2030-02-30"), ["2030-02-30"]),
    "an unknown key": (entry("tags", "orders") + "owner = \"me\"\n", ["owner", "reason"]),
    "an unknown table": ("[[ignore]]\ncheck = \"tags\"\n", ["ignore", "accept"]),
    "no TOML": ("accept: tags", ["TOML"]),
}


def invalid_baselines(audit):
    names, cases = list(INVALID), list(INVALID.values())
    with account(*(text for text, _ in cases)) as (server, *files):
        for name, file, (_, texts) in zip(names, files, cases):
            outcome = audit("--baseline", file, server=server)
            assert outcome.code == 64 and not outcome.out, f"{name}: {outcome}"
            for text in [file, *texts]:
                assert text in outcome.err, f"{name}: no {text} in the error: {outcome.err}"
        outcome = audit("--baseline", files[0] + ".none", server=server).exits(64)
        assert files[0] + ".none" in outcome.err, outcome
        assert not server.calls, "the audit began with an invalid baseline"


SCENARIOS = [codes_by_level, accepted_findings_do_not_count, gaps_and_levels, expired_entries_count,
             unmatched_entries_are_reported, entries_that_cannot_be_decided_stay, invalid_baselines]


def run(audit):
    return f"{each(SCENARIOS, audit)}, {len(INVALID)} invalid files"
