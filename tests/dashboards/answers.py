"""Every query of every dashboard, asked of a real Prometheus that scrapes real workers: each has an answer.

usage: python answers.py PATH_OF_LONGSHORE

Exits 1 if any query has none, or one that is no number.
"""

import math
import os
import sys
import tempfile
import time

import grafana
import scene

# The dashboard of one queue is asked about the one that has everything, and about all others too: there it may be
# empty, but never NaN.
BUSY, OTHERS = "mail", ["orders", "idle", "clicks"]
# How long the rules may take to see what happened.
PATIENCE_SECONDS = 90


def values_of(result):
    """All numbers of an answer."""
    for series in result:
        for _, value in series.get("values") or [series["value"]]:
            yield float(value)


def verdict(result):
    """What is wrong with an answer; nothing is the best."""
    values = list(values_of(result))
    if not values:
        return "is empty"
    strange = [value for value in values if not math.isfinite(value)]
    return f"has {len(strange)} values like {strange[0]} among {len(values)}" if strange else None


class Asking:
    """Asks Prometheus as Grafana would for the time since the start."""

    def __init__(self, prometheus):
        self.prometheus = prometheus
        self.start = time.time()

    def values(self, dashboard, **chosen):
        span = max(10, math.ceil(time.time() - self.start))
        intervals = {"__rate_interval": f"{4 * scene.SCRAPE_SECONDS}s", "__range": f"{span}s"}
        return grafana.everything(dashboard) | chosen | intervals

    def ask(self, query):
        if query.is_range:
            return self.prometheus.over(query.expr, self.start, time.time(), scene.SCRAPE_SECONDS)
        return self.prometheus.now(query.expr)

    def wrong(self, dashboard, may_be_empty=False, **chosen):
        """The queries of a dashboard that have no good answer, each with what is wrong."""
        found = {}
        for query in grafana.queries(dashboard, self.values(dashboard, **chosen)):
            said = verdict(self.ask(query))
            if said and not (said == "is empty" and may_be_empty):
                found[query] = said
        return found

    def wrong_variables(self, dashboard, **chosen):
        for variable in grafana.variables(dashboard, self.values(dashboard, **chosen)):
            if not self.prometheus.label_values(variable.label, variable.selector):
                yield f"{dashboard['uid']}: the variable {variable.name} has no values"


def chosen_of(dashboard):
    """What a person has to choose before anything shows."""
    return {} if "queue" in grafana.everything(dashboard) else {"queue": BUSY}


def until_all_answer(asking):
    """The rules see a drain a few evaluations later: asks again until all is well, or patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        wrong = {}
        for dashboard in grafana.dashboards():
            wrong |= asking.wrong(dashboard, **chosen_of(dashboard))
        if not wrong or time.monotonic() > deadline:
            return wrong
        time.sleep(1)


def check(asking):
    """Everything that is wrong, in words."""
    complaints = [f"{query} {said}: {query.expr}" for query, said in until_all_answer(asking).items()]
    asked = 0
    for dashboard in grafana.dashboards():
        chosen = chosen_of(dashboard)
        complaints += asking.wrong_variables(dashboard, **chosen)
        for other in OTHERS if chosen else []:
            wrong = asking.wrong(dashboard, may_be_empty=True, queue=other)
            complaints += [f"{query} of {other} {said}: {query.expr}" for query, said in wrong.items()]
        asked += len(list(grafana.queries(dashboard, asking.values(dashboard, **chosen))))
    # A site with clusters and one without are in one picture.
    worst = next(query for query in grafana.queries(*fleet(asking)) if "worst first" in query.panel)
    labels = [series["metric"] for series in asking.ask(worst)]
    if {"cluster" in one for one in labels} != {True, False}:
        complaints.append(f"All leaves out queues: {labels}")
    print(f"       {asked} queries")
    return complaints


def fleet(asking):
    dashboard = next(one for one in grafana.dashboards() if one["uid"] == "longshore-fleet")
    return dashboard, asking.values(dashboard)


def assert_that_it_would_notice(asking):
    """A test that nobody has seen fail is a hope."""
    ask = asking.prometheus
    assert verdict(ask.now("longshore_nothing_like_that")) == "is empty"
    assert "nan" in verdict(ask.now("0 * longshore_pollers / 0"))
    assert "inf" in verdict(ask.now("longshore_build_info / 0"))


def play(longshore, scratch):
    """A deploy: one worker takes over from another, which has messages that outlast its grace."""
    old, new, web = (scene.free_address() for _ in range(3))
    with (scene.local_queue(longshore) as endpoint,
          scene.worker(longshore, endpoint, scratch, old, scene.SHOP) as goes,
          scene.worker(longshore, endpoint, scratch, web, scene.CLICKS),
          scene.prometheus(longshore, scratch, [old, new], [web]) as prometheus,
          scene.traffic(endpoint) as send):
        asking = Asking(prometheus)
        scene.give_what_outlasts_a_grace(prometheus, old, send)
        assert_that_it_would_notice(asking)
        with scene.worker(longshore, endpoint, scratch, new, scene.SHOP):
            prometheus.wait_until(f'sum(longshore_messages_received_total{{instance="{new}"}}) > 0')
            scene.drain_with_an_abort(prometheus, goes, old)
            return check(asking)


def main():
    longshore = os.path.abspath(sys.argv[1])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        complaints = play(longshore, scratch)
    for complaint in complaints:
        print(f"FAILED {complaint}")
    print(f"{'FAILED' if complaints else 'ok    '} every panel, mark and variable has an answer, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
