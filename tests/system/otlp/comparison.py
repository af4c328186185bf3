"""What is the same by push and by scrape: series, queries of dashboards, rules, alerts, and the last values."""

import time

from dashboards.queries import all_failures
from dashboards.system import SCRAPE_SECONDS
from running.processes import until

# How long both servers may differ, because each server evaluates at its own time.
LIMIT_SECONDS = 240
# An alert that the scenario causes: a shutdown aborts messages.
CAUSED = "LongshoreMessagesAborted"

# A scrape leaves out the buckets of these histograms until their first observation.
LATE_BUCKETS = {f"longshore_{name}_bucket" for name in ("processing_duration_seconds", "gather_duration_seconds",
                                                        "settle_batch_size")}


def identity(series):
    """The name and the labels. Prometheus 3 writes a bound of 1 second as 1.0 in a scrape, and as 1 in a push."""
    bound = {"le": str(float(series["le"]))} if "le" in series else {}
    return tuple(sorted((series | bound).items()))


def assert_equal_series(push, scrape, start):
    """The names and labels of all series are equal, and every series has an instance and a job."""
    found = {}
    for server in (push, scrape):
        everything = server.series('{__name__=~"(longshore|process)_.+"}', start, time.time())
        unnamed = [one for one in everything if not one.get("instance") or not one.get("job")]
        assert not unnamed, f"{len(unnamed)} series have no instance or no job, as {unnamed[0]}"
        found[server] = {identity(one) for one in everything}
    missing = found[scrape] - found[push]
    assert not missing, f"{len(missing)} series are not pushed, as {sorted(missing)[:5]}"
    more = {dict(one)["__name__"] for one in found[push] - found[scrape]}
    assert more <= LATE_BUCKETS, f"pushed, but not scraped: {more - LATE_BUCKETS}"
    assert len(found[scrape]) > 500, f"only {len(found[scrape])} series were compared"
    print(f"{len(found[scrape])} scraped series have the same names and labels by push")


def assert_dashboards_have_data(queries, name):
    failures = all_failures(queries)
    assert not failures, f"by {name}:\n" + "\n".join(failures)
    print(f"by {name}, every panel, annotation and variable has data")


def rules_with_data(server, start):
    """The rules whose expression has had data."""
    def has_data(rule):
        return bool(server.range(rule["query"], start, time.time(), SCRAPE_SECONDS))
    rules = server.rules()
    failing = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] == "err"]
    assert not failing, failing
    return {(rule["name"], rule["query"]) for rule in rules if has_data(rule)}


def assert_equal_rules(push, scrape, start):
    by_scrape = rules_with_data(scrape, start)
    assert len(by_scrape) >= 50, f"only {len(by_scrape)} rules have data"
    missing = set()

    def equal():
        missing.clear()
        missing.update(by_scrape - rules_with_data(push, start))
        return not missing

    try:
        until_equal("the rules by push", equal, missing)
    except AssertionError:
        # On a busy machine a scrape fails, so the worker is gone by scrape only.
        print(f"failed scrapes: {failed_scrapes(scrape, start)}")
        raise
    print(f"{len(by_scrape)} rules of {len(scrape.rules())} have data by scrape, and by push too")


def failed_scrapes(scrape, start):
    """The number of failed scrapes of each instance. A worker that has stopped has many."""
    failed = scrape.range("up == 0", start, time.time(), SCRAPE_SECONDS)
    return {series["metric"]["instance"]: len(series["values"]) for series in failed}


def assert_equal_alerts(push, scrape):
    alone = {}

    def equal():
        by_push, by_scrape = push.fired(), scrape.fired()
        alone.update({"by push": by_push - by_scrape, "by scrape": by_scrape - by_push})
        return by_push == by_scrape and any(alert[0] == CAUSED for alert in by_push)

    until_equal("equal alerts", equal, alone)
    print(f"the same alerts fire: {', '.join(sorted({name for name, _, _ in push.fired()}))}")


def until_equal(event, poll, difference):
    """Prints the difference if the limit is over."""
    try:
        until(event, poll, LIMIT_SECONDS)
    except AssertionError:
        print(difference)
        raise


def assert_final(server, name, instance):
    """The dashboard of shutdowns shows that the server has the final metrics of a worker that ended."""
    pending = "longshore_last_scrape_pending"
    ended = f"last_over_time({pending}[10m]) unless {pending}"
    state = until(f"the end of {instance} by {name}",
                  lambda: instance in (found := server.values(ended)) and found, LIMIT_SECONDS)
    assert state[instance] == 1, f"by {name}, the final metrics are missing"
    print(f"by {name}, the last values of a stopped worker are known to be final")
