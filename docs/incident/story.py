"""What was played: the days, their counts, and the alerts that fired."""

import csv
import json
from dataclasses import dataclass

# As in tests/incident.
QUEUES = ["orders", "emails", "invoices"]
BEGIN = 1772409600
DAY = 86400
# The next settings are deployed this many seconds before the end of a day.
DEPLOY = 20 * 60
# The names of the days in the documentation, in their order.
NAMES = {
    "short_polling": "short polling",
    "long_polling": "long polling",
    "killed": "scaling without a drain",
    "drained": "scaling with a drain",
}


@dataclass
class Day:
    phase: str
    facts: dict
    # The rows of its CSV file.
    timeline: list
    alerts: list

    @property
    def name(self):
        return NAMES[self.phase]

    @property
    def begin(self):
        return BEGIN + list(NAMES).index(self.phase) * DAY

    @property
    def fault(self):
        """When something began to go wrong: the day itself, or the first aborted message."""
        return self.begin + (self.facts["first_aborted_seconds"] or 0)

    def first(self):
        """The first firing of each alert, by its name and severity, in order."""
        found = {}
        for alert in self.alerts:
            found.setdefault((alert["alert"], alert["labels"]["severity"]), alert)
        return list(found.values())


def read(work):
    """The four days."""
    alerts = sorted(json.loads((work / "alerts.json").read_text()), key=lambda alert: (
        alert["begin"], alert["alert"], QUEUES.index(alert["labels"]["queue"])))
    days = []
    for facts in json.loads((work / "samples/facts.json").read_text()):
        phase = facts["phase"]
        begin = BEGIN + list(NAMES).index(phase) * DAY
        name = "".join(word.capitalize() for word in phase.split("_"))
        with open(work / f"samples/{name}.csv") as file:
            timeline = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
        own = [alert for alert in alerts if begin <= alert["begin"] < begin + DAY]
        days.append(Day(phase, facts, timeline, own))
    return days


def objections(days):
    """What the documentation states and this run does not show."""
    short, long, killed, drained = days
    found = []

    def must(holds, text):
        if not holds:
            found.append(text)

    for day, limit in ((short, 30), (killed, 60)):
        minutes = [(alert["begin"] - day.fault) / 60 for alert in day.alerts if alert["begin"] >= day.fault]
        must(minutes and minutes[0] <= limit, f"{day.name}: no alert within {limit} minutes: {minutes[:3]}")
    for day in (long, drained):
        names = {alert["alert"] for alert in day.alerts}
        must(not names, f"{day.name}: alerts on a healthy day: {names}")
    must(less(short, long, "empty_receives") >= 0.99, "the empty receives fell by less than 99 %")
    must(less(short, long, "usd_per_day") > 0.58, "the cost fell by less than 58 %")
    must(drained.facts["aborted"] == 0, "messages were aborted in spite of the drain")
    return found


def less(before, after, fact):
    """By which share a count fell."""
    return 1 - after.facts[fact] / before.facts[fact]
