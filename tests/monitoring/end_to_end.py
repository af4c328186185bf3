"""From a receive to the text that a person reads: real workers, Prometheus and Alertmanager.

usage: python end_to_end.py PATH_OF_LONGSHORE

Exits 1 if any part fails.
"""

import os
import sys
import time
import traceback

import notices
import stops
import waiting
import waste
from stage import stage

# One play: each part finds what those before it left, so the first that fails ends it.
PARTS = [
    waste.every_worker_is_scraped_as_its_job,
    waste.every_recording_rule_has_data_of_each_slo,
    stops.workers_are_told_to_stop_right_after_a_scrape,
    stops.the_message_that_a_stop_cut_off_is_in_prometheus,
    stops.without_the_last_scrape_it_is_not,
    notices.a_page_silences_its_ticket_and_waste_the_cost_that_comes_of_it,
    notices.a_ticket_reads_well,
    waste.the_dollars_of_short_polling_are_those_of_its_requests,
    waste.long_polling_stays_silent,
    notices.a_page_goes_to_one_receiver_and_a_ticket_to_the_other,
    waste.nothing_else_ever_fired_and_no_rule_failed,
    notices.a_queue_that_nobody_polls_silences_that_it_is_late,
]


def main():
    with stage(os.path.abspath(sys.argv[1])) as played:
        for number, part in enumerate(PARTS):
            sentence = part.__name__.replace("_", " ")
            try:
                found = part(played)
            except Exception:  # noqa: BLE001: whatever a part raises is its failure
                print(f"FAILED {sentence}\n{traceback.format_exc()}\n{played.state()}")
                print(f"{number} passed, 1 failed, {len(PARTS) - number - 1} not run")
                return 1
            print(f"ok     {sentence} ({time.monotonic() - waiting.BEGAN:.0f} s)")
            for line in found or ():
                print(f"       {line}")
    print(f"{len(PARTS)} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
