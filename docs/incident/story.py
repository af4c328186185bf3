"""What was played: the days, their counts, and the alerts that fired."""

import json
from dataclasses import dataclass

# The names of the days in the documentation.
NAMES = {
    "short_polling": "short polling",
    "long_polling": "long polling",
    "killed": "scaling without a drain",
    "drained": "scaling with a drain",
}


@dataclass
class Day:
    facts: dict
    alerts: list

    @property
    def name(self):
        return NAMES[self.facts["phase"]]

    @property
    def begin(self):
        return self.facts["begins"]

    @property
    def end(self):
        return self.facts["ends"]

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
    played = json.loads((work / "samples/facts.json").read_text())

    def place(alert):
        """In the order of time. Of one moment, first those of the largest queue."""
        queue = alert["labels"].get("queue")
        queues = played["queues"]
        return alert["begin"], alert["alert"], queues.index(queue) if queue in queues else len(queues)

    alerts = sorted(json.loads((work / "alerts.json").read_text()), key=place)
    return [Day(facts, [alert for alert in alerts if facts["begins"] <= alert["begin"] < facts["ends"]])
            for facts in played["days"]]


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
