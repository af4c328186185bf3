"""The picture of the four days: one time axis, and a row for each thing that changes."""

import datetime
from dataclasses import dataclass

import matplotlib

matplotlib.use("svg")
from matplotlib import dates, pyplot

from running.prometheus import Prometheus

STEP = 900
# The seconds between the labels of the alerts and the first day.
MARGIN = 1800
# Okabe and Ito: distinguishable with every color vision.
COLORS = {"orders": "#0072B2", "emails": "#56B4E9", "invoices": "#009E73"}
INK, FAINT, BAD, GRID = "#57606a", "#8b949e", "#D55E00", "#8b949e40"
CRITICAL, WARNING = "#D55E00", "#E69F00"


def draw(days, prometheus, file):
    pyplot.rcParams.update({
        "svg.hashsalt": "longshore", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
        "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": GRID,
    })
    figure, rows = pyplot.subplots(5, 1, figsize=(9.2, 7.4), sharex=True,
                                   gridspec_kw={"height_ratios": [0.5, 1.6, 1.2, 1, 1.2], "hspace": 0.22})
    for row in rows[1:]:
        row.grid(axis="y", color=GRID, linewidth=0.6)
        row.spines[["top", "right"]].set_visible(False)
        for day in days[1:]:
            row.axvline(when(day.begin), color=FAINT, linewidth=0.8, linestyle=(0, (3, 3)))
    past = Past(prometheus, days[0].begin, days[-1].end)
    alerts(rows[0], days)
    empties(rows[1], past)
    dollars(rows[2], past)
    workers(rows[3], past)
    aborted(rows[4], days)
    rows[-1].set_xlim(when(past.begin), when(past.end))
    rows[-1].xaxis.set_major_locator(dates.HourLocator(byhour=[0, 12]))
    rows[-1].xaxis.set_major_formatter(dates.DateFormatter("%a %H:%M", tz=datetime.UTC))
    figure.savefig(file, transparent=True, bbox_inches="tight", metadata={"Date": None, "Creator": None})


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def title(row, text):
    row.set_title(text, loc="left", fontsize=9, color=INK, pad=4)


def alerts(row, days):
    """The names of the days, and a bar for each time in which an alert fires."""
    row.set_axis_off()
    row.set_ylim(0, 1)
    for day in days:
        row.text(when((day.begin + day.end) / 2), 0.75, day.name, ha="center", fontweight="bold", fontsize=9)
    found = {alert["labels"]["severity"] for day in days for alert in day.alerts}
    severities = [one for one in (("critical", CRITICAL, 0.4), ("warning", WARNING, 0.1)) if one[0] in found]
    for severity, color, height in severities:
        row.text(when(days[0].begin - MARGIN), height, f"{severity} alerts", ha="right", va="center", fontsize=8,
                 color=INK)
        for day in days:
            for alert in day.alerts:
                if alert["labels"]["severity"] == severity:
                    end = alert.get("end", days[-1].end)
                    row.plot([when(alert["begin"]), when(end)], [height] * 2, color=color, linewidth=5,
                             solid_capstyle="butt")


@dataclass
class Past:
    prometheus: Prometheus
    begin: int
    end: int

    def series(self, expression):
        """The labels, the times and the values of each series."""
        found = []
        for one in self.prometheus.range(expression, self.begin + STEP, self.end, STEP):
            times, values = zip(*((when(float(at)), float(value)) for at, value in one["values"]), strict=True)
            found.append((one["metric"], times, values))
        return found


def empties(row, past):
    title(row, "Empty receives, millions per hour")
    expression = 'sum by (queue) (rate(longshore_receive_duration_seconds_count{outcome="empty"}[15m])) * 3600 / 1e6'
    by_queue = {labels["queue"]: (times, values) for labels, times, values in past.series(expression)}
    names = [name for name in COLORS if name in by_queue]
    times = by_queue[names[0]][0]
    row.stackplot(times, [by_queue[name][1] for name in names], labels=names, colors=[COLORS[name] for name in names],
                  linewidth=0)
    total = [sum(values) for values in zip(*(by_queue[name][1] for name in names), strict=True)]
    row.plot(times, total, color=INK, linewidth=1, label="sum")
    row.set_ylim(0)
    row.legend(loc="upper right", ncol=4, frameon=False, fontsize=8)


def dollars(row, past):
    title(row, "Requests, dollars per day")
    expression = ("sum(sum by (queue) (rate(longshore_billed_requests_total[15m])) * on (queue) group_left () "
                  "max by (queue) (longshore_request_price_usd)) * 86400")
    (_, times, values), = past.series(expression)
    row.plot(times, values, color=BAD, linewidth=1.2)
    row.fill_between(times, values, color=BAD, alpha=0.15, linewidth=0)
    row.set_ylim(0)


def workers(row, past):
    title(row, "Workers")
    (_, times, values), = past.series('count(up{job="shop"})')
    row.step(times, values, color=COLORS["orders"], linewidth=1, where="post")
    row.set_ylim(0)


def aborted(row, days):
    title(row, "Handler calls aborted, per hour")
    for day in days:
        by_hour = day.facts["aborted_by_hour"]
        starts = [when(day.begin + hour * 3600) for hour in range(len(by_hour))]
        row.bar(starts, by_hour, width=1 / 24, align="edge", color=BAD, linewidth=0)
    row.set_ylim(0)
