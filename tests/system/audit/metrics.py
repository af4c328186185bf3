"""The metrics of AWS/SQS, as CloudWatch returns them. It refuses what CloudWatch refuses.

moto answers in the older protocols only, and the SDK for Rust speaks Smithy RPC v2 with CBOR.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import collections
import re
import time

import cbor2

from audit.server import Refused

HOUR, DAY = 3_600, 86_400
MOST_QUERIES, MOST_POINTS = 500, 100_800
# One hour of one metric: the sum, the maximum and the number of its samples.
Point = collections.namedtuple("Point", "time sum maximum samples")


def last_full_hour():
    return int(time.time()) // HOUR * HOUR


def refused(message):
    return Refused("InvalidParameterValueException", message, "InvalidParameterValue")


class Metrics:
    """Points by queue and metric. `page` is the number of points in one answer."""

    def __init__(self, page=MOST_POINTS):
        self.points, self.page = collections.defaultdict(list), page

    def add(self, queue, metric, points):
        self.points[queue, metric].extend(points)

    def get_metric_data(self, parameters):
        queries = parameters["MetricDataQueries"]
        start, end = (seconds(parameters[name]) for name in ("StartTime", "EndTime"))
        check(queries, start, end, parameters)
        results = [(query["Id"], self.buckets(query["MetricStat"], start, end)) for query in queries]
        return self.paged(results, int(parameters.get("NextToken") or 0))

    def buckets(self, stat, start, end):
        """The times and values of one query. Its periods begin at the start time."""
        metric = stat["Metric"]
        [dimension] = metric["Dimensions"]
        if metric["Namespace"] != "AWS/SQS" or dimension["Name"] != "QueueName":
            return []
        found = collections.defaultdict(list)
        for point in self.points.get((dimension["Value"], metric["MetricName"]), ()):
            if start <= point.time < end:
                found[start + (point.time - start) // stat["Period"] * stat["Period"]].append(point)
        return [(at, STATISTICS[stat["Stat"]](points)) for at, points in sorted(found.items())]

    def paged(self, results, begin):
        """The part of the results from this point on. A result that goes on in the next page is partial."""
        page, position = [], 0
        for name, points in results:
            first, last = max(begin - position, 0), min(begin + self.page - position, len(points))
            is_here = first < last or (not points and begin <= position < begin + self.page)
            if is_here:
                status = "Complete" if last == len(points) else "PartialData"
                page.append(result(name, points[first:last], status))
            position += len(points)
        answer = {"MetricDataResults": page, "Messages": []}
        return answer if position <= begin + self.page else {**answer, "NextToken": str(begin + self.page)}


STATISTICS = {
    "Sum": lambda points: float(sum(point.sum for point in points)),
    "Maximum": lambda points: float(max(point.maximum for point in points)),
    "SampleCount": lambda points: float(sum(point.samples for point in points)),
    "Average": lambda points: sum(point.sum for point in points) / sum(point.samples for point in points),
}


def result(name, points, status):
    # Tag 1 is a time in seconds.
    return {"Id": name, "Label": name, "StatusCode": status, "Values": [value for _, value in points],
            "Timestamps": [cbor2.CBORTag(1, at) for at, _ in points]}


def seconds(time_of_request):
    return int(time_of_request.timestamp())


def check(queries, start, end, parameters):
    """The rules of CloudWatch for a request."""
    if not 0 < len(queries) <= MOST_QUERIES:
        raise refused(f"{len(queries)} queries, but 1 to {MOST_QUERIES} are allowed")
    names = [query["Id"] for query in queries]
    if len(set(names)) < len(names) or not all(re.fullmatch("[a-z][a-zA-Z0-9_]*", name) for name in names):
        raise refused("the identifiers of queries must differ and start with a lower-case letter")
    if start >= end:
        raise refused("StartTime must be before EndTime")
    if parameters.get("ScanBy") not in (None, "TimestampAscending", "TimestampDescending"):
        raise refused("ScanBy has an unknown value")
    age = (time.time() - start) / DAY
    step = 60 if age < 15 else 300 if age < 63 else HOUR
    for query in queries:
        if query["MetricStat"]["Period"] % step or query["MetricStat"]["Stat"] not in STATISTICS:
            raise refused(f"the period must be a multiple of {step}, and the statistic one of {list(STATISTICS)}")
