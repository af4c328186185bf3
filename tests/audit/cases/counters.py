"""Exact figures from the counters of a worker, which a Prometheus scrapes."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
import urllib.request

from metrics import DAY, Metrics
from processes import answers, free_port, running, wait_for
from prometheus import prometheus, scrapes
from queues import Queues
from scene import each
from server import serving

RUN_SECONDS = 50
TOLERANCE = 0.02
MONTH = 30 * DAY
# Short polling, like the worker of tests/dashboards.
CONFIG = """
[[queue]]
name = "clicks"
handler = { command = ["true"], timeout = "20s" }
wait = "0s"
short_polling = true
"""
# What a worker counts in a day.
A_DAY = {
    'longshore_receive_duration_seconds_count{queue="clicks",outcome="empty"}': 864_000,
    'longshore_receive_duration_seconds_sum{queue="clicks",outcome="empty"}': 4_320,
    'longshore_messages_received_total{queue="clicks",delivery="first"}': 86_400,
    'longshore_messages_total{queue="clicks",result="deleted"}': 86_400,
    'longshore_billed_requests_total{queue="clicks",action="receive"}': 872_640,
    'longshore_billed_requests_total{queue="clicks",action="change_visibility"}': 600_000,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="10"}': 43_200,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="60"}': 86_400,
    'longshore_processing_duration_seconds_bucket{queue="clicks",outcome="done",le="+Inf"}': 86_400,
}
EMPTIES_A_DAY, WAITED_A_DAY, MESSAGES_A_DAY, HEARTBEATS_A_DAY = 864_000, 4_320, 86_400, 600_000
USD_A_REQUEST = 0.4 / 1e6
STEP = 300


@contextlib.contextmanager
def local_queues(audit, *names):
    arguments = [argument for name in names for argument in ("--queue", name)]
    with running([audit.longshore, "local", "--listen", "127.0.0.1:0", *arguments]) as local:
        yield wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()


@contextlib.contextmanager
def worker(audit, scratch, endpoint):
    address = f"127.0.0.1:{free_port()}"
    config = os.path.join(scratch, "longshore.toml")
    with open(config, "w") as file:
        file.write(CONFIG)
    command = [audit.longshore, "run", "--config", config, "--endpoint-url", endpoint, "--listen", address]
    with running(command) as process:
        wait_for(process, lambda: answers(f"http://{address}/livez"))
        yield process, address


def empty_receives(address):
    """The counter of the worker, and when it was read."""
    text = urllib.request.urlopen(f"http://{address}/metrics", timeout=10).read().decode()
    pattern = r'longshore_receive_duration_seconds_count\{([^}]*)\} (\S+)'
    values = [float(value) for labels, value in re.findall(pattern, text)
              if 'queue="clicks"' in labels and 'outcome="empty"' in labels]
    return sum(values), time.time()


def figures(report, queue):
    [found] = [one for one in report["queues"] if one["queue"] == queue]
    return found


def within(found, expected, tolerance, what):
    assert expected and abs(found / expected - 1) <= tolerance, (
        f"{what}: found {found:,.0f}, expected {expected:,.0f} with {100 * tolerance:.1f} %")
    return 100 * (found / expected - 1)


def worker_of_a_minute(audit):
    """The empty receives are those of the worker's own counters, in the time that Prometheus has samples of."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        scratch, cloudwatch = enter(tempfile.TemporaryDirectory()), enter(serving(Queues([]), Metrics()))
        endpoint = enter(local_queues(audit, "clicks"))
        process, address = enter(worker(audit, scratch, endpoint))
        client = enter(prometheus(scrapes({"shop": (1, [address])}))).client
        client.wait_until("longshore_pollers")
        (before, began) = empty_receives(address)
        time.sleep(RUN_SECONDS)
        arguments = ["--prometheus", client.url, "--endpoint-url", endpoint]
        outcome = audit.json(*arguments, AWS_ENDPOINT_URL_CLOUDWATCH=cloudwatch.url).exits(0)
        after, ended = empty_receives(address)
        assert process.poll() is None, process.said()
        assert not cloudwatch.calls, f"calls to CloudWatch: {cloudwatch.calls}"
    report, expected = outcome.report(), (after - before) / (ended - began) * MONTH
    assert report["source"] == "prometheus" and report["requests"]["cloudwatch"] == 0, report
    error = within(figures(report, "clicks")["empty_receives"], expected, TOLERANCE, "empty receives a month")
    [finding] = [one for one in report["findings"] if one["check"] == "empty-receives"]
    assert finding["certainty"] == "exact" and report["findings"][0] == finding, report["findings"]
    return f"{expected / 1e9:.2f} billion empty receives a month, {error:+.2f} %"


def openmetrics(days, until=0):
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


def past_of(days, until, scratch):
    """A directory of data with blocks of these samples."""
    text, data = os.path.join(scratch, "past.txt"), os.path.join(scratch, "data")
    with open(text, "w") as file:
        file.write("\n".join(openmetrics(days, until)) + "\n# EOF\n")
    # Blocks of 2 hours would take a minute.
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=720h"]
    done = subprocess.run([*command, text, data], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return data


def of_the_past(audit, days, until=0.0, asked=14):
    with contextlib.ExitStack() as stack:
        data = past_of(days, until, stack.enter_context(tempfile.TemporaryDirectory()))
        endpoint = stack.enter_context(local_queues(audit, "clicks"))
        client = stack.enter_context(prometheus(scrapes({}), "--storage.tsdb.retention.time=1y", data=data)).client
        arguments = ["--prometheus", client.url, "--endpoint-url", endpoint, "--days", str(asked)]
        return audit.json(*arguments).exits(0).report()


def worker_of_many_days(audit):
    """A month has 30 days, also if the worker is younger than the days of the audit, or older."""
    for days in (3, 14, 20):
        report = of_the_past(audit, days)
        found = figures(report, "clicks")
        within(found["empty_receives"], 30 * EMPTIES_A_DAY, TOLERANCE, f"empty receives of {days} days")
        within(found["messages"], 30 * MESSAGES_A_DAY, TOLERANCE, f"messages of {days} days")
        # One receive for each 20 s of waiting.
        left = 30 * WAITED_A_DAY / 20 * USD_A_REQUEST
        within(report["totals"]["long_polling_usd"], left, TOLERANCE, "US dollars with long polling")


def checks_that_need_a_worker(audit):
    """Heartbeats, and the p99 of the handler time, which is above the visibility timeout of 30 s."""
    findings = {one["check"]: one for one in of_the_past(audit, 14)["findings"]}
    cost = findings["heartbeats"]["cost"]
    within(cost["now_usd"], 30 * HEARTBEATS_A_DAY * USD_A_REQUEST, TOLERANCE, "US dollars for heartbeats")
    for check in ("heartbeats", "visibility-timeout"):
        assert "59 s" in findings[check]["evidence"], findings[check]["evidence"]


def worker_that_ended(audit):
    """It polled for 7 of the 14 days, so a month has half of its requests."""
    found = figures(of_the_past(audit, 7, until=7 - 0.01), "clicks")
    within(found["empty_receives"], 15 * EMPTIES_A_DAY, TOLERANCE, "empty receives of a worker that ended")


def queue_without_a_worker(audit):
    with contextlib.ExitStack() as stack:
        endpoint = stack.enter_context(local_queues(audit, "clicks", "mail"))
        client = stack.enter_context(prometheus(scrapes({}))).client
        report = audit.json("--prometheus", client.url, "--endpoint-url", endpoint).exits(5).report()
    [gap] = report["gaps"]
    assert gap["queues"] == 2 and report["totals"]["empty_receives_usd"] is None, report


def unusable_servers(audit):
    """Neither an address where nothing listens nor one of another server is taken for Prometheus."""
    with local_queues(audit, "clicks") as endpoint, serving(Queues([]), Metrics()) as other:
        port = free_port()
        for url, texts in ((f"http://user:geheim@127.0.0.1:{port}", [f"127.0.0.1:{port}", "does not answer"]),
                           (other.url, [other.url, "refused a query"]), ("localhost:9090", ["localhost:9090"])):
            outcome = audit("--prometheus", url, "--endpoint-url", endpoint)
            assert outcome.code in (1, 64) and not outcome.out and outcome.seconds < 30, outcome
            assert "geheim" not in outcome.err and all(text in outcome.err for text in texts), outcome


SCENARIOS = [worker_of_many_days, checks_that_need_a_worker, worker_that_ended, queue_without_a_worker, unusable_servers]


def run(audit):
    return f"{worker_of_a_minute(audit)}; {each(SCENARIOS, audit)} with other workers"
