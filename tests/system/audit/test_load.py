"""Throttling changes no finding, and 10,000 queues take less than five minutes."""

from audit.account import Account
from audit.metrics import HOUR, Metrics, Point, last_full_hour
from audit.queues import Queues
from audit.scene import served
from audit.server import Refused, serving

THROTTLED_QUEUES, THROTTLED_SECONDS = 200, 180
LARGE_QUEUES, LARGE_SECONDS, LARGE_MIB = 10_000, 300, 300


def test_throttling_changes_no_finding(audit):
    """Each third call is throttled, with the errors of both services."""
    account = Account(3, THROTTLED_QUEUES)
    errors = {"GetMetricData": Refused("ThrottlingException", "Rate exceeded", "Throttling"),
              "ListQueues": Refused("RequestThrottled", "Request is throttled.", status=403)}
    refused = []

    def refuse(action, _):
        if sum(server.calls.values()) % 3 == 0:
            refused.append(action)
            raise errors.get(action, Refused("ThrottlingException", "Rate exceeded"))

    with served(account.drafts(), page=4_000) as server:
        expected = audit.json(*account.rules.arguments(), server=server).exits(0)
        server.calls.clear()
        server.refuse = refuse
        outcome = audit.json(*account.rules.arguments(), server=server)
    seconds = f"{outcome.seconds:.0f} s, at most {THROTTLED_SECONDS}"
    assert not outcome.report()["gaps"], f"{outcome.report()['gaps']} after {seconds}"
    assert outcome.code == 0, f"exit code {outcome.code} after {seconds}"
    assert outcome.seconds < THROTTLED_SECONDS, f"exit code {outcome.code} after {seconds}"
    assert outcome.found() == expected.found(), outcome.found() ^ expected.found()
    requests = outcome.report()["requests"]
    assert requests == expected.report()["requests"], (requests, expected.report()["requests"])
    assert {"GetMetricData", "GetQueueAttributes", "ListQueueTags"} <= set(refused), set(refused)
    print(f"{THROTTLED_QUEUES} queues in {outcome.seconds:.1f} s, {expected.seconds:.1f} s without throttling; "
          f"{len(refused)} of {sum(server.calls.values())} calls throttled")


def many_queues():
    """Queues and dead-letter queues, each tenth with short polling."""
    account = Account(11, 200, is_healthy=True)
    drafts = account.drafts()
    metrics, queues = Metrics(), []
    at = last_full_hour() - HOUR
    for number in range(LARGE_QUEUES // len(drafts)):
        for draft in drafts:
            queues.append(copied(draft, number))
            empties = 5e6 if number % 10 == 0 else 1e3
            metrics.add(queues[-1].name, "NumberOfEmptyReceives", [Point(at, empties, empties, 60)])
            metrics.add(queues[-1].name, "NumberOfMessagesSent", [Point(at, 1e3, 1e3, 60)])
    return queues, metrics


def copied(draft, number):
    """The queue of a draft under another name, which its dead-letter queue has too."""
    queue = draft.queue()
    rename = lambda text: text.replace(":123456789012:", f":123456789012:{number}-")  # noqa: E731
    queue.attributes = {name: rename(value) if "arn:aws:sqs" in value else value
                        for name, value in queue.attributes.items()}
    queue.name = f"{number}-{queue.name}"
    return queue


def test_10_000_queues_take_less_than_five_minutes(audit):
    queues, metrics = many_queues()
    with serving(Queues(queues), metrics) as server:
        outcome = audit.json(server=server).exits(0)
        calls = dict(server.calls)
    totals = outcome.report()["totals"]
    assert totals["queues"] == LARGE_QUEUES, totals
    assert calls["ListQueues"] == LARGE_QUEUES / 1_000, calls
    assert calls["GetQueueAttributes"] == LARGE_QUEUES, calls
    assert outcome.seconds < LARGE_SECONDS, f"{outcome.seconds:.0f} s, at most {LARGE_SECONDS}"
    assert outcome.peak_mib < LARGE_MIB, f"{outcome.peak_mib:.0f} MiB, at most {LARGE_MIB}"
    print(f"{LARGE_QUEUES} queues in {outcome.seconds:.0f} s, peak {outcome.peak_mib:.0f} MiB, "
          f"{sum(calls.values())} calls")
