"""Workers push their metrics by OTLP to a Prometheus server. A second server scrapes the same workers.

usage: python push.py PATH_OF_LONGSHORE PATH_OF_PROMETHEUS_3

By push, every sum must be the truth, and every query of the dashboards, every rule and every alert that has data by
scrape must have data. Exits 1 if a step fails.
"""

import os
import sys
import tempfile
import time

import answers
import servers
import system

MESSAGES = 500
# How long the alerts of both servers may differ, because each server evaluates at its own time.
LIMIT_SECONDS = 90
# An alert that the scenario causes: a shutdown aborts messages.
CAUSED = "LongshoreMessagesAborted"

# A scrape leaves out the buckets of these histograms until their first observation.
LATE_BUCKETS = {f"longshore_{name}_bucket" for name in ("processing_duration_seconds", "gather_duration_seconds",
                                                        "settle_batch_size")}
# The panels about what does not happen in this test.
NEVER = ["Workers that restarted"]


def pushing(settings, endpoint):
    return f"""
[otlp]
endpoint = "{endpoint}/api/v1/otlp"

[otlp.traces]
export = false

[otlp.metrics]
export = true
interval = "{system.SCRAPE_SECONDS}s"
{settings}"""


def worker(longshore, endpoint, scratch, address, settings, receiver, job, site):
    """A worker whose pushed series have the labels that the scraping server gives to its scraped ones."""
    attributes = {"service.name": job, "service.instance.id": address, **site}
    resource = ",".join(f"{name}={value}" for name, value in attributes.items())
    return system.worker(longshore, endpoint, scratch, address, pushing(settings, receiver.url),
                         OTEL_RESOURCE_ATTRIBUTES=resource)


def until(event, condition, state=""):
    """Repeats until the condition is true. `state` is printed if it never is."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {LIMIT_SECONDS} s for {event}: {state}"
        time.sleep(0.5)
    return result


def check_truth(server, name, instances):
    """Counters start at zero, so the increase until the last sample of each worker is exact."""
    series = 'longshore_messages_received_total{queue="orders", delivery="first"}'
    until(f"both workers at zero by {name}", lambda: server.values(series) == dict.fromkeys(instances, 0))
    yield
    until(f"all messages by {name}", lambda: sum(server.values(series).values()) == MESSAGES)
    last = server.values(f"timestamp({series})")
    increases = {instance: server.values(f"increase({series}[10m])", time=at)[instance] for instance, at in last.items()}
    assert set(increases) == set(instances) and all(increases.values()), f"by {name}: {increases}"
    assert round(sum(increases.values()), 6) == MESSAGES, f"by {name}, of {MESSAGES} messages: {increases}"
    # A worker that stops earlier would abort messages in its last second, which a rule can miss.
    deleted = 'longshore_messages_total{queue="orders", result="deleted"}'
    until(f"all deletes by {name}", lambda: sum(server.values(deleted).values()) == MESSAGES)
    print(f"ok     by {name}, the increase of two workers is {sum(increases.values()):.6f}, of {MESSAGES} messages")
    yield


def send_messages(send):
    for _ in range(MESSAGES // 10):
        send("orders", ["ok"] * 10)


def identity(series):
    """The name and the labels. Prometheus 3 writes a bound of 1 second as 1.0 in a scrape, and as 1 in a push."""
    bound = {"le": str(float(series["le"]))} if "le" in series else {}
    return tuple(sorted((series | bound).items()))


def check_series(push, scrape, start):
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
    print(f"ok     {len(found[scrape])} scraped series have the same names and labels by push")


def rules_with_data(server, start):
    """The rules whose expression has had data."""
    def has_data(rule):
        return bool(server.range(rule["query"], start, time.time(), system.SCRAPE_SECONDS))
    rules = server.rules()
    failing = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] == "err"]
    assert not failing, failing
    return {(rule["name"], rule["query"]) for rule in rules if has_data(rule)}


def check_rules(push, scrape, start):
    by_scrape = rules_with_data(scrape, start)
    assert len(by_scrape) >= 50, f"only {len(by_scrape)} rules have data"
    missing = set()

    def equal():
        missing.clear()
        missing.update(by_scrape - rules_with_data(push, start))
        return not missing

    until("the rules by push", equal, missing)
    print(f"ok     {len(by_scrape)} rules of {len(scrape.rules())} have data by scrape, and by push too")


def check_alerts(push, scrape):
    alone = {}

    def equal():
        by_push, by_scrape = push.fired(), scrape.fired()
        alone.update({"by push": by_push - by_scrape, "by scrape": by_scrape - by_push})
        return by_push == by_scrape and any(alert[0] == CAUSED for alert in by_push)

    until("equal alerts", equal, alone)
    print(f"ok     the same alerts fire: {', '.join(sorted({name for name, _, _ in push.fired()}))}")


def check_final_state(server, name, instance):
    """The dashboard of shutdowns shows that the server has the final metrics of a worker that ended."""
    pending = "longshore_last_scrape_pending"
    ended = f"last_over_time({pending}[10m]) unless {pending}"
    state = until(f"the end of {instance} by {name}", lambda: instance in (found := server.values(ended)) and found)
    assert state[instance] == 1, f"by {name}, the final metrics are missing"
    print(f"ok     by {name}, the last values of a stopped worker are known to be final")


def check_dashboards(server, name, queries):
    failures = answers.check(queries)
    assert not failures, f"by {name}:\n" + "\n".join(failures)
    print(f"ok     by {name}, every panel, annotation and variable has data")


def judge(push, scrape, start, settled, queries):
    check_series(push, scrape, start)
    check_dashboards(scrape, "scrape", queries[scrape])
    check_dashboards(push, "push", queries[push])
    check_rules(push, scrape, settled)
    check_alerts(push, scrape)


def run(longshore, program, scratch):
    old, other, new, web = (system.free_address() for _ in range(4))
    system.generate_rules(longshore, scratch)
    start = time.time()
    with (system.local_queue(longshore) as endpoint,
          servers.receiving(program, scratch) as push,
          servers.scraping(program, scratch, [old, other, new], [web]) as scrape):
        queries = {server: answers.Queries(server, NEVER + list(answers.OF_OTHER_QUEUES)) for server in (push, scrape)}

        def shop(address):
            return worker(longshore, endpoint, scratch, address, system.SHOP, push, "shop", system.SITE)

        with (shop(old) as old_worker,
              worker(longshore, endpoint, scratch, web, system.CLICKS, push, "web", {})):
            with shop(other):
                checks = [check_truth(server, name, [old, other])
                          for server, name in ((push, "push"), (scrape, "scrape"))]
                for check in checks:
                    next(check)
                send_messages(system.sender(endpoint))
                for check in checks:
                    next(check)
            # Until here, a rule can have data only because another rule of its group has not run yet.
            settled = time.time()
            with system.traffic(endpoint) as send:
                system.send_slow_messages(scrape, old, send)
                with shop(new):
                    scrape.wait_until(f'sum(longshore_messages_received_total{{instance="{new}"}}) > 0')
                    system.abort_on_shutdown(scrape, old_worker, old)
                    judge(push, scrape, start, settled, queries)
                    for server, name in ((push, "push"), (scrape, "scrape")):
                        check_final_state(server, name, old)


def main():
    longshore, program = (os.path.abspath(path) for path in sys.argv[1:3])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        run(longshore, program, scratch)
    print(f"ok     metrics that are pushed work like scraped ones, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
