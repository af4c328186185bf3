"""The counters of workers are exact. A Prometheus scrapes a worker, or has its past."""

import subprocess
import time

import pytest

from audit.metrics import DAY, Metrics
from audit.queues import Queues
from audit.server import serving
from running.local_queue import RECEIVE_LATENCY
from running.processes import free_port, until
from running.prometheus import scrapes

SAMPLES = 50
TOLERANCE = 0.02
MONTH = 30 * DAY
# Short polling, like the worker of the tests of dashboards.
CONFIG = """
[[queue]]
name = "clicks"
handler = { command = ["true"], timeout = "20s" }
wait = "0s"
short_polling = true
"""
EMPTIES = 'longshore_receive_duration_seconds_count{queue="clicks",outcome="empty"}'
EMPTIES_A_DAY, WAITED_A_DAY, MESSAGES_A_DAY, HEARTBEATS_A_DAY = 864_000, 4_320, 86_400, 600_000
# What a worker counts in a day.
A_DAY = {
    EMPTIES: EMPTIES_A_DAY,
    'longshore_receive_duration_seconds_sum{queue="clicks",outcome="empty"}': WAITED_A_DAY,
    'longshore_messages_received_total{queue="clicks",delivery="first"}': MESSAGES_A_DAY,
    'longshore_messages_total{queue="clicks",result="deleted"}': MESSAGES_A_DAY,
    'longshore_billed_requests_total{queue="clicks",action="receive"}': 872_640,
    'longshore_billed_requests_total{queue="clicks",action="change_visibility"}': HEARTBEATS_A_DAY,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="10"}': 43_200,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="60"}': 86_400,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="+Inf"}': 86_400,
}
USD_A_REQUEST = 0.4 / 1e6
STEP = 300


def figures(report, queue):
    [found] = [one for one in report["queues"] if one["queue"] == queue]
    return found


def within(found, expected, tolerance, what):
    assert expected, what
    assert abs(found / expected - 1) <= tolerance, (
        f"{what}: found {found:,.0f}, expected {expected:,.0f} with {100 * tolerance:.1f} %")
    return 100 * (found / expected - 1)


def empty_receives(worker):
    """The counter of the worker, and when it was read."""
    return worker.metric(EMPTIES), time.time()


def test_a_worker_of_a_minute_is_counted_exactly(audit, local_queue, worker, prometheus):
    """The empty receives are those of the worker's own counters, in the time that Prometheus has samples of."""
    local = local_queue("clicks")
    # Without it, the rate of short polling depends on what else the machine does.
    local.set_faults([RECEIVE_LATENCY])
    polling = worker(local, config=CONFIG)
    client = prometheus(scrapes({"shop": (1, [polling.instance])}))
    client.wait_until("longshore_pollers")
    before, began = empty_receives(polling)
    until("samples of the worker", lambda: client.value("count_over_time(longshore_pollers[5m])") > SAMPLES, 120)
    with serving(Queues([]), Metrics()) as cloudwatch:
        outcome = audit.json("--prometheus", client.url, "--endpoint-url", local.url,
                             AWS_ENDPOINT_URL_CLOUDWATCH=cloudwatch.url).exits(0)
        assert not cloudwatch.calls, f"calls to CloudWatch: {cloudwatch.calls}"
    after, ended = empty_receives(polling)
    report, expected = outcome.report(), (after - before) / (ended - began) * MONTH
    assert report["source"] == "prometheus", report
    assert report["requests"]["cloudwatch"] == 0, report
    error = within(figures(report, "clicks")["empty_receives"], expected, TOLERANCE, "empty receives a month")
    [finding] = [one for one in report["findings"] if one["check"] == "empty-receives"]
    assert finding["certainty"] == "exact", report["findings"]
    assert report["findings"][0] == finding, report["findings"]
    print(f"{expected / 1e9:.2f} billion empty receives a month, {error:+.2f} %")


def openmetrics(days, until):
    """The counters of a worker that polled for these days, until some days ago."""
    now = int(time.time()) // STEP * STEP
    times = range(now - int((days + until) * DAY), now - int(until * DAY) + 1, STEP)
    for at in times:
        yield f'longshore_pollers{{queue="clicks"}} 1 {at}'
    for name, a_day in A_DAY.items():
        for at in times:
            # The worker restarts on the second day, so its counters begin again.
            age = (at - times[0]) / DAY
            yield f"{name} {a_day * (age if age < 1.5 else age - 1.5)} {at}"


def write_blocks(samples, scratch):
    """A directory of data with blocks of these samples."""
    text, data = scratch / "past.txt", scratch / "data"
    text.write_text("\n".join(samples) + "\n# EOF\n")
    # Blocks of 2 hours would take a minute.
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=720h"]
    done = subprocess.run([*command, text, data], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def of_the_past(audit, local_queue, prometheus, tmp_path):
    """A function that audits a worker that polled for these days, until some days ago."""
    def report(days, until=0.0):
        data = write_blocks(openmetrics(days, until), tmp_path)
        client = prometheus(scrapes({}), "--storage.tsdb.retention.time=1y", data=data)
        local = local_queue("clicks")
        return audit.json("--prometheus", client.url, "--endpoint-url", local.url, "--days", "14").exits(0).report()

    return report


@pytest.mark.parametrize("days", [3, 14, 20])
def test_worker_of_many_days(of_the_past, days):
    """A month has 30 days, also if the worker is younger than the days of the audit, or older."""
    report = of_the_past(days)
    found = figures(report, "clicks")
    within(found["empty_receives"], 30 * EMPTIES_A_DAY, TOLERANCE, f"empty receives of {days} days")
    within(found["messages"], 30 * MESSAGES_A_DAY, TOLERANCE, f"messages of {days} days")
    # One receive for each 20 s of waiting.
    left = 30 * WAITED_A_DAY / 20 * USD_A_REQUEST
    within(report["totals"]["long_polling_usd"], left, TOLERANCE, "US dollars with long polling")


def test_checks_that_need_a_worker(of_the_past):
    """Heartbeats, and the p99 of the handler time, which is above the visibility timeout of 30 s."""
    findings = {one["check"]: one for one in of_the_past(14)["findings"]}
    cost = findings["heartbeats"]["cost"]
    within(cost["now_usd"], 30 * HEARTBEATS_A_DAY * USD_A_REQUEST, TOLERANCE, "US dollars for heartbeats")
    for check in ("heartbeats", "visibility-timeout"):
        assert "59 s" in findings[check]["evidence"], findings[check]["evidence"]


def test_worker_that_ended(of_the_past):
    """It polled for 7 of the 14 days, so a month has 50 % of its requests."""
    found = figures(of_the_past(7, until=7 - 0.01), "clicks")
    within(found["empty_receives"], 15 * EMPTIES_A_DAY, TOLERANCE, "empty receives of a worker that ended")


def test_queue_without_a_worker(audit, local_queue, prometheus):
    local, client = local_queue("clicks", "mail"), prometheus(scrapes({}))
    report = audit.json("--prometheus", client.url, "--endpoint-url", local.url).exits(5).report()
    [gap] = report["gaps"]
    assert gap["queues"] == 2, report
    assert report["totals"]["empty_receives_usd"] is None, report


def test_unusable_servers(audit, local_queue):
    """Neither an address where nothing listens nor one of another server is taken for Prometheus."""
    local = local_queue("clicks")
    with serving(Queues([]), Metrics()) as other:
        port = free_port()
        for url, texts in ((f"http://user:geheim@127.0.0.1:{port}", [f"127.0.0.1:{port}", "does not answer"]),
                           (other.url, [other.url, "refused a query"]), ("localhost:9090", ["localhost:9090"])):
            outcome = audit("--prometheus", url, "--endpoint-url", local.url)
            assert outcome.code in (1, 64), outcome
            assert not outcome.out, outcome
            assert outcome.seconds < 90, outcome
            assert "geheim" not in outcome.err, outcome
            assert all(text in outcome.err for text in texts), outcome
