"""Writes the numbers into the documentation, between markers."""

import re
import textwrap

FACTS = [
    ("messages until 23:43", "messages", "{:,.0f}"),
    ("empty receives per month", "empty_receives_per_month", "{:,.0f}"),
    ("requests per message", lambda facts: facts["requests"] / facts["messages"], "{:.2f}"),
    ("cost of requests per day", "usd_per_day", "${:,.2f}"),
    ("workers removed", lambda facts: facts["workers_killed"] + facts["workers_drained"], "{:,.0f}"),
    ("handler calls aborted", "aborted", "{:,.0f}"),
    ("messages received again", "redelivered", "{:,.0f}"),
    ("longest wait of an aborted message for its next call", "longest_gap_seconds", "{:.0f} s"),
    ("messages lost", "lost", "{:,.0f}"),
]


def facts_table(days):
    lines = ["| | " + " | ".join(day.name for day in days) + " |", "| --- |" + " --- |" * len(days)]
    for title, fact, form in FACTS:
        value = fact if callable(fact) else lambda facts, fact=fact: facts[fact]
        lines.append(f"| {title} | " + " | ".join(form.format(value(day.facts)) for day in days) + " |")
    return "\n".join(lines)


def alerts_table(day):
    """When each alert fired first, what it said, and how long after the day it ended."""
    lines = ["| minutes | alert | severity | what it said | ended |", "| --- | --- | --- | --- | --- |"]
    for alert in day.first():
        name = alert["alert"]
        minutes = (alert["begin"] - day.fault) / 60
        text = " ".join(alert["annotations"]["description"].split())
        lines.append(f"| {minutes:.0f} | [{name}](runbooks/{name}.md) | {alert['labels']['severity']} | {text} | "
                     f"{ended(day, name, alert['labels']['severity'])} |")
    return "\n".join(lines)


def ended(day, name, severity):
    """When the last of these alerts of the day ended, after the fault."""
    alerts = [one for one in day.alerts if one["alert"] == name and one["labels"]["severity"] == severity]
    if any("end" not in one for one in alerts):
        return "not within the four days"
    minutes = (max(one["end"] for one in alerts) - day.facts["deployed"]) / 60
    return f"{minutes:.0f} min after the fix" if minutes > 0 else f"{-minutes:.0f} min before the fix"


def result(days):
    """The line of the README."""
    short, long, killed, drained = days
    first = [(day.alerts[0]["begin"] - day.fault) / 60 for day in (short, killed)]
    return wrapped(
        f"In a simulation at these rates, an alert fires {first[0]:.0f} minutes after short polling begins, and "
        f"another one {first[1]:.0f} minutes after the first aborted message. Long polling lowers the empty "
        f"receives from {short.facts['empty_receives_per_month'] / 1e9:.1f} billion per month to "
        f"{long.facts['empty_receives_per_month']:,.0f}, and the cost of requests from "
        f"${short.facts['usd_per_day']:.0f} to ${long.facts['usd_per_day']:.0f} per day. The drain lowers the aborted "
        f"messages from {killed.facts['aborted']:,.0f} per day to {drained.facts['aborted']:,.0f}.")


def wrapped(text):
    return "\n".join(textwrap.wrap(text, 100))


def written(text, blocks, file):
    """The text with these blocks between their markers."""
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- incident {name}: begin -->\n).*?(<!-- incident {name}: end -->)", re.S)
        assert pattern.search(text), f"{file} has no markers for {name}"
        text = pattern.sub(lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text)
    return text
