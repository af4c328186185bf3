"""The audit reports what it cannot read: what is missing, and what would give access."""

import json
import time

from audit.metrics import Metrics
from audit.queues import Queues
from audit.scene import ALL_FAULTS, faulty_shop, queue, refusing, served, shop
from audit.server import Refused, serving
from running.processes import free_port

# The SDK repeats a request that gets no answer.
MOST_SECONDS = 90


def both(audit, drafts, refuse, *arguments, code):
    """The table, the report and its findings."""
    with served(drafts.values()) as server:
        server.refuse = refuse
        table, report = audit(*arguments, server=server), audit.json(*arguments, server=server)
    table.exits(code)
    return table, report.exits(code).report(), report.found()


def statement_is_printed_once(text, action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    lines = [json.loads(line) for line in text.splitlines() if line.strip().startswith("{")]
    assert lines.count(statement) == 1, f"the statement for {action} is printed {lines.count(statement)} times:\n{text}"


def test_metrics_are_denied(audit):
    table, report, found = both(audit, faulty_shop(), refusing("GetMetricData"), code=5)
    assert found == ALL_FAULTS - {("shop-orders", "empty-receives")}, found
    statement_is_printed_once(table.out, "cloudwatch:GetMetricData")
    assert "unknown" in table.out.splitlines()[0], table
    assert "$0.00" not in table.out, table
    totals = report["totals"]
    assert totals["empty_receives"] is totals["empty_receives_usd"] is totals["long_polling_usd"] is None, totals
    [gap] = report["gaps"]
    assert (gap["action"], gap["queues"]) == ("cloudwatch:GetMetricData", 5), gap
    assert gap["statement"], gap
    undecided = {one["check"]: one["queues"] for one in report["unknown"]}
    assert undecided["empty-receives"] == undecided["unused-queue"] == 5, undecided


def test_metrics_are_forbidden_in_the_answer(audit):
    """CloudWatch can answer, and refuse single metrics."""
    with served(faulty_shop().values()) as server:
        answer = server.metrics.get_metric_data
        server.metrics.get_metric_data = lambda parameters: {"MetricDataResults": [
            {**one, "StatusCode": "Forbidden", "Values": [], "Timestamps": []}
            for one in answer(parameters)["MetricDataResults"]]}
        outcome = audit.json(server=server).exits(5)
    assert outcome.found() == ALL_FAULTS - {("shop-orders", "empty-receives")}, outcome.found()
    [gap] = outcome.report()["gaps"]
    assert gap["statement"], gap


def test_metrics_of_a_part_of_the_queues_fail(audit):
    """The sums of the others must not look like those of all queues."""
    drafts = [queue(f"mail-{number}") for number in range(120)]
    with served(drafts) as server:
        server.refuse = refusing("GetMetricData", lambda parameters: len(parameters["MetricDataQueries"]) < 400,
                                 Refused("InvalidParameterValueException", "no such metric"))
        report = audit.json(server=server).exits(5).report()
    [gap] = report["gaps"]
    assert 0 < gap["queues"] < 60, gap
    assert gap["statement"] is None, gap
    assert report["totals"]["empty_receives_usd"] is None, report["totals"]


def test_listing_is_denied(audit):
    with served(shop().values()) as server:
        server.refuse = refusing("ListQueues")
        outcome = audit(server=server).exits(1)
        named = audit.json("--queue", "shop-mail", server=server).exits(0)
    assert not outcome.out, outcome
    assert "--queue" in outcome.err, outcome
    assert '{"Action":"sqs:ListQueues","Effect":"Allow","Resource":"*"}' in outcome.err, outcome
    assert named.report()["totals"]["queues"] == 1, named


def test_tags_are_denied(audit):
    table, report, found = both(audit, faulty_shop(), refusing("ListQueueTags"), code=5)
    assert found == ALL_FAULTS - {("shop-mail", "tags")}, found
    statement_is_printed_once(table.out, "sqs:ListQueueTags")
    assert {"check": "tags", "queues": 5}.items() <= next(
        one for one in report["unknown"] if one["check"] == "tags").items(), report["unknown"]
    # A queue whose tags are unknown is not left out, because it may have the tag.
    table, report, found = both(audit, faulty_shop(), refusing("ListQueueTags"), "--tag", "team=shop", code=5)
    assert report["totals"]["queues"] == 5, report["totals"]


def test_attributes_of_some_are_denied(audit):
    drafts = faulty_shop()
    refuse = refusing("GetQueueAttributes", lambda parameters: parameters["QueueUrl"].endswith(("mail", "dead")))
    table, report, found = both(audit, drafts, refuse, code=5)
    assert found == {one for one in ALL_FAULTS if one[0] == "shop-orders"}, found
    audited = {figures["queue"] for figures in report["queues"]}
    assert audited == {"shop-orders", "stock.fifo", "stock-dead.fifo"}, report
    statement_is_printed_once(table.out, "sqs:GetQueueAttributes")
    # Its dead-letter queue exists, but cannot be read.
    undecided = {one["check"]: one["queues"] for one in report["unknown"]}
    assert undecided["dead-letter-retention"] == 1, undecided


def test_attributes_of_all_are_denied(audit):
    with served(shop().values()) as server:
        server.refuse = refusing("GetQueueAttributes")
        outcome = audit(server=server).exits(1)
    assert not outcome.out, outcome
    assert "any of 5 queues" in outcome.err, outcome
    assert "sqs:GetQueueAttributes" in outcome.err, outcome


def test_sources_are_denied(audit):
    """Whether a queue is a dead-letter queue is unknown, so nothing is found that depends on it."""
    drafts = shop()
    drafts["shop-dead"].waiting = 3
    table, report, found = both(audit, drafts, refusing("ListDeadLetterSourceQueues"), "--queue", "shop-dead",
                                "--queue", "shop-mail", code=5)
    statement_is_printed_once(table.out, "sqs:ListDeadLetterSourceQueues")
    # shop-mail names shop-dead.
    assert found == {("shop-dead", "dead-letters")}, found
    undecided = {one["check"] for one in report["unknown"]}
    assert "unused-queue" in undecided, undecided


def test_queue_that_is_deleted_meanwhile(audit):
    drafts = shop()
    with served(drafts.values()) as server:
        def refuse(action, parameters):
            if action != "ListQueues":
                server.queues.by_name.pop("stock.fifo", None)
        server.refuse = refuse
        outcome = audit.json(server=server).exits(0)
    assert outcome.report()["totals"]["queues"] == 4, outcome
    assert not outcome.report()["gaps"], outcome


def test_attribute_of_another_form(audit):
    """One queue that the audit does not understand does not hide the others. A fraction, as of moto, is a time."""
    with served(faulty_shop().values()) as server:
        attributes = server.queues.by_name["stock.fifo"].attributes
        attributes["CreatedTimestamp"] += ".01115"
        assert audit.json(server=server).exits(0).found() == ALL_FAULTS
        attributes["CreatedTimestamp"] = "soon"
        outcome = audit.json(server=server).exits(5)
    [gap] = outcome.report()["gaps"]
    assert gap["error"].endswith('is "soon", but must be a Unix time.'), gap
    others = {(queue, check) for queue, check in ALL_FAULTS if queue != "stock.fifo"}
    assert outcome.found() == others, outcome.found() ^ others


def test_empty_account(audit):
    with served([]) as server:
        assert audit(server=server).exits(0).out.splitlines()[0] == "No queues."
        for style in ("json", "markdown", "sarif", "junit"):
            audit("--format", style, "--fail-on", "low", server=server).exits(0)


def test_region_without_traffic(audit):
    """CloudWatch has no metric of these queues, so nothing was wasted."""
    drafts = shop()
    with serving(Queues([draft.queue() for draft in drafts.values()]), Metrics()) as server:
        outcome = audit.json(server=server).exits(0)
        table = audit(server=server).exits(0)
    work = {"shop-orders", "shop-mail", "stock.fifo"}
    unused = {name for name in work if not drafts[name].waiting}
    assert outcome.found() == {(name, "unused-queue") for name in unused}, outcome.found()
    assert outcome.report()["totals"]["empty_receives_usd"] == 0, outcome.report()["totals"]
    assert table.out.startswith("0 empty receives a month cost $0.00."), table


def test_nothing_listens(audit):
    began = time.monotonic()
    outcome = audit("--endpoint-url", f"http://127.0.0.1:{free_port()}").exits(1)
    took = time.monotonic() - began
    assert took < MOST_SECONDS, f"{took:.0f} s until the error"
    assert len(outcome.err.strip().splitlines()) == 1, outcome
    assert "refused" in outcome.err.lower(), outcome


def test_cloudwatch_is_unreachable(audit):
    with served(faulty_shop().values()) as server:
        outcome = audit.json(server=server, AWS_ENDPOINT_URL_CLOUDWATCH=f"http://127.0.0.1:{free_port()}").exits(5)
    assert outcome.seconds < MOST_SECONDS, f"{outcome.seconds:.0f} s until the report"
    assert outcome.found() == ALL_FAULTS - {("shop-orders", "empty-receives")}, outcome.found()


def test_no_region(audit):
    outcome = audit(AWS_REGION=None).exits(1)
    assert not outcome.out, outcome
    assert "no region" in outcome.err, outcome
    assert "--region" in outcome.err, outcome
