"""Mutation tests of the rules for CloudWatch's metrics, with the functions of tests/rules/mutate.py.

Run from the root of the repository. Exits with 1 if a mutant passes its test.
"""

import pathlib
import sys

sys.path.insert(0, "tests/rules")
import mutate
from mutate import Mutant, alert, record

mutate.RULES = pathlib.Path("alerts/cloudwatch.rules.yml")
mutate.TESTS = pathlib.Path("tests/cloudwatch")

EMPTY, REPORTED = "sqs:empty_receives:per_second", "sqs:empty_receives_reported:per_second"
VISIBLE, KNOWN = "sqs:messages_visible:max", "sqs:queue:known"
NO_CONSUMER = "sqs:messages_without_consumer:min15m"
NOT_DELETED, GROWING = "sqs:messages_not_deleted:ratio_rate1h", "sqs:growing_backlog:messages"
WASTED_LONG, WASTED_SHORT = "sqs:wasted_spend:usd_per_30d_rate6h", "sqs:wasted_spend:usd_per_30d_rate30m"
NO_DEAD_LETTERS = "          unless sqs:dead_letter_queue:known"

MUTANTS = [
    # Both exporters.
    Mutant("a sum is not a rate", "names", *record(REPORTED, " / scalar(sqs:yace_period:seconds)", "")),
    Mutant("both exporters have the same period", "names", *record(REPORTED, "sqs:cloudwatch_exporter_period", "sqs:yace_period")),
    Mutant("a gap with NaN has no value", "names", *record(REPORTED, " >= 0", "")),
    Mutant("an old value counts for an hour", "names", *record(VISIBLE, "[15m:1m]", "[1h:1m]")),
    Mutant("only new values count", "names", *record(VISIBLE, "[15m:1m]", "[2m:1m]")),
    Mutant("two exporters count twice", "names", *record(VISIBLE, "max by", "sum by")),
    Mutant("regions are added", "names", *record(VISIBLE, "account_id, region, queue", "account_id, queue")),
    Mutant("snake case is unknown", "names", *record(REPORTED, '"dimension_queue_name"', '"other"')),
    Mutant("an average is unknown", "names", *record(VISIBLE, "visible_average", "visible_minimum")),
    Mutant("the site's period is ignored", "names", *record("sqs:yace_period:seconds", "sqs_setting:", "sqs_other:")),
    Mutant("an unknown sum is zero", "names", *record(EMPTY, "and on (account_id, region)", "unless on (queue)")),
    Mutant("a sum that is missing is unknown", "names", *record(EMPTY, "[1d]", "[1m]")),
    Mutant("a setting makes no dead-letter queue", "names", *record("sqs:dead_letter_queue:known", "sqs_setting:", "sqs_other:")),
    Mutant("names are in lower case", "names", *record("sqs:dead_letter_queue:known", "(?i)", "")),
    # Work.
    Mutant("empty receives are no receives", "work", *record(NO_CONSUMER, f"max_over_time({EMPTY}[15m]) == 0", f"{KNOWN}")),
    Mutant("an empty queue needs a consumer", "work", *record(NO_CONSUMER, "[15m]) > 0", "[15m]) >= 0")),
    Mutant("a dead-letter queue needs a consumer", "work", *record(NO_CONSUMER, NO_DEAD_LETTERS, "")),
    Mutant("a dead-letter queue is a retry storm", "work", *record(NOT_DELETED, NO_DEAD_LETTERS, "")),
    Mutant("one message is a retry storm", "work", *record(NOT_DELETED, "> 10 / 3600", "> 0")),
    Mutant("a few failures are a retry storm", "work", *alert("SqsMessagesNotDeleted", 0, "> 0.5", "> 0.3")),
    Mutant("only all failures are a retry storm", "work", *alert("SqsMessagesNotDeleted", 0, "> 0.5", "> 0.9")),
    Mutant("a backlog that shrinks grows", "work", *record(GROWING, "[30m]) > 0", "[30m]) > -1e9")),
    Mutant("a backlog of minutes grows", "work", *record(GROWING, "> 1800", "> 0")),
    Mutant("a small backlog grows", "work", *record(GROWING, ">= 100", ">= 1")),
    Mutant("dead letters are a backlog", "work", *record(GROWING, NO_DEAD_LETTERS, "")),
    Mutant("the retention setting is ignored", "work", *record("sqs:retention:seconds", "sqs_setting:", "sqs_other:")),
    Mutant("dead letters do not expire", "work", *alert("SqsRetentionNear", 0, "> 0.75", f"> 0.75\n{NO_DEAD_LETTERS}")),
    Mutant("messages expire early", "work", *alert("SqsRetentionNear", 0, "> 0.75", "> 0.7")),
    Mutant("the age setting is ignored", "work", *record("sqs:oldest_message_limit:seconds", "sqs_setting:", "sqs_other:")),
    Mutant("dead letters are old", "work", *alert("SqsOldestMessageOld", 0, NO_DEAD_LETTERS, "")),
    Mutant("an empty dead-letter queue", "work", *alert("SqsDeadLetters", 0, "> 0", ">= 0")),
    Mutant("every queue is a dead-letter queue", "work", *record("sqs:dead_letters:messages", "and", "or")),
    Mutant("the limit in flight is far", "work", *alert("SqsInFlightLimitNear", 0, "> 0.8", "> 0.7")),
    Mutant("the raised limit is ignored", "work", *record("sqs:in_flight_limit:messages", "sqs_setting:", "sqs_other:")),
    # Money.
    Mutant("the floor is ignored", "money", *record(WASTED_LONG, "/ 20", "* 0")),
    Mutant("a long poll takes a second", "money", *record(WASTED_LONG, "/ 20", "/ 1")),
    Mutant("a FIFO request costs as much as any", "money", *record("sqs:request_price:usd", "* 0.5", "* 0.4")),
    Mutant("the price setting is ignored", "money", *record("sqs:request_price:usd", "sqs_setting:", "sqs_other:")),
    Mutant("the budget setting is ignored", "money", *record("sqs:waste_budget:usd_per_30d", "sqs_setting:", "sqs_other:")),
    Mutant("the pollers setting is ignored", "money", *record("sqs:long_pollers:assumed", "sqs_setting:", "sqs_other:")),
    Mutant("the alert lasts for hours after the fix", "money", *alert("SqsEmptyReceivesWaste", 0, WASTED_SHORT, WASTED_LONG)),
    # The metrics themselves.
    Mutant("a short gap is missing data", "data", *alert("SqsMetricsMissing", 0, "for: 15m", "for: 0s")),
    Mutant("the alert ends within the hour", "data", *alert("SqsMetricsMissing", 0, "[6h]", "[1m]")),
    Mutant("one error is many", "data", *alert("SqsMetricsMissing", 1, "min_over_time", "max_over_time")),
    Mutant("an old error is new", "data", *alert("SqsMetricsMissing", 1, "> 0\n        for", ">= 0\n        for")),
]

if __name__ == "__main__":
    sys.exit(mutate.main(MUTANTS))
