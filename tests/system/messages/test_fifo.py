"""The order of FIFO queues under faults: through workers in one process, on the local queue and on ministack, which
ignores attempt ids, then through processes of the program that get SIGTERM.

Three processes share a local queue with faults, one of them with batches. The service fails, breaks connections and is
slow. The oldest process gets SIGTERM and is replaced every two seconds. At the end each message was processed, those of
each group in order and never two at once, no process aborted a message, and the queue is empty.
"""

import asyncio
import shutil
import subprocess
import time

import pytest

from messages.fleet import Fleet
from messages.journal import Journal
from running.other_servers import other_server

MESSAGES, GROUPS = 6000, 200
QUEUE = "orders.fifo"
SIZE = 3
REPLACED_AFTER = 2
LIMIT = 1200
FAULTS = [
    {"fault": "lose-answer", "action": "ReceiveMessage", "chance": 0.05},
    {"fault": "lose-answer", "action": "DeleteMessageBatch", "chance": 0.05},
    {"fault": "cut-connection", "chance": 0.01},
    {"fault": "internal-failure", "chance": 0.01},
    {"fault": "fail-entry", "action": "DeleteMessageBatch", "chance": 0.02},
]
WORKER = """
[[queue]]
name = "{queue}"
handler = {{ http = "{service}", timeout = "5s" }}
concurrency = 50
wait = "2s"
visibility = "10s"
gather = "0s"
retry = {{ base = "1s", max = "1s" }}
{batch}
"""


@pytest.fixture
def order(root):
    """A function that runs the test in Rust with these arguments. It uses CARGO_TARGET_DIR."""
    if not shutil.which("cargo"):
        pytest.skip("cargo is missing; install Rust")

    def check(*arguments):
        command = ["cargo", "test", "--locked", "--workspace", "--quiet", "--test", "fifo", "--", *arguments]
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        print(done.stdout)
        assert done.returncode == 0, f"{' '.join(command)}: exit code {done.returncode}"

    return check


# The first run also builds it.
@pytest.mark.timeout(3600)
def test_the_order_through_workers_in_one_process_on_the_local_queue(order):
    order()


@pytest.mark.timeout(3600)
def test_the_order_through_workers_in_one_process_on_ministack(order, start):
    order("2000", "50", start(other_server("ministack")).url)


class ReplacedFleet(Fleet):
    """Workers that are stopped, one after the other. Each third one has batches."""

    def __init__(self, longshore, endpoint, service):
        super().__init__(longshore, endpoint)
        self.service, self.replaced = service, 0

    def config(self, number):
        has_batches = number % 3 == 2
        return WORKER.format(queue=QUEUE, service=self.service + ("/batch" if has_batches else "/"),
                             batch='batch = { max = 20, window = "20ms" }' if has_batches else "")

    async def end_oldest(self):
        """It must end without an aborted message."""
        oldest = self.members.pop(0)
        oldest.worker.terminate()
        await self.wait(oldest, (0,))
        self.replaced += 1

    async def replace_until(self, event):
        """Replaces the oldest again and again, then ends all."""
        began = time.monotonic()
        for _ in range(SIZE):
            await self.add()
        while not event.is_set() and time.monotonic() - began < LIMIT:
            try:
                await asyncio.wait_for(event.wait(), REPLACED_AFTER)
            except TimeoutError:
                await self.add()
                await self.end_oldest()
        while self.members:
            await self.end_oldest()


async def play(longshore, local, messages, groups):
    began, journal = time.monotonic(), Journal(messages, groups)
    async with journal.listening() as service:
        fleet = ReplacedFleet(longshore, local, service)
        try:
            await fleet.replace_until(journal.all_done)
        finally:
            fleet.close()
    print(f"{journal.calls} calls: {journal.done} processed, {journal.failed} failed, {journal.repeated} repeated; "
          f"{fleet.replaced} processes ended by SIGTERM, {time.monotonic() - began:.0f} s")
    return journal, fleet


def send(local, messages, groups):
    """Message 0 of each group, then message 1 of each, and so on."""
    local.send(QUEUE, map(str, range(messages)), MessageGroupId=lambda number: f"group-{number % groups}",
               MessageDeduplicationId=str)


@pytest.mark.timeout(2 * LIMIT)
def test_the_order_of_200_groups_through_processes_that_get_sigterm(longshore, request, local_queue):
    options = (request.config.getoption(name, default=None) for name in ("messages", "groups"))
    messages, groups = (option or default for option, default in zip(options, (MESSAGES, GROUPS), strict=True))
    local = local_queue(QUEUE)
    send(local, messages, groups)
    local.set_faults(FAULTS)
    journal, fleet = asyncio.run(play(longshore, local, messages, groups))
    local.clear_faults()
    problems = journal.problems[:10] + fleet.problems[:3]
    assert not problems, "\n".join(problems)
    assert journal.done == messages, f"{messages - journal.done} messages were never processed"
    # A message is processed again only if its lease was lost, and no lease is in this test.
    assert journal.repeated == 0, f"{journal.repeated} messages were processed again"
    # The last processes, as many as run at the same time, end after all messages are processed.
    assert fleet.replaced > SIZE, "no process was replaced under load, so the test checks nothing"
    assert local.left(QUEUE) == 0, f"the queue is not empty: {local.counts(QUEUE)}"
