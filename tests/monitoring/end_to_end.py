"""End-to-end test of workers, Prometheus and Alertmanager: from a receive to the notification.

usage: python end_to_end.py PATH_OF_LONGSHORE

Exits 1 if a step fails.
"""

import os
import sys
import time
import traceback

import failures
import notifications
import shutdowns
import waiting
import waste
from system import system

# The steps depend on the steps before them, so the first failure ends the test.
STEPS = [
    waste.every_worker_is_scraped_as_its_job,
    waste.every_recording_rule_has_data_for_each_slo,
    shutdowns.workers_stop_right_after_a_scrape,
    shutdowns.prometheus_has_the_message_that_a_shutdown_aborted,
    shutdowns.without_a_last_scrape_prometheus_does_not_have_it,
    notifications.a_page_inhibits_its_ticket_and_the_waste_alert_inhibits_the_cost_alert,
    notifications.a_ticket_has_its_text_runbook_and_dashboard,
    waste.the_dollars_of_the_waste_alert_match_the_requests,
    waste.long_polling_fires_no_alert,
    notifications.a_page_goes_to_one_receiver_and_a_ticket_to_the_other,
    waste.no_other_alert_fired_and_no_rule_failed,
    failures.three_failures_begin,
    failures.a_message_in_a_dead_letter_queue_is_a_ticket,
    failures.handlers_that_fail_are_a_page,
    failures.messages_that_are_not_deleted_are_a_page,
    notifications.the_stalled_alert_of_a_queue_inhibits_its_freshness_alert,
    failures.refused_receives_are_a_page,
]


def main():
    with system(os.path.abspath(sys.argv[1])) as running:
        for number, step in enumerate(STEPS):
            sentence = step.__name__.replace("_", " ")
            try:
                found = step(running)
            except Exception:  # noqa: BLE001: any exception is a failure of the step
                print(f"FAILED {sentence}\n{traceback.format_exc()}\n{running.state()}")
                print(f"{number} passed, 1 failed, {len(STEPS) - number - 1} not run")
                return 1
            print(f"ok     {sentence} ({time.monotonic() - waiting.START:.0f} s)")
            for line in found or ():
                print(f"       {line}")
    print(f"{len(STEPS)} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
