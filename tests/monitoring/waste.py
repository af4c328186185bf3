"""Short polling fires the waste alert with its dollars. Long polling does not."""

import re

from notifications import TICKETS, WASTE, tickets
from system import FAST_SCALE, JOBS, SCALE
from waiting import until

# The list price of AWS, and the default of Longshore.
DOLLARS_PER_MILLION = 0.40
MONTH_SECONDS = 30 * 86400
SLOS = {"delivery", "freshness", "latency", "polling"}
PROCESS = ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_threads"]
WASTED = "job_queue:longshore_wasted_spend:usd_per_30d_rate30m"

# The queues of this test are standard queues without cron, and none moves the messages that it rejects.
# tests/dashboards has all three.
OF_OTHER_QUEUES = {"job_queue:longshore_message_group_blocked:seconds", "job_queue:longshore_rejects_not_moved:increase5m",
                   "job_queue:longshore_periodic_tasks_not_sent:increase5m"}


def every_worker_is_scraped_as_its_job(system):
    for prometheus, jobs in ((system.prometheus, JOBS[SCALE]), (system.fast_prometheus, JOBS[FAST_SCALE])):
        for queue, job in ((queue, job) for job, (_, queues) in jobs.items() for queue in queues):
            series = f'{{job="{job}", instance="{system.workers[queue].instance}"}}'
            until(f"a scrape of {queue}", lambda: prometheus.value(f"up{series}") == 1)
            for metric in PROCESS:
                assert prometheus.value(metric + series) is not None, metric


def every_recording_rule_has_data_for_each_slo(system):
    # Prometheus has scraped the counters at zero, so it sees all messages as an increase.
    system.queues.send("orders", 100, seconds_between=2)
    for queue, count in {"mail": 10, "kept": 1, "lost": 1}.items():
        system.queues.send(queue, count)
    recorded = {rule["name"] for rule in system.prometheus.rules() if rule["type"] == "recording"} - OF_OTHER_QUEUES
    assert recorded, "there are no rules"
    for name in recorded:
        series = f'last_over_time({name}{{job="shop", queue="orders"}}[1h])'
        wanted = SLOS if name.startswith("job_queue_slo:") else {None}
        until(name, lambda: {labels.get("slo") for labels, _ in system.prometheus.query(series)} == wanted)
    return [f"{len(recorded)} series"]


def the_dollars_of_the_waste_alert_match_the_requests(system):
    """The dollars in the ticket are the price of the receives. Their rate varies with the load of the machine."""
    alert, = system.alertmanager.alerts(**WASTE)
    title, = (title for title, ticket in TICKETS.items() if ticket[0] == WASTE["alertname"])
    reported = int(re.search(r"wastes \$(\d+) in 30 days", tickets(system)[title]).group(1))
    rate = 'sum(rate(longshore_api_requests_total{queue="orders", action="receive"}[20s]))'
    rates = [value for times in ({"time": alert["startsAt"]}, {})
             for _, value in system.prometheus.query_samples(f"{rate}[2m:5s]", **times)]
    least, most = (rate / 1e6 * DOLLARS_PER_MILLION * MONTH_SECONDS for rate in (min(rates), max(rates)))
    close = least * 0.95 - 1 <= reported <= most * 1.05 + 1
    assert reported > 1 and close, f"the ticket has ${reported}, but the receives cost ${least} to ${most}"
    return [f"{min(rates):.1f} to {max(rates):.1f} receives per second cost ${least:.2f} to ${most:.2f} in 30 days; "
            f"the ticket has ${reported}"]


def long_polling_fires_no_alert(system):
    prometheus = system.prometheus
    pending = 'ALERTS{alertname="LongshorePollingWaste", alertstate="pending"}'
    needed = prometheus.value(f"max(count_over_time({pending}[1h]))")
    evaluations = f'count_over_time({WASTED}{{queue="mail"}}[1h])'
    until("twice as many evaluations of mail as orders needed to fire",
          lambda: prometheus.value(evaluations) >= 2 * needed)
    polls = 'longshore_receive_duration_seconds_count{queue="mail", outcome="empty"}'
    until("three long polls of mail", lambda: prometheus.value(polls) >= 3)
    assert prometheus.value('longshore_slo_events_total{queue="mail", slo="polling", result="bad"}') == 0
    worst = prometheus.value(f'max_over_time({WASTED}{{queue="mail"}}[1h])')
    assert worst < 0.01, f"${worst} of waste"
    return [f"{prometheus.value(polls):.0f} empty receives in {prometheus.value(evaluations):.0f} evaluations; "
            f"orders was pending for {needed:.0f}"]


def no_other_alert_fired_and_no_rule_failed(system):
    notified = {(alert, "warning", queue) for alert, _, _, queue in TICKETS.values()}
    paged = {("LongshoreWorkersGone", "critical", "lost")}
    inhibited = {("LongshoreMessageCostHigh", "warning", "orders"), ("LongshoreWorkersGone", "warning", "lost")}
    fired = system.prometheus.fired()
    assert fired == notified | paged | inhibited, fired
    for prometheus in (system.prometheus, system.fast_prometheus):
        failed = [rule for rule in prometheus.rules() if rule["health"] != "ok"]
        assert not failed, failed
