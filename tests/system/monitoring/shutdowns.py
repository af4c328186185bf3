"""What Prometheus knows about workers that stop."""

from monitoring.system import until

QUEUES = ("kept", "lost")
# Scrapes before the shutdown, so that Prometheus can compute an increase.
SCRAPES = 4


def stop_after_a_scrape(system):
    """Stops each worker right after a scrape, so that the worker without a last scrape ends before the next one."""
    wanted = {queue: max(SCRAPES, scrapes(system, queue) + 1) for queue in QUEUES}

    def all_stopping():
        for queue in set(QUEUES) - set(system.scrapes):
            if scrapes(system, queue) >= wanted[queue]:
                system.workers[queue].terminate()
                system.scrapes[queue] = scrapes(system, queue)
        return len(system.scrapes) == len(QUEUES)

    until("scrapes of the workers that stop", all_stopping)


def fires(system, alert, queue, severity="warning"):
    until(alert, lambda: (alert, severity, queue) in system.prometheus.fired())


def scrapes(system, queue):
    return system.prometheus.value(f'count_over_time(longshore_messages_in_flight{{queue="{queue}"}}[1h])') or 0


def last(system, metric, queue):
    return system.prometheus.value(f'last_over_time({metric}{{queue="{queue}"}}[1h])')


def final_metrics_scraped(system, queue):
    instance = system.workers[queue].instance
    return system.prometheus.value(f'last_over_time(longshore_last_scrape_pending{{instance="{instance}"}}[1h])')
