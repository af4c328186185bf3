"""The queries that Grafana sends for a dashboard, with the values of its variables, and what is wrong with a result."""

import json
import math
import pathlib
import re
from dataclasses import dataclass

DASHBOARDS = pathlib.Path(__file__).resolve().parents[3] / "dashboards"


@dataclass(frozen=True)
class Query:
    """One query: a range query if `is_range`, otherwise an instant query."""

    dashboard: str
    panel: str
    ref: str
    expr: str
    is_range: bool

    def __str__(self):
        return f"{self.dashboard}, {self.panel!r}, {self.ref}"


@dataclass(frozen=True)
class Variable:
    """A variable: the values of a label of the series that match a selector."""

    name: str
    selector: str
    label: str


def dashboards():
    """The dashboards of workers' metrics. The tests of cloudwatch check that of CloudWatch's."""
    return [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("longshore-*.json"))]


def fill(text, values):
    """Replaces variables and intervals. Longer names come first."""
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"${name}", values[name])
    assert "$" not in text, text
    return text


def all_values(dashboard):
    """The value All of each variable, as after an import."""
    variables = [one for one in dashboard["templating"]["list"] if one["type"] == "query"]
    return {one["name"]: one["allValue"] for one in variables if one["includeAll"]}


def panels(dashboard):
    """All panels. The panels of a closed row follow it."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries(dashboard, values):
    """The queries of all panels and annotations."""
    uid = dashboard["uid"]
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield Query(uid, panel["title"], target["refId"], fill(target["expr"], values), target["range"])
    for annotation in dashboard["annotations"]["list"]:
        yield Query(uid, annotation["name"], "annotation", fill(annotation["expr"], values), True)


def variables(dashboard, values):
    for one in dashboard["templating"]["list"]:
        if one["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", one["query"]["query"]).groups()
            yield Variable(one["name"], fill(selector, values), label)


def values_of(result):
    """All numbers of a result."""
    for series in result:
        for _, value in series.get("values") or [series["value"]]:
            yield float(value)


def problem(result):
    """What is wrong with a result, or None."""
    values = list(values_of(result))
    if not values:
        return "is empty"
    not_finite = [value for value in values if not math.isfinite(value)]
    return f"has {len(not_finite)} values like {not_finite[0]} among {len(values)}" if not_finite else None
