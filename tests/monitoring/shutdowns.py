"""Messages that a shutdown aborts. Prometheus sees them only with a last scrape."""

from waiting import until
from workers import terminate, wait_for_ledger

QUEUES = ("kept", "lost")
# Scrapes before the shutdown, so that Prometheus can compute an increase.
SCRAPES = 4


def workers_stop_right_after_a_scrape(system):
    """So that the worker without a last scrape stops before the next scrape."""
    wanted = {queue: max(SCRAPES, scrapes(system, queue) + 1) for queue in QUEUES}

    def all_stopping():
        for queue in set(QUEUES) - set(system.scrapes):
            if scrapes(system, queue) >= wanted[queue]:
                terminate(system.workers[queue])
                system.scrapes[queue] = scrapes(system, queue)
        return len(system.scrapes) == len(QUEUES)

    until("scrapes of the workers that stop", all_stopping)
    for queue in QUEUES:
        assert last(system, "longshore_messages_in_flight", queue) == 1, queue


def prometheus_has_the_message_that_a_shutdown_aborted(system):
    code, ledger = wait_for_ledger(system.workers["kept"])
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "seen"), (code, ledger)
    assert last(system, "longshore_messages_aborted_total", "kept") == 1
    assert last(system, "longshore_messages_in_flight", "kept") == 0
    assert final_metrics_scraped(system, "kept") == 1
    fires(system, "LongshoreMessagesAborted", "kept")
    return [f"the last scrape came after {ledger['last_scrape_seconds']} s"]


def without_a_last_scrape_prometheus_does_not_have_it(system):
    code, ledger = wait_for_ledger(system.workers["lost"])
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "off"), (code, ledger)
    message = "Prometheus scraped the worker during its shutdown, so the test proves nothing"
    assert scrapes(system, "lost") == system.scrapes["lost"], message
    assert last(system, "longshore_messages_aborted_total", "lost") == 0
    assert final_metrics_scraped(system, "lost") == 0
    # Prometheus cannot distinguish this shutdown from a crash.
    fires(system, "LongshoreVanishedWithMessages", "lost")
    fires(system, "LongshoreWorkersGone", "lost", "critical")


def fires(system, alert, queue, severity="warning"):
    until(alert, lambda: (alert, severity, queue) in system.prometheus.fired())


def scrapes(system, queue):
    return system.prometheus.value(f'count_over_time(longshore_messages_in_flight{{queue="{queue}"}}[1h])') or 0


def last(system, metric, queue):
    return system.prometheus.value(f'last_over_time({metric}{{queue="{queue}"}}[1h])')


def final_metrics_scraped(system, queue):
    instance = system.workers[queue].instance
    return system.prometheus.value(f'last_over_time(longshore_last_scrape_pending{{instance="{instance}"}}[1h])')
