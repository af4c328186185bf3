"""Accepted findings do not count until they expire. The exit codes show what counts."""

import pytest

from audit.baseline import ALL, FINDINGS, account, day, entry
from audit.scene import refusing


def test_the_exit_code_is_4_from_the_level_of_fail_on(audit):
    with account(*(entry(check, name) for name, check in FINDINGS.values())) as (server, high, medium, low):
        assert audit.json(server=server).exits(0).found() == set(FINDINGS.values())
        for level in FINDINGS:
            audit("--fail-on", level, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", high, server=server).exits(0)
        audit("--fail-on", "medium", "--baseline", high, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", low, server=server).exits(4)
        audit("--fail-on", "high", "--baseline", medium, server=server).exits(4)


def test_accepted_findings_do_not_count(audit):
    with account(ALL) as (server, file):
        outcome = audit.json("--fail-on", "low", "--baseline", file, server=server).exits(0)
        table = audit("--baseline", file, server=server).exits(0)
    report = outcome.report()
    accepted = {(one["finding"]["queue"], one["finding"]["check"]) for one in report["accepted"]}
    assert not report["findings"], report
    assert accepted == set(FINDINGS.values()), report
    assert not report["baseline_problems"], report
    assert {(one["reason"], one["expires"]) for one in report["accepted"]} == {("a known fault", day(30))}, report
    assert report["totals"]["findings"] == {"high": 0, "medium": 0, "low": 0}, report["totals"]
    assert table.out.splitlines()[1].endswith("No findings. 3 accepted by the baseline."), table


def test_gaps_and_levels(audit):
    """A finding that reaches the level is reported before what could not be read."""
    with account(ALL) as (server, file):
        server.refuse = refusing("ListQueueTags")
        audit(server=server).exits(5)
        audit("--fail-on", "medium", server=server).exits(4)
        audit("--fail-on", "medium", "--baseline", file, server=server).exits(5)


def test_expired_entries_count(audit):
    texts = [entry("max-receive-count", "orders", day(offset)) for offset in (0, -1)]
    with account(*texts) as (server, today, yesterday):
        audit("--fail-on", "high", "--baseline", today, server=server).exits(0)
        outcome = audit.json("--fail-on", "high", "--baseline", yesterday, server=server).exits(4)
        table = audit("--baseline", yesterday, server=server).exits(0)
    [problem] = outcome.report()["baseline_problems"]
    assert f"expired on {day(-1)}" in problem["problem"], problem
    assert problem["queue"] == "orders", problem
    assert f"max-receive-count of orders: expired on {day(-1)}" in table.out, table


def test_unmatched_entries_are_reported(audit):
    with account(entry("tags", "orders")) as (server, file):
        outcome = audit.json("--baseline", file, server=server).exits(0)
        table = audit("--baseline", file, server=server).exits(0)
    [problem] = outcome.report()["baseline_problems"]
    assert problem == {"check": "tags", "queue": "orders", "problem": "matches no finding: remove it"}, problem
    assert "tags of orders: matches no finding: remove it" in table.out, table


def test_entries_that_cannot_be_decided_stay(audit):
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


@pytest.mark.parametrize("name", INVALID)
def test_invalid_baselines(audit, name):
    text, expected = INVALID[name]
    with account(text) as (server, file):
        outcome = audit("--baseline", file, server=server).exits(64)
        assert not server.calls, "the audit began with an invalid baseline"
    assert not outcome.out, outcome
    for part in [file, *expected]:
        assert part in outcome.err, f"no {part} in the error: {outcome.err}"


def test_a_baseline_that_does_not_exist(audit):
    with account("") as (server, file):
        outcome = audit("--baseline", file + ".none", server=server).exits(64)
        assert not server.calls, "the audit began without its baseline"
    assert file + ".none" in outcome.err, outcome
