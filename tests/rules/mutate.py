"""Mutation tests of the alert rules: each mutant breaks the rules in one place, and a test must fail.

tests/cloudwatch/mutate.py uses the same functions for other rules. Run from the root of the repository. Exits with 1 if a mutant passes its test.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

RULES = pathlib.Path("alerts/longshore.rules.yml")
TESTS = pathlib.Path("tests/rules")
BURN = "job_queue_slo:longshore_slo_burn_rate:ratio_rate"


@dataclass(frozen=True)
class Mutant:
    """A rule, its broken version, a description of the change, and the test file that must fail."""

    change: str
    test: str
    rule: str
    broken: str


def mutate(kind: str, name: str, nth: int, find: str, put: str) -> tuple[str, str]:
    """The nth rule with this kind and name, before and after one change."""
    pattern = rf"      - {kind}: {re.escape(name)}\n(?:(?!      - |  - ).*\n)*"
    rule = re.findall(pattern, RULES.read_text())[nth]
    if find not in rule:
        raise SystemExit(f"{name} has no {find!r}")
    return rule, rule.replace(find, put)


def alert(name: str, nth: int, find: str, put: str) -> tuple[str, str]:
    return mutate("alert", name, nth, find, put)


def record(name: str, find: str, put: str) -> tuple[str, str]:
    return mutate("record", name, 0, find, put)


ERRORS = "job_queue_slo:longshore_slo_errors:ratio_rate"
EVENTS = "job_queue_slo:longshore_slo_"
BUDGET_LEFT = "job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d"
BURNS, WASTE, COST = "LongshoreErrorBudgetBurn", "LongshorePollingWaste", "LongshoreMessageCostHigh"
MISSING, CONFLICT = "LongshoreObjectiveMissing", "LongshoreObjectiveConflict"
ABORTED, VANISHED = "LongshoreMessagesAborted", "LongshoreVanishedWithMessages"
STALLED, LEASES = "LongshorePollersStalled", "LongshoreLeasesLost"
BREAKER = "LongshoreCircuitBreakerOpen"

HANDLERS = "LongshoreHandlersFailing"

REFUSED, THROTTLED = "LongshoreRequestsRefused", "LongshoreRequestsThrottled"
NOT_DELETED, ABANDONED = "LongshoreMessagesNotDeleted", "LongshoreMessagesAbandoned"
NOT_MOVED = "LongshoreRejectsNotMoved"
NOT_SENT, SENDERS = "LongshorePeriodicTasksNotSent", "LongshorePeriodicTaskSenders"
KEPT = "LongshorePayloadsNotDeleted"
NOT_SENT_RUNS = "job_queue:longshore_periodic_tasks_not_sent:increase5m"

RESTARTED, GONE = "LongshoreRestartedWithMessages", "LongshoreWorkersGone"

BLOCKED, GROWING = "LongshoreSlotsBlocked", "LongshoreBacklogGrowing"
NEAR, HANGS_AFTER = "LongshoreInFlightLimitNear", "job_queue:longshore_handler_hangs_after:seconds"

STORM, FLEET, LOST = "LongshoreSpendWithoutResult", "LongshoreFleetWaste", "LongshoreMessagesLost"
DEAD, EXPIRE = "LongshoreDeadLetters", "LongshoreDeadLettersExpire"
GROUP = "LongshoreGroupBlocked"
LAST_EMPTY = "job_queue:longshore_dead_letters_last_empty:timestamp"

MUTANTS = [
    # Thresholds and factors.
    Mutant("threshold of the fast page", "pages", *alert(BURNS, 0, "5m{slo=~\"delivery|freshness|latency\"} > 14.4", "5m{slo=~\"delivery|freshness|latency\"} > 144")),
    Mutant("threshold of the slow page", "tickets", *alert(BURNS, 1, "> 6\n", "> 3\n")),
    Mutant("threshold of the first ticket", "tickets", *alert(BURNS, 2, "> 3\n", "> 5\n")),
    Mutant("threshold of the second ticket", "tickets", *alert(BURNS, 3, "> 1\n", "> 2.5\n")),
    Mutant("threshold of the waste alert", "waste", *alert(WASTE, 0, "6h{slo=\"polling\"} > 6", "6h{slo=\"polling\"} > 16")),
    Mutant("threshold of the cost alert", "cost", *alert(COST, 0, "> 2\n", "> 3\n")),
    # Windows.
    Mutant("short window of the fast page", "pages", *alert(BURNS, 0, f"{BURN}5m", f"{BURN}2h")),
    Mutant("long window of the fast page", "pages", *alert(BURNS, 0, f"{BURN}1h", f"{BURN}5m")),
    Mutant("range of the 3-day ratio", "windows", *record(f"{EVENTS}bad_events:increase3d", "[3d]", "[1d]")),
    Mutant("range of the 2-hour ratio", "windows", *record(f"{EVENTS}bad_events:increase2h", "[2h]", "[1h]")),
    Mutant("range of the 3-day waste", "windows", *record("job_queue:longshore_empty_receives:increase3d", "[3d]", "[6h]")),
    Mutant("range of the remaining budget", "budget", *record(BUDGET_LEFT, "[30d]", "[3d]")),
    Mutant("threshold of the open breaker", "workers", *alert(BREAKER, 0, "> 0.5", "> 0.9")),
    Mutant("a half-open breaker is open", "workers", *alert(BREAKER, 0, '{state="open"}', '{state=~".*open"}')),
    Mutant("workers hide an open breaker", "workers", *alert(BREAKER, 0, "max by", "avg by")),
    Mutant("the open breaker fires at once", "workers", *alert(BREAKER, 0, "for: 2m", "for: 0s")),
    Mutant("range of the aborted messages", "workers", *alert(ABORTED, 0, "[1h]", "[10m]")),
    # Labels.
    Mutant("the polling SLO fires a page", "pages", *alert(BURNS, 0, 'slo=~"delivery|freshness|latency"', 'slo=~".+"')),
    Mutant("the freshness SLO fires no page", "pages", *alert(BURNS, 0, "|freshness", "")),
    Mutant("all events count as bad", "pages", *record(f"{EVENTS}bad_events:increase5m", 'result="bad"', 'result=~"bad|good"')),
    Mutant("the aggregation drops the cluster label", "pages", *record(f"{EVENTS}bad_events:increase1h", "cluster, ", "")),
    Mutant("the waste alert reads another SLO", "deploy", *alert(WASTE, 0, 'slo="polling"', 'slo="latency"')),
    Mutant("the floor is computed from full receives", "waste", *record("job_queue:longshore_empty_receive_seconds:increase5m", '"empty"', '"full"')),
    Mutant("a full receive is not a success", "workers", *alert(STALLED, 0, "full|partial", "partial")),
    Mutant("a failed receive is a success", "workers", *alert(STALLED, 0, "full|partial", "full|error|partial")),
    Mutant("the minimum of lost leases is from another SLO", "workers", *alert(LEASES, 0, 'slo="delivery"', 'slo="polling"')),
    # Operators.
    Mutant("one window is enough", "pages", *alert(BURNS, 0, "\n          and\n", "\n          or\n")),
    Mutant("waste is material or inefficient", "waste", *alert(WASTE, 0, "and on", "or on")),
    Mutant("the floor is added instead of subtracted", "waste", *record("job_queue:longshore_wasted_spend:usd_per_30d_rate6h", "- job_queue:longshore_empty_receive", "+ job_queue:longshore_empty_receive")),
    Mutant("the remaining budget is the used budget", "budget", *record(BUDGET_LEFT, "1 - sum", "0 + sum")),
    Mutant("the loosest objective applies", "settings", *record("job_queue_slo:longshore_slo_objective:ratio_of_running", "max by", "min by")),
    Mutant("the objective conflict is reversed", "settings", *alert(CONFLICT, 0, "\n          >\n", "\n          <\n")),
    # Guards.
    Mutant("the minimum of bad events never applies", "traffic", *alert(BURNS, 0, "increase1h) >=", "increase1h) * 1000 >=")),
    Mutant("five bad events are not enough", "traffic", *alert(BURNS, 0, "increase1h) >=", "increase1h) > 5 >=")),
    Mutant("the waste alert ignores the waste budget", "waste", *alert(WASTE, 0, "> job_queue:longshore_waste_budget:usd_per_30d", ">= 0")),
    Mutant("the long window has no waste budget", "deploy", *alert(WASTE, 0, "6h > job_queue:longshore_waste_budget:usd_per_30d", "6h >= 0")),
    Mutant("the short window has no waste budget", "waste", *alert(WASTE, 0, "30m > job_queue:longshore_waste_budget:usd_per_30d", "30m >= 0")),
    Mutant("the cost alert ignores the waste budget", "cost", *alert(COST, 0, "> job_queue:longshore_waste_budget:usd_per_30d", "> -1e9")),
    Mutant("an idle queue has a ratio", "traffic", *record(f"{ERRORS}5m", " > 0)", " >= 0)")),
    Mutant("the cost includes the idle floor", "cost", *record("job_queue:longshore_message_cost:usd_rate6h", "- job_queue:longshore_empty_receive", "- 0 * job_queue:longshore_empty_receive")),
    Mutant("a draining worker is stalled", "workers", *alert(STALLED, 0, "(longshore_pollers) > 0", "(longshore_pollers) >= 0")),
    Mutant("a worker without free slots is stalled", "workers", *alert(STALLED, 0, "          < sum", "          <= sum")),
    Mutant("an objective of 1 is valid", "settings", *alert(MISSING, 0, "ratio > 0)", "ratio >= 0)")),
    Mutant("an objective ends with its worker", "settings", *record("job_queue_slo:longshore_slo_objective:ratio", "[1h]", "[1m]")),
    # Joins.
    Mutant("objectives of stopped workers count like those of running workers", "settings", *record("job_queue_slo:longshore_slo_objective:ratio_of_running", "(longshore_slo_objective_ratio)", "(last_over_time(longshore_slo_objective_ratio[1h]))")),
    Mutant("any running worker hides a vanished worker", "workers", *alert(VANISHED, 0, "unless\n", "unless on (job)\n")),
    Mutant("a missing price does not fire", "settings", *alert(MISSING, 1, "job_queue:longshore_request_price:usd\n", "job_queue:longshore_waste_budget:usd_per_30d\n")),
    # for, keep_firing_for, severity, annotations.
    Mutant("the fast page fires at once", "pages", *alert(BURNS, 0, "for: 2m", "for: 0s")),
    Mutant("the slow ticket fires too early", "tickets", *alert(BURNS, 3, "for: 3h", "for: 1h")),
    Mutant("the waste alert fires too late", "waste", *alert(WASTE, 0, "for: 15m", "for: 45m")),
    Mutant("the fast page ends at once", "pages", *alert(BURNS, 0, "keep_firing_for: 5m", "keep_firing_for: 0s")),
    Mutant("the waste alert ends at once", "waste", *alert(WASTE, 0, "keep_firing_for: 30m", "keep_firing_for: 1m")),
    Mutant("two missed scrapes are a vanished worker", "workers", *alert(VANISHED, 0, "for: 2m", "for: 1m")),
    Mutant("the waste alert is critical", "waste", *alert(WASTE, 0, "severity: warning", "severity: critical")),
    Mutant("the stall alert is a warning", "workers", *alert(STALLED, 0, "severity: critical", "severity: warning")),
    Mutant("the dollars are per year", "waste", *record("job_queue:longshore_wasted_spend:usd_per_30d_rate30m", "2592000", "31536000")),
    Mutant("the runbook is for another alert", "pages", *alert(BURNS, 0, "runbooks/LongshoreErrorBudgetBurn", "runbooks/LongshorePollingWaste")),
    Mutant("the dashboard link has no queue", "workers", *alert(ABORTED, 0, "var-queue={{ $labels.queue | urlquery }}", "var-queue=")),
    Mutant("the job in a link is not encoded", "links", *alert(BREAKER, 0, "$labels.job | urlquery", "$labels.job")),
    Mutant("the cluster in a link is not encoded", "links", *alert(BREAKER, 0, "var-cluster={{ . | urlquery }}", "var-cluster={{ . }}")),
    Mutant("the link loses the namespace", "links", *alert(BREAKER, 0, "&var-namespace={{ . | urlquery }}", "")),
    Mutant("the description loses the cluster", "links", *alert(BREAKER, 0, "Cluster: {{ . }}.", "")),
    # Windows that are made of recorded counts.
    Mutant("events of the last minutes do not count", "traffic", *record(f"{EVENTS}bad_events:increase1h", "  or\n            label_replace(job_queue_slo:longshore_slo_bad_events:increase5m, \"window\", \"5m\", \"\", \"\")\n", "")),
    Mutant("each event counts 5 times", "traffic", *record(f"{EVENTS}bad_events:increase1h", "/ 5", "/ 1")),
    Mutant("a new queue has been observed for 5 minutes", "new_queue", *record("job_queue:longshore_observed:seconds5m", "clamp_max(", "300 + 0 * clamp_max(")),
    Mutant("dollars of the first minutes are shown", "new_queue", *record("job_queue:longshore_spend:usd_per_30d_rate30m", "> 438", "> 0")),
    Mutant("a queue scaled to zero is new when it is back", "new_queue", *record("job_queue:longshore_observed:seconds5m", "[3d]", "[1h]")),
    Mutant("one bad event overspends a quiet budget", "new_queue", *record(BUDGET_LEFT, "  job_queue_slo:longshore_slo_min_bad_events:count\n            or\n", "")),
    # Handlers that fail.
    Mutant("half of the calls is nearly all", "handlers", *alert(HANDLERS, 0, "> 0.8", "> 0.1")),
    Mutant("all calls must fail", "handlers", *alert(HANDLERS, 0, "> 0.8", "> 1")),
    Mutant("one failed call is enough", "handlers", *alert(HANDLERS, 0, ">= 50", ">= 1")),
    Mutant("the page for failing calls fires at once", "handlers", *alert(HANDLERS, 0, "for: 2m", "for: 0s")),
    Mutant("5 percent of failed calls is many", "handlers", *alert(HANDLERS, 1, "> 0.1", "> 0.04")),
    Mutant("20 percent of failed calls is many", "handlers", *alert(HANDLERS, 1, "> 0.1", "> 0.2")),
    Mutant("the ticket has no short window", "handlers", *alert(HANDLERS, 1, "[15m]", "[1h]")),
    Mutant("few failures are many", "handlers", *alert(HANDLERS, 1, ">= 50", ">= 1")),
    # Requests that SQS refuses or throttles.
    Mutant("other workers hide a refused worker", "requests", *alert(REFUSED, 1, ", instance", "")),
    Mutant("receives hide refused deletes", "requests", *alert(REFUSED, 1, ", action", "")),
    Mutant("an invalid request is not refused", "requests", *alert(REFUSED, 1, "|invalid", "")),
    Mutant("a missing queue is not refused", "requests", *alert(REFUSED, 0, "|missing", "")),
    Mutant("denied attributes are a page", "requests", *alert(REFUSED, 0, 'action="receive", ', '')),
    Mutant("a short refusal is a ticket", "requests", *alert(REFUSED, 1, "> 0.5", "> 0.001")),
    Mutant("the page for refusals is late", "requests", *alert(REFUSED, 0, "for: 1m", "for: 15m")),
    Mutant("the page ends between two receives", "requests", *alert(REFUSED, 0, "keep_firing_for: 15m", "keep_firing_for: 0s")),
    Mutant("only full throttling is a page", "requests", *alert(THROTTLED, 0, "> 0.5", "> 0.95")),
    Mutant("some throttling is a page", "requests", *alert(THROTTLED, 0, "> 0.5", "> 0.1")),
    Mutant("little throttling is a ticket", "requests", *alert(THROTTLED, 1, "> 0.1", "> 0.005")),
    Mutant("the page for throttling fires at once", "requests", *alert(THROTTLED, 0, "for: 2m", "for: 0s")),
    # Messages that are not deleted.
    Mutant("a worker that deletes hides one that does not", "requests", *alert(NOT_DELETED, 0, ", instance", "")),
    Mutant("rejected messages must be deleted", "requests", *alert(NOT_DELETED, 0, '{outcome="done"}', '{outcome=~"done|reject"}')),
    Mutant("three messages are enough to judge", "requests", *alert(NOT_DELETED, 0, ">= 5", ">= 1")),
    Mutant("a worker that abandons messages is a page", "requests", *alert(NOT_DELETED, 0, "< 0.5 *", "< 1 *")),
    Mutant("rejected messages are abandoned", "requests", *record("job_queue:longshore_abandoned_messages:increase5m", '"abandoned"', '"rejected"')),
    Mutant("moved messages are not moved", "requests", *record("job_queue:longshore_rejects_not_moved:increase5m", "moved|stopped", "stopped")),
    Mutant("a shutdown does not move messages", "requests", *record("job_queue:longshore_rejects_not_moved:increase5m", "moved|stopped", "moved")),
    Mutant("only many rejects are not moved", "requests", *alert(NOT_MOVED, 0, "> 0", "> 2")),
    Mutant("late tasks are not sent", "periodic_tasks", *record(NOT_SENT_RUNS, "missed|failed", "missed|failed|late")),
    Mutant("missed tasks are sent", "periodic_tasks", *record(NOT_SENT_RUNS, "missed|failed", "failed")),
    Mutant("only many tasks are not sent", "periodic_tasks", *alert(NOT_SENT, 0, "> 0", "> 2")),
    Mutant("the leader must be a worker of the same job", "periodic_tasks", *alert(SENDERS, 0, "unless on (cluster, namespace, queue)", "unless on (cluster, namespace, job, queue)")),
    Mutant("a table does not send", "periodic_tasks", *alert(SENDERS, 0, 'sender!="other"', 'sender="leader"')),
    Mutant("a leader that restarts is missing", "periodic_tasks", *alert(SENDERS, 0, "for: 15m", "for: 2m")),
    Mutant("a leader that stops sends", "periodic_tasks", *alert(SENDERS, 0, "== 1", ">= 0")),
    Mutant("one leader is too many", "periodic_tasks", *alert(SENDERS, 1, "> 1", "> 0")),
    Mutant("workers with a table are leaders", "periodic_tasks", *alert(SENDERS, 1, "max by (cluster, namespace, queue)", "sum by (cluster, namespace, queue)")),
    Mutant("a leader next to a table is one sender", "periodic_tasks", *alert(SENDERS, 1, 'sender="table"', 'sender="other"')),
    Mutant("leaders of two jobs are one", "periodic_tasks", *alert(SENDERS, 1, "sum by (cluster, namespace, queue)", "max by (cluster, namespace, queue)")),
    # Payloads that stay in S3.
    Mutant("a few failed deletes of many are too many", "payloads", *alert(KEPT, 0, "> 0.1 *", "> 0.001 *")),
    Mutant("one failed delete is enough", "payloads", *alert(KEPT, 0, 'max by (cluster, namespace, job, queue) (job_queue_slo:longshore_slo_min_bad_events:count{slo="delivery"})', "1")),
    Mutant("deletes that succeed fail", "payloads", *record("job_queue:longshore_failed_payload_deletes:increase5m", '{result="failed"}', "")),
    # Workers that end without a drain.
    Mutant("drains are crashes", "ends", *alert(RESTARTED, 1, "resets(longshore_draining[10m])", "0 * resets(longshore_draining[10m])")),
    Mutant("a job that ends is a crash", "ends", *alert(RESTARTED, 1, "resets(longshore_last_scrape_pending[10m])", "0 * resets(longshore_last_scrape_pending[10m])")),
    Mutant("a worker without messages counts", "ends", *alert(RESTARTED, 1, "> bool 0", ">= bool 0")),
    Mutant("one crash is a page", "ends", *alert(RESTARTED, 0, ">= 3", ">= 1")),
    Mutant("five crashes are a page", "ends", *alert(RESTARTED, 0, ">= 3", ">= 5")),
    Mutant("a fleet that drained is gone", "ends", *alert(GONE, 0, "count[1d]) > 0\n          unless", "count[1d]) >= 0\n          unless")),
    Mutant("a fleet without messages is a page", "ends", *alert(GONE, 0, "count[1d]) > 0\n          and", "count[1d]) >= 0\n          and")),
    Mutant("the page ends after an hour", "ends", *alert(GONE, 0, "[1d]", "[1h]")),
    Mutant("a running fleet is gone", "ends", *alert(GONE, 0, "(longshore_pollers)", "(longshore_pollers > 2)")),
    Mutant("a failed scrape is a page", "ends", *alert(GONE, 0, "for: 2m", "for: 0s")),
    Mutant("a worker that drained is gone", "ends", *alert(GONE, 1, "> 0", ">= 0")),
    Mutant("a queue without a backlog has no messages", "ends", *record("job_queue:longshore_known_messages:count", "\n          or\n", "\n          and\n")),
    Mutant("draining workers poll", "ends", *record("job_queue:longshore_polling_workers:count", "> bool 0", ">= bool 0")),
    # Messages that do not get on.
    Mutant("workers with a free slot are blocked", "progress", *alert(BLOCKED, 1, "longshore_slots == 0", "longshore_slots >= 0")),
    Mutant("workers that settle messages are blocked", "progress", *alert(BLOCKED, 1, "[5m])) == 0", "[5m])) >= 0")),
    Mutant("other workers hide a blocked worker", "progress", *alert(BLOCKED, 1, ", instance", "")),
    Mutant("one of three blocked workers is a page", "progress", *alert(BLOCKED, 0, ">= 0.5", ">= 0.1")),
    Mutant("half of the workers is not enough for a page", "progress", *alert(BLOCKED, 0, ">= 0.5", "> 1")),
    Mutant("long handlers hang", "progress", *record(HANGS_AFTER, "10 * sum", "0 * sum")),
    Mutant("short handlers hang at once", "progress", *record(HANGS_AFTER, "  300", "  0")),
    Mutant("without history nothing hangs", "progress", *record(HANGS_AFTER, "\n          or\n", "\n          unless\n")),
    Mutant("without history handlers hang after 5 minutes", "progress", *record(HANGS_AFTER, "3600", "300")),
    Mutant("a batch that arrives is growth", "progress", *alert(GROWING, 1, "for: 30m", "for: 1m")),
    Mutant("a backlog that shrinks grows", "progress", *alert(GROWING, 1, "[30m]) > 0\n", "[30m]) > -1e9\n")),
    Mutant("a backlog of minutes counts", "progress", *alert(GROWING, 1, "> 1800", "> 18")),
    Mutant("a small backlog counts", "progress", *alert(GROWING, 1, ">= 100", ">= 1")),
    Mutant("messages in flight are a backlog", "progress", *record("job_queue:longshore_backlog:messages", 'state="visible"', 'state=~".+"')),
    Mutant("a batch that is processed gets older", "progress", *alert(GROWING, 2, "[30m]) < 0", "[30m]) < -1e9")),
    Mutant("a stable age grows", "progress", *alert(GROWING, 2, "> 0.1", "> -1")),
    Mutant("one message that fails for days is a backlog", "progress", *record("job_queue:longshore_oldest_message:seconds", "min by", "max by")),
    Mutant("one receive with an old message counts", "progress", *record("job_queue:longshore_oldest_message:seconds", "min_over_time", "max_over_time")),
    Mutant("messages expire at once", "progress", *alert(GROWING, 0, "> 0.5", "> 0.1")),
    Mutant("the retention is the visibility timeout", "progress", *alert(GROWING, 0, "retention_seconds", "visibility_timeout_seconds")),
    Mutant("the limit in flight is far", "progress", *alert(NEAR, 0, "96000", "60000")),
    Mutant("the limit in flight is reached", "progress", *alert(NEAR, 0, "96000", "120000")),
    # Dead-letter queues.
    Mutant("an empty dead-letter queue is a ticket", "dead_letters", *alert(DEAD, 0, "> 0", ">= 0")),
    Mutant("the workers' reports are added", "dead_letters", *record("job_queue:longshore_dead_letters:messages", "max by", "sum by")),
    Mutant("a queue that was emptied is not", "dead_letters", *record(LAST_EMPTY, "> 0", ">= 0")),
    Mutant("a gap of hours hides the age", "dead_letters", *record(LAST_EMPTY, "[1d]", "[1h]")),
    Mutant("the age is that of the last message", "dead_letters", *record(LAST_EMPTY, "and job_queue", "unless job_queue")),
    Mutant("messages expire at once", "dead_letters", *alert(EXPIRE, 0, "0.25", "0.9")),
    Mutant("two days are left of a short retention", "dead_letters", *alert(EXPIRE, 0, "0.25", "0.02")),
    Mutant("an hour before the end is enough", "dead_letters", *alert(EXPIRE, 0, "86400", "3600")),
    # Money and messages that other alerts do not see.
    Mutant("a queue that deletes is a storm", "spend", *alert(STORM, 0, "unless", "or")),
    Mutant("empty receives are a storm", "spend", *alert(STORM, 0, " - job_queue:longshore_empty", " - 0 * job_queue:longshore_empty")),
    Mutant("a small storm is material", "spend", *alert(STORM, 0, "> job_queue:longshore_waste_budget:usd_per_30d", "> 0")),
    Mutant("a queue with its own alert counts for the fleet", "spend", *alert(FLEET, 0, "<=", ">= 0 *")),
    Mutant("efficient queues waste", "spend", *alert(FLEET, 0, '{slo="polling"} > 1', '{slo="polling"} > 0')),
    Mutant("the fleet has the budget of one queue", "spend", *alert(FLEET, 0, "> 4 *", "> 1 *")),
    Mutant("the fleet has 5 budgets", "spend", *alert(FLEET, 0, "> 4 *", "> 5 *")),
    Mutant("the window of the lost messages is a day", "losses", *alert(LOST, 0, "[7d]", "[1d]")),
    Mutant("four lost messages are enough", "losses", *alert(LOST, 0, ">=\n", ">= 0.8 *\n")),
    # FIFO queues.
    Mutant("threshold of the group that is blocked for an hour", "fifo", *alert(GROUP, 0, "> 3600", "> 5400")),
    Mutant("threshold of the group that is blocked for ten minutes", "fifo", *alert(GROUP, 1, "> 600", "> 480")),
    Mutant("a longest handler of nine minutes blocks a group", "fifo", *alert(GROUP, 1, "> 600", "> 300")),
    Mutant("a group that advances is blocked", "fifo", *alert(GROUP, 1, "min_over_time", "max_over_time")),
    Mutant("one scrape is enough for a blocked group", "fifo", *alert(GROUP, 0, "[5m]", "[1m]")),
    Mutant("the workers share the time of a group", "fifo", *record("job_queue:longshore_message_group_blocked:seconds", "max by", "avg by")),
    Mutant("the blocked group fires at once", "fifo", *alert(GROUP, 0, "for: 1m", "for: 0s")),
    Mutant("the blocked group goes silent at once", "fifo", *alert(GROUP, 0, "keep_firing_for: 5m", "keep_firing_for: 1m")),
    Mutant("late messages are lost", "losses", *alert(LOST, 0, 'slo="delivery"', 'slo=~".+"')),
    Mutant("delivered messages are lost", "losses", *record("job_queue_slo:longshore_slo_bad_events:increase5m", 'result="bad"', 'result=~".+"')),
]


def survives(mutant: Mutant) -> bool:
    """Whether the test passes with the broken rules. The broken rules must still be valid."""
    with tempfile.TemporaryDirectory() as scratch:
        rules = pathlib.Path(scratch, "rules.yml")
        rules.write_text(RULES.read_text().replace(mutant.rule, mutant.broken, 1))
        tests = (TESTS / f"{mutant.test}.test.yml").read_text()
        test = pathlib.Path(scratch, "test.yml")
        test.write_text(tests.replace(f"../../alerts/{RULES.name}", "rules.yml"))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["promtool", "check", "rules", rules], check=True, **quiet)
        return subprocess.run(["promtool", "test", "rules", test], **quiet).returncode == 0


def main(mutants: list[Mutant]) -> int:
    """Run all mutants, two at a time, and print the score."""
    began, survivors = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for number, (mutant, alive) in enumerate(zip(mutants, pool.map(survives, mutants), strict=True), 1):
            if alive:
                survivors += 1
                print(f"survived {mutant.test}.test.yml: {mutant.change}", flush=True)
            if number % 20 == 0:
                print(f"{number} of {len(mutants)} mutants, {time.monotonic() - began:.0f} s", flush=True)
    killed, seconds = len(mutants) - survivors, time.monotonic() - began
    print(f"mutation score: {killed} of {len(mutants)} killed, {seconds:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(MUTANTS))
