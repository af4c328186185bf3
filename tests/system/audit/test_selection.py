"""Only the selected queues are read: those that --queue, --prefix and --tag select, with dead-letter queues that they
do not select."""

import pytest

from audit.metrics import DAY
from audit.moto_queues import MotoQueues
from audit.queues import Queues, arn
from audit.scene import served, shop
from audit.server import ACCOUNT


@pytest.fixture(params=[Queues, MotoQueues])
def kind(request):
    """Two servers, because moto is another implementation of SQS. It has one account."""
    return request.param


def read(server):
    """The calls, without those of CloudWatch."""
    return {action: count for action, count in server.calls.items() if action != "GetMetricData"}


def selected(audit, drafts, *arguments, kind=Queues, **environment):
    """The names of the queues that were audited, the outcome and the calls."""
    with served(drafts.values(), kind) as server:
        urls = [argument.replace("URL", f"{server.url}/{ACCOUNT}/") for argument in arguments]
        outcome = audit.json(*urls, server=server, **environment)
        names = [figures["queue"] for figures in outcome.report()["queues"]] if outcome.code in (0, 4, 5) else []
        return names, outcome, read(server)


def test_names_urls_and_arns(audit, kind):
    names, outcome, calls = selected(
        audit, shop(), "--queue", "shop-orders", "--queue", "URLshop-mail", "--queue", arn("stock.fifo"), kind=kind)
    assert sorted(names) == ["shop-mail", "shop-orders", "stock.fifo"], names
    # The dead-letter queues, which are not selected, are known.
    assert not outcome.exits(0).found(), outcome.found()
    expected = {"GetQueueUrl": 4, "GetQueueAttributes": 5, "ListQueueTags": 3, "ListDeadLetterSourceQueues": 3}
    assert calls == expected, calls


def test_one_queue_that_is_named_twice(audit, kind):
    arguments = [part for name in ("shop-mail", arn("shop-mail"), "URLshop-mail") for part in ("--queue", name)]
    names, *_ = selected(audit, shop(), *arguments, kind=kind)
    assert names == ["shop-mail"], f"audited {names}"


def test_a_prefix_selects_the_queues_that_start_with_it(audit, kind):
    names, outcome, calls = selected(audit, shop(), "--prefix", "shop-", kind=kind)
    assert sorted(names) == ["shop-dead", "shop-mail", "shop-orders"], (names, outcome.found())
    assert not outcome.found(), (names, outcome.found())
    expected = {"ListQueues": 1, "GetQueueAttributes": 3, "ListQueueTags": 3, "ListDeadLetterSourceQueues": 3}
    assert calls == expected, calls


def test_a_tag_selects_the_queues_that_have_it(audit, kind):
    drafts = shop()
    for name, draft in drafts.items():
        draft.tags = {"team": "data" if name == "stock.fifo" else "shop"}
    drafts["shop-mail"].tags["old"] = ""
    for wanted, expected in (("team=data", ["stock.fifo"]), ("old", ["shop-mail"]), ("old=", ["shop-mail"])):
        names, outcome, calls = selected(audit, drafts, "--tag", wanted, kind=kind)
        assert names == expected, (wanted, names, outcome.found())
        assert not outcome.exits(0).found(), (wanted, names, outcome.found())
        # The tags of all queues, and the attributes of the selected queue and its dead-letter queue.
        assert (calls["ListQueueTags"], calls["GetQueueAttributes"]) == (5, 2), calls
    names, outcome, calls = selected(audit, drafts, "--tag", "team=shop", "--prefix", "shop-m", kind=kind)
    assert names == ["shop-mail"], (names, calls)
    assert calls["ListQueueTags"] == 1, (names, calls)


def test_dead_letter_queue_alone(audit, kind):
    """Its sources are known, although they are not selected."""
    drafts = shop()
    drafts["shop-dead"].waiting, drafts["shop-dead"].allows = 5, None
    drafts["shop-dead"].settings["ReceiveMessageWaitTimeSeconds"] = "0"
    names, outcome, _ = selected(audit, drafts, "--queue", "shop-dead", kind=kind)
    checks = {check for _, check in outcome.found()}
    assert names == ["shop-dead"], outcome.found()
    assert checks == {"dead-letters", "redrive-allow-all"}, outcome.found()
    [fix] = [one["fix"]["aws"] for one in outcome.report()["findings"] if one["check"] == "redrive-allow-all"]
    assert arn("shop-orders") in fix, fix
    assert arn("shop-mail") in fix, fix


def test_short_dead_letter_queue_that_is_not_selected(audit, kind):
    drafts = shop()
    drafts["shop-dead"].settings["MessageRetentionPeriod"] = str(3 * DAY)
    drafts["stock.fifo"].move_to("deleted.fifo")
    _, outcome, _ = selected(audit, drafts, "--queue", "shop-mail", "--queue", "stock.fifo", kind=kind)
    expected = {("shop-mail", "dead-letter-retention"), ("stock.fifo", "no-dead-letter-queue")}
    assert outcome.found() == expected, outcome.found()


# What is selected, and what the error must contain.
NO_MATCH = {
    ("--queue", "shop-orders", "--queue", "shop-ordres"): ["shop-ordres", "does not exist"],
    ("--queue", "URLshop-ordres"): ["shop-ordres", "does not exist"],
    ("--prefix", "sohp-"): ["no queue of us-east-1 has a name that starts with \"sohp-\""],
    ("--tag", "team=none"): ["no queue of us-east-1 has the tag team=none"],
    ("--tag", "none", "--prefix", "shop"): ["a name that starts with \"shop\" and has the tag none"],
}


@pytest.mark.parametrize("arguments", NO_MATCH, ids=" ".join)
def test_a_selection_of_no_queue_is_refused(audit, kind, arguments):
    _, outcome, _ = selected(audit, shop(), *arguments, kind=kind)
    outcome.exits(1)
    assert not outcome.out, outcome
    assert all(text in outcome.err for text in NO_MATCH[arguments]), outcome
    assert len(outcome.err.strip().splitlines()) == 1, outcome


def test_queue_of_another_account(audit):
    """The queue of the same name in this account must not be audited in its place."""
    other = arn("shop-orders").replace(ACCOUNT, "210987654321")
    _, outcome, _ = selected(audit, shop(), "--queue", other)
    assert other in outcome.exits(1).err, outcome


def test_queue_of_another_region(audit):
    """The queue of the same name in the configured region must not be audited in its place."""
    names, outcome, _ = selected(audit, shop(), "--queue", arn("shop-orders").replace("us-east-1", "eu-west-1"))
    assert outcome.code in (1, 64), f"audited {names} of us-east-1; {outcome.err}"
    assert "eu-west-1" in outcome.err, f"audited {names} of us-east-1; {outcome.err}"


@pytest.mark.parametrize("arguments", [
    ["--queue", "a", "--prefix", "b"], ["--days", "0"], ["--days", "456"], ["--tag", "=a"], ["--format", "yaml"],
    ["--plan", "a", "--region", "eu-west-1"], ["--queue", ""]], ids=" ".join)
def test_wrong_usage(audit, arguments):
    _, outcome, calls = selected(audit, {}, *arguments)
    assert outcome.code == 64, outcome
    assert not calls, outcome
