"""Workers, Prometheus and Alertmanager: from a receive to the notification."""

import re

import pytest

import monitoring.system
from monitoring.notifications import (
    BURN,
    COST,
    GONE,
    LATE,
    PAGE,
    STALLED,
    TICKET,
    TICKETS,
    WASTE,
    assert_inhibited,
    first_page,
    pages,
    tickets,
)
from monitoring.shutdowns import QUEUES, final_metrics_scraped, fires, last, scrapes, stop_after_a_scrape
from monitoring.system import BROKEN, FAST_SCALE, JOBS, SCALE, send, until

pytestmark = pytest.mark.steps

SLOS = {"delivery", "freshness", "latency", "polling"}
PROCESS = ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_threads"]
WASTED = "job_queue:longshore_wasted_spend:usd_per_30d_rate30m"
# The list price of AWS, and the default of Longshore.
DOLLARS_PER_MILLION = 0.40
MONTH_SECONDS = 30 * 86400

# The queues of this test are standard queues without cron and payloads, and none moves the messages that it rejects.
# The tests of dashboards have all of them.
OF_OTHER_QUEUES = {"job_queue:longshore_message_group_blocked:seconds",
                   "job_queue:longshore_rejects_not_moved:increase5m",
                   "job_queue:longshore_periodic_tasks_not_sent:increase5m",
                   "job_queue:longshore_payload_deletes:increase5m",
                   "job_queue:longshore_failed_payload_deletes:increase5m"}

LATER = "This alert was sent later."
DEAD_LETTERS = "Messages wait in the dead-letter queue of queue orders."
DENIED = "access-denied"


@pytest.fixture(scope="module")
def system(longshore, needs):
    needs("prometheus")
    needs("prometheus-alertmanager")
    with monitoring.system.system(longshore) as started:
        yield started


@pytest.fixture(autouse=True)
def state(request, system):
    """Prints the state of the system when a step fails."""
    yield
    if getattr(request.node.parent, "failed_step", None) == request.node.name:
        print(system.state())


def test_every_worker_is_scraped_as_its_job(system):
    for prometheus, jobs in ((system.prometheus, JOBS[SCALE]), (system.fast_prometheus, JOBS[FAST_SCALE])):
        for queue, job in ((queue, job) for job, (_, queues) in jobs.items() for queue in queues):
            series = f'{{job="{job}", instance="{system.workers[queue].instance}"}}'
            prometheus.wait_until(f"up{series} == 1")
            for metric in PROCESS:
                assert prometheus.value(metric + series) is not None, metric


def test_every_recording_rule_has_data_for_each_slo(system):
    # Prometheus has scraped the counters at zero, so it sees all messages as an increase.
    send(system.queues, "orders", 100, seconds_between=2)
    for queue, count in {"mail": 10, "kept": 1, "lost": 1}.items():
        send(system.queues, queue, count)
    recorded = {rule["name"] for rule in system.prometheus.rules() if rule["type"] == "recording"} - OF_OTHER_QUEUES
    assert recorded, "there are no rules"
    for name in recorded:
        wanted = SLOS if name.startswith("job_queue_slo:") else {None}
        until(name, lambda name=name, wanted=wanted: recorded_slos(system, name) == wanted)
    print(f"{len(recorded)} series")


def recorded_slos(system, name):
    series = f'last_over_time({name}{{job="shop", queue="orders"}}[1h])'
    return {labels.get("slo") for labels, _ in system.prometheus.query(series)}


def test_workers_stop_right_after_a_scrape(system):
    stop_after_a_scrape(system)
    for queue in QUEUES:
        assert last(system, "longshore_messages_in_flight", queue) == 1, queue


def test_prometheus_has_the_message_that_a_shutdown_aborted(system):
    code, ledger = system.workers["kept"].ledger()
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "seen"), (code, ledger)
    assert last(system, "longshore_messages_aborted_total", "kept") == 1
    assert last(system, "longshore_messages_in_flight", "kept") == 0
    assert final_metrics_scraped(system, "kept") == 1
    fires(system, "LongshoreMessagesAborted", "kept")
    print(f"the last scrape came after {ledger['last_scrape_seconds']} s")


def test_without_a_last_scrape_prometheus_does_not_have_it(system):
    code, ledger = system.workers["lost"].ledger()
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "off"), (code, ledger)
    message = "Prometheus scraped the worker during its shutdown, so the test proves nothing"
    assert scrapes(system, "lost") == system.scrapes["lost"], message
    assert last(system, "longshore_messages_aborted_total", "lost") == 0
    assert final_metrics_scraped(system, "lost") == 0
    # Prometheus cannot distinguish this shutdown from a crash.
    fires(system, "LongshoreVanishedWithMessages", "lost")
    fires(system, "LongshoreWorkersGone", "lost", "critical")


def test_a_page_inhibits_its_ticket_and_the_waste_alert_inhibits_the_cost_alert(system):
    assert_inhibited(system, TICKET, PAGE)
    assert_inhibited(system, COST, WASTE)
    # Alertmanager sends this alert later than the inhibited ones, so their notifications would be here by now.
    system.alertmanager.post({"alertname": "LongshoreLater", "severity": "warning"}, {"summary": LATER})
    until("the later ticket", lambda: LATER in tickets(system))
    titles = " ".join(tickets(system))
    assert "error budget" not in titles, titles
    assert "cost more" not in titles, titles


def test_a_ticket_has_its_text_runbook_and_dashboard(system, root):
    for title, (alert, dashboard, job, queue) in TICKETS.items():
        text = until(f"the ticket: {title}", lambda title=title: tickets(system).get(title))
        print(f"{title}\n{text}")
        description, runbook, link = text.strip().splitlines()
        assert f"queue {queue} of job {job}" in description, description
        assert (root / f"docs/runbooks/{alert}.md").is_file(), alert
        assert re.fullmatch(rf"Runbook: https://\S+/docs/runbooks/{alert}\.md", runbook), runbook
        expected = f"https://grafana.example/d/longshore-{dashboard}?var-job={job}&var-queue={queue}"
        assert link == f"Dashboard: {expected}", link
    assert "about 1 message(s)" in tickets(system)["A shutdown aborted handlers of queue kept."]


def test_the_dollars_of_the_waste_alert_match_the_requests(system):
    """The dollars in the ticket are the price of the receives. Their rate varies with the load of the machine."""
    alert, = system.alertmanager.alerts(**WASTE)
    title, = (title for title, ticket in TICKETS.items() if ticket[0] == WASTE["alertname"])
    reported = int(re.search(r"wastes \$(\d+) in 30 days", tickets(system)[title]).group(1))
    rate = 'sum(rate(longshore_api_requests_total{queue="orders", action="receive"}[20s]))'
    rates = [value for times in ({"time": alert["startsAt"]}, {})
             for _, value in system.prometheus.query_samples(f"{rate}[2m:5s]", **times)]
    least, most = (rate / 1e6 * DOLLARS_PER_MILLION * MONTH_SECONDS for rate in (min(rates), max(rates)))
    print(f"{min(rates):.1f} to {max(rates):.1f} receives per second cost ${least:.2f} to ${most:.2f} in 30 days; "
          f"the ticket has ${reported}")
    assert reported > 1, reported
    assert least * 0.95 - 1 <= reported <= most * 1.05 + 1, reported


def test_long_polling_fires_no_alert(system):
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
    print(f"{prometheus.value(polls):.0f} empty receives in {prometheus.value(evaluations):.0f} evaluations; "
          f"orders was pending for {needed:.0f}")


def test_a_page_goes_to_one_receiver_and_a_ticket_to_the_other(system):
    page, *_ = until("the page", lambda: pages(system, PAGE))
    print(f"{page['annotations']['summary']}\n  {page['annotations']['description']}")
    until("the page for the last worker of a queue", lambda: pages(system, GONE))
    others = [page for page in pages(system) if page not in pages(system, {**BURN, "severity": "critical"})]
    assert others == pages(system, GONE), others
    assert set(tickets(system)) == {*TICKETS, LATER}, tickets(system)
    for alert in system.alertmanager.alerts():
        receiver = {"critical": "page", "warning": "ticket"}[alert["labels"]["severity"]]
        assert alert["receivers"] == [{"name": receiver}], alert


def test_no_other_alert_fired_and_no_rule_failed(system):
    notified = {(alert, "warning", queue) for alert, _, _, queue in TICKETS.values()}
    paged = {("LongshoreWorkersGone", "critical", "lost")}
    inhibited = {("LongshoreMessageCostHigh", "warning", "orders"), ("LongshoreWorkersGone", "warning", "lost")}
    fired = system.prometheus.fired()
    assert fired == notified | paged | inhibited, fired
    for prometheus in (system.prometheus, system.fast_prometheus):
        failed = [rule for rule in prometheus.rules() if rule["health"] != "ok"]
        assert not failed, failed


def test_three_failures_begin(system):
    assert DEAD_LETTERS not in tickets(system)
    assert not pages(system, {"queue": "claims"})
    assert not pages(system, {"queue": "mail"})
    send(system.queues, "orders-dead", 1)
    BROKEN.touch()
    # More than the worker tries while the page is on its way.
    send(system.queues, "claims", 400)
    deny(system, "DeleteMessage", "DeleteMessageBatch")
    send(system.queues, "mail", 60, seconds_between=1)


def test_a_message_in_a_dead_letter_queue_is_a_ticket(system):
    text = until(f"the ticket: {DEAD_LETTERS}", lambda: tickets(system).get(DEAD_LETTERS))
    print(text.splitlines()[0])
    assert text.startswith("1 message(s) that job shop or another consumer did not process"), text


def test_handlers_that_fail_are_a_page(system):
    first_page(system, "LongshoreHandlersFailing", "claims")


def test_messages_that_are_not_deleted_are_a_page(system):
    first_page(system, "LongshoreMessagesNotDeleted", "mail")


def test_the_stalled_alert_of_a_queue_inhibits_its_freshness_alert(system):
    until("the freshness alert", lambda: system.alertmanager.alerts(**LATE))
    # No answer: receives that SQS refuses have their own alert, which would inhibit the stalled one.
    system.queues.set_faults([{"fault": "cut-connection", "action": "ReceiveMessage"}])
    assert_inhibited(system, LATE, STALLED)


def test_refused_receives_are_a_page(system):
    deny(system, "ReceiveMessage")
    first_page(system, "LongshoreRequestsRefused", "mail")


def deny(system, *actions):
    system.queues.set_faults([{"fault": DENIED, "action": action} for action in actions])
