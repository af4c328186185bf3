"""Messages that a stop cuts off: with the last scrape they are seen, without it they are not."""

from waiting import until
from workers import ending, terminate

QUEUES = ("kept", "lost")
# Before the stop, so that Prometheus need not guess much of an increase.
SCRAPES = 4


def workers_are_told_to_stop_right_after_a_scrape(stage):
    """So the one without a last scrape is gone before the next."""
    wanted = {queue: max(SCRAPES, scrapes(stage, queue) + 1) for queue in QUEUES}

    def told():
        for queue in set(QUEUES) - set(stage.scrapes):
            if scrapes(stage, queue) >= wanted[queue]:
                terminate(stage.workers[queue])
                stage.scrapes[queue] = scrapes(stage, queue)
        return len(stage.scrapes) == len(QUEUES)

    until("scrapes of the workers that are to stop", told)
    for queue in QUEUES:
        assert last(stage, "longshore_messages_in_flight", queue) == 1, queue


def the_message_that_a_stop_cut_off_is_in_prometheus(stage):
    code, ledger = ending(stage.workers["kept"])
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "seen"), (code, ledger)
    assert last(stage, "longshore_messages_aborted_total", "kept") == 1
    assert last(stage, "longshore_messages_in_flight", "kept") == 0
    assert was_final(stage, "kept") == 1
    fires(stage, "LongshoreMessagesAborted", "kept")
    return [f"the last scrape took {ledger['last_scrape_seconds']} s to come"]


def without_the_last_scrape_it_is_not(stage):
    code, ledger = ending(stage.workers["lost"])
    assert (code, ledger["aborted"], ledger["last_scrape"]) == (3, 1, "off"), (code, ledger)
    assert scrapes(stage, "lost") == stage.scrapes["lost"], "it was scraped while it stopped, which proves nothing"
    assert last(stage, "longshore_messages_aborted_total", "lost") == 0
    assert was_final(stage, "lost") == 0
    # What is left is the look of a crash.
    fires(stage, "LongshoreVanishedWithMessages", "lost")


def fires(stage, alert, queue):
    until(alert, lambda: (alert, "warning", queue) in stage.prometheus.fired())


def scrapes(stage, queue):
    return stage.prometheus.value(f'count_over_time(longshore_messages_in_flight{{queue="{queue}"}}[1h])') or 0


def last(stage, metric, queue):
    return stage.prometheus.value(f'last_over_time({metric}{{queue="{queue}"}}[1h])')


def was_final(stage, queue):
    instance = stage.workers[queue].instance
    return stage.prometheus.value(f'last_over_time(longshore_last_scrape_pending{{instance="{instance}"}}[1h])')
