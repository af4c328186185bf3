"""What happens in a queue, hour by hour, as metrics of CloudWatch."""

import dataclasses

from audit.metrics import HOUR, Point, last_full_hour

# CloudWatch has more days than the audit reads, and a part of the current hour.
DAYS, AUDITED_DAYS = 16, 14
KIB = 1_024


@dataclasses.dataclass
class Traffic:
    """The counts are those of an hour. Lists have one value for each day, the oldest first."""
    sent: float = 0
    received_each: float = 1.02
    deleted_each: float = 1.0
    empty_receives: float = 0
    # Empty receives of the days before those that the audit reads.
    earlier_empty_receives: float = 0
    bytes_average: float = 2 * KIB
    bytes_largest: float = 9 * KIB
    # One message of this size on a day without others.
    large_message: float = 0
    in_flight: float = 100
    ages: list = dataclasses.field(default_factory=lambda: [20.0] * DAYS)
    groups: float | None = None
    noisy_groups: float = 0
    busiest_hour: float = 0

    def points(self, created_days):
        """The points by the name of the metric, since the queue was created."""
        end, metrics = last_full_hour(), {}
        for hour in range(max(DAYS - created_days, 0) * 24, DAYS * 24 + 1):
            at = end + (hour - DAYS * 24) * HOUR
            for name, values in self.hour(min(hour // 24, DAYS - 1), hour):
                metrics.setdefault(name, []).append(Point(at, *values))
        return metrics

    def hour(self, day, hour):
        quiet = self.large_message and day == DAYS - 3
        sent = self.busiest_hour if self.busiest_hour and hour == (DAYS - 4) * 24 + 9 else self.sent
        empties = self.empty_receives if day >= DAYS - AUDITED_DAYS else self.earlier_empty_receives
        if empties:
            yield "NumberOfEmptyReceives", (empties, empties / 60, 60)
        if quiet and hour % 24 == 11:
            yield from counts(1, 1, 1)
            yield "SentMessageSize", (self.large_message, self.large_message, 1)
        if quiet or not sent:
            return
        yield from counts(sent, sent * self.received_each, sent * self.deleted_each)
        yield "SentMessageSize", (sent * self.bytes_average, self.bytes_largest, sent)
        yield from self.gauges(day, hour)

    def gauges(self, day, hour):
        """A gauge has one sample a minute. Its largest value of the day is at noon."""
        share = 1 if hour % 24 == 12 else 0.4
        gauges = {
            "ApproximateNumberOfMessagesNotVisible": self.in_flight,
            "ApproximateAgeOfOldestMessage": self.ages[day],
            "ApproximateNumberOfGroupsWithInflightMessages": self.groups,
            "ApproximateNumberOfNoisyGroups": self.noisy_groups if self.groups is None else None,
        }
        for name, value in gauges.items():
            if value is not None:
                # The numbers of groups stay whole.
                value = value * share if name.endswith(("Visible", "Message")) else value
                yield name, (60 * value, value, 60)


def counts(sent, received, deleted):
    yield "NumberOfMessagesSent", (sent, sent / 60, 60)
    yield "NumberOfMessagesReceived", (received, received / 60, 60)
    yield "NumberOfMessagesDeleted", (deleted, deleted / 60, 60)
