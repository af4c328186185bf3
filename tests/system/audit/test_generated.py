"""Each fault of generated accounts is found, and nothing else. An account has 200 queues."""

import collections
import time

from audit.account import Account
from audit.moto_queues import MotoQueues
from audit.queues import Queues
from audit.scene import served

QUEUES, LEAST_ACCOUNTS, SECONDS = 200, 6, 60
MOST_SECONDS, MOST_OTHER_CALLS = 120, 60
# Two answers of CloudWatch for most of its requests, so that the audit reads pages.
PAGE = 4_000
READING = {"ListQueues", "GetQueueUrl", "GetQueueAttributes", "ListQueueTags", "ListDeadLetterSourceQueues",
           "GetMetricData"}
# They need counters of workers, and a Terraform plan.
NOT_IN_AN_ACCOUNT = {"heartbeats", "lambda-visibility"}


def check_calls(server, report):
    """The audit only reads, with few calls, and reports their number."""
    calls = server.calls
    assert set(calls) <= READING, f"the audit changes something: {calls}"
    assert (calls["ListQueues"], calls["GetQueueAttributes"], calls["ListQueueTags"]) == (1, QUEUES, QUEUES), calls
    others = sum(calls.values()) - 2 * QUEUES - 1
    assert others <= MOST_OTHER_CALLS, calls
    cloudwatch = calls["GetMetricData"]
    expected = {"cloudwatch": cloudwatch, "sqs": sum(calls.values()) - cloudwatch}
    assert expected.items() <= report["requests"].items(), f"the server counted {calls}, and found {report['requests']}"
    return cloudwatch


def one_account(audit, seed):
    account = Account(seed, QUEUES)
    with served(account.drafts(), MotoQueues if seed % 3 == 1 else Queues, PAGE) as server:
        outcome = audit.json(*account.rules.arguments(), server=server).exits(0)
        report = outcome.report()
        requests = check_calls(server, report)
    assert outcome.seconds < MOST_SECONDS, f"{outcome.seconds:.1f} s for {QUEUES} queues"
    assert len(report["findings"]) == len(outcome.found()), "a check has two findings about a queue"
    empties, known = report["totals"]["empty_receives"], account.empty_receives()
    # The last full hour can change between the two.
    assert abs(empties / known - 1) < 0.01, f"{empties} empty receives a month, expected {known}"
    return account.expected(), outcome.found(), outcome.seconds, requests


def named(pairs):
    """Each check with the number of queues, and one of them."""
    by_check = {}
    for queue, check in sorted(pairs):
        by_check.setdefault(check, []).append(queue)
    texts = [f"{check} {len(queues)} times, such as in {queues[0]}" for check, queues in by_check.items()]
    return ", ".join(texts) or "none"


def checks_of(audit):
    """The identifiers of all checks."""
    with served([]) as server:
        [run] = audit("--format", "sarif", server=server).report()["runs"]
    return {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_each_fault_of_generated_accounts_is_found_and_nothing_else(audit):
    began, seed, slowest, calls = time.monotonic(), 0, 0, set()
    right, missing, extra, seen = 0, set(), set(), collections.Counter()
    while seed < LEAST_ACCOUNTS or time.monotonic() - began < SECONDS:
        seed += 1
        expected, found, seconds, requests = one_account(audit, seed)
        right += len(expected & found)
        missing |= {(f"{queue} of seed {seed}", check) for queue, check in expected - found}
        extra |= {(f"{queue} of seed {seed}", check) for queue, check in found - expected}
        seen.update(check for _, check in expected)
        slowest, calls = max(slowest, seconds), calls | {requests}
    precision, recall = (100 * right / max(right + len(one), 1) for one in (extra, missing))
    figures = (f"{seed} accounts of {QUEUES} queues, {right + len(missing)} faults, precision {precision:.2f} %, "
               f"recall {recall:.2f} %, slowest {slowest:.1f} s, {min(calls)}-{max(calls)} calls of CloudWatch")
    assert not missing | extra, f"{figures}\nnot found: {named(missing)}\nfound, but no fault: {named(extra)}"
    never = checks_of(audit) - NOT_IN_AN_ACCOUNT - set(seen)
    assert not never, f"no fault for {never}"
    rarest = min(seen, key=seen.get)
    print(f"{figures}; {len(seen)} checks, the rarest {rarest} {seen[rarest]} times")
