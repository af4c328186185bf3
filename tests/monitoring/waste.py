"""Short polling is told of, in dollars; long polling of the same worker is not."""

import re

from notices import TICKETS, WASTE, tickets
from stage import JOBS, MUCH_SHORTER, SHORTER
from waiting import until

# What AWS charges for a million requests, and what Longshore takes unless told.
DOLLARS_PER_MILLION = 0.40
MONTH_SECONDS = 30 * 86400
SLOS = {"delivery", "freshness", "latency", "polling"}
PROCESS = ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_threads"]
WASTED = "job_queue:longshore_wasted_spend:usd_per_30d_rate30m"


def every_worker_is_scraped_as_its_job(stage):
    for asked, jobs in ((stage.prometheus, JOBS[SHORTER]), (stage.hurried, JOBS[MUCH_SHORTER])):
        for queue, job in ((queue, job) for job, (_, queues) in jobs.items() for queue in queues):
            series = f'{{job="{job}", instance="{stage.workers[queue].instance}"}}'
            until(f"a scrape of {queue}", lambda: asked.value(f"up{series}") == 1)
            for metric in PROCESS:
                assert asked.value(metric + series) is not None, metric


def every_recording_rule_has_data_of_each_slo(stage):
    # Counters are there at zero by now, so that all that comes is an increase.
    stage.queues.send("orders", 100, seconds_between=2)
    for queue, count in {"mail": 10, "kept": 1, "lost": 1}.items():
        stage.queues.send(queue, count)
    recorded = {rule["name"] for rule in stage.prometheus.rules() if rule["type"] == "recording"}
    assert recorded, "there are no rules"
    for name in recorded:
        series = f'last_over_time({name}{{job="shop", queue="orders"}}[1h])'
        wanted = SLOS if name.startswith("job_queue_slo:") else {None}
        until(name, lambda: {labels.get("slo") for labels, _ in stage.prometheus.query(series)} == wanted)
    return [f"{len(recorded)} series"]


def the_dollars_of_short_polling_are_those_of_its_requests(stage):
    """What was told is what the receives on the wire came to when the alert fired."""
    alert, = stage.alertmanager.alerts(**WASTE)
    title, = (title for title, ticket in TICKETS.items() if ticket[0] == WASTE["alertname"])
    told = int(re.search(r"wastes \$(\d+) in 30 days", tickets(stage)[title]).group(1))
    rate = f'rate(longshore_api_requests_total{{queue="orders", action="receive"}}[{alert["labels"]["short_window"]}])'
    receives = stage.prometheus.value(f"sum({rate})", time=alert["startsAt"])
    dollars = receives / 1e6 * DOLLARS_PER_MILLION * MONTH_SECONDS
    assert told > 1 and abs(told - dollars) <= 1 + dollars / 20, f"told of ${told}, of {receives} a second: ${dollars}"
    return [f"{receives:.1f} receives a second are ${dollars:.2f} in 30 days; the ticket says ${told}"]


def long_polling_stays_silent(stage):
    asked = stage.prometheus
    needed = asked.value('max(count_over_time(ALERTS{alertname="LongshorePollingWaste", alertstate="pending"}[1h]))')
    looked = f'count_over_time({WASTED}{{queue="mail"}}[1h])'
    until("twice as many evaluations of mail as made orders fire", lambda: asked.value(looked) >= 2 * needed)
    polls = 'longshore_receive_duration_seconds_count{queue="mail", outcome="empty"}'
    until("three long polls of mail", lambda: asked.value(polls) >= 3)
    assert asked.value('longshore_slo_events_total{queue="mail", slo="polling", result="bad"}') == 0
    worst = asked.value(f'max_over_time({WASTED}{{queue="mail"}}[1h])')
    assert worst < 0.01, f"${worst} of waste"
    return [f"{asked.value(polls):.0f} empty receives in {asked.value(looked):.0f} evaluations; "
            f"orders was pending for {needed:.0f}"]


def nothing_else_ever_fired_and_no_rule_failed(stage):
    told = {(alert, "warning", queue) for alert, _, _, queue in TICKETS.values()}
    inhibited = {("LongshoreMessageCostHigh", "warning", "orders")}
    fired = stage.prometheus.fired()
    assert fired == told | inhibited, fired
    for asked in (stage.prometheus, stage.hurried):
        ill = [rule for rule in asked.rules() if rule["health"] != "ok"]
        assert not ill, ill
