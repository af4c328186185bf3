"""Workers of one queue that start and end while a test runs in its event loop."""

import asyncio
import contextlib
import itertools
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

import running.worker

SIZE = 4
VISIBILITY = 10
DISTURBED = """
[shutdown]
grace = "8s"
[[queue]]
name = "orders"
handler = {{ http = "{service}/{number}", timeout = "10s" }}
concurrency = 20
wait = "2s"
visibility = "{visibility}s"
gather = "200ms"
retry = {{ base = "1s", max = "2s" }}
"""
# How often each is done.
ACTIONS = {"kill": 3, "stop": 4, "suspend": 2, "stop twice": 1}


@dataclass
class Member:
    number: int
    worker: running.worker.Worker
    # Kills the worker, and removes its files.
    close: object
    # Times in which it may have lost its leases: (begin, end).
    disturbed: list = field(default_factory=list)


class Fleet:
    """The workers that run. A subclass has `config`."""

    def __init__(self, longshore, endpoint):
        self.longshore, self.endpoint = longshore, endpoint
        self.numbers, self.members, self.problems = itertools.count(), [], []

    def config(self, number):
        """The configuration of the worker with this number."""
        raise NotImplementedError

    async def add(self):
        number, stack = next(self.numbers), contextlib.ExitStack()
        started = running.worker.worker(self.longshore, self.endpoint, config=self.config(number))
        # In a thread, because the service answers in the event loop meanwhile.
        worker = await asyncio.to_thread(stack.enter_context, started)
        self.members.append(Member(number, worker, stack.close))

    async def wait(self, member, codes):
        """The exit code of a worker that got SIGTERM. It must end by itself."""
        code = await asyncio.to_thread(member.worker.wait, 60)
        if code not in codes:
            self.problems.append(f"worker {member.number} ended with {code}: {member.worker.said()[-10000:]}")
        member.close()
        return code

    def close(self):
        for member in self.members:
            member.close()


class DisturbedFleet(Fleet):
    """Workers that are killed, suspended, stopped and replaced at random."""

    def __init__(self, longshore, endpoint, service, rng):
        super().__init__(longshore, endpoint)
        self.service, self.rng = service, rng
        self.ended, self.counts, self.has_faults = [], Counter(), True

    def config(self, number):
        return DISTURBED.format(service=self.service, number=number, visibility=VISIBILITY)

    async def start(self):
        await asyncio.gather(*(self.add() for _ in range(SIZE)))

    async def disturb(self):
        """Does one thing to one worker, and replaces the worker if it is gone."""
        action = self.rng.choices(list(ACTIONS), ACTIONS.values())[0]
        member = self.rng.choice(self.members)
        self.counts[action] += 1
        began = time.monotonic()
        if action == "suspend":
            await self.suspend(member)
        else:
            self.members.remove(member)
            self.ended.append(member)
            await (self.kill(member) if action == "kill" else self.stop(member, twice=action == "stop twice"))
        # Before the new worker starts, because its start is not part of the disturbance.
        if action != "stop":
            self.explain(member, began)
        if action != "suspend":
            await self.add()

    async def suspend(self, member):
        member.worker.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self.rng.uniform(1, 1.5 * VISIBILITY))
        member.worker.process.send_signal(signal.SIGCONT)

    async def kill(self, member):
        member.worker.kill()
        member.close()

    async def stop(self, member, twice=False):
        """It ends with 3 if it aborted messages, after a second signal, or if it could not delete a message within
        `shutdown.settle` because of a fault."""
        member.worker.terminate()
        if twice:
            await asyncio.sleep(self.rng.uniform(0, 0.3))
            member.worker.terminate()
        began = time.monotonic()
        if await self.wait(member, (0, 3) if twice or self.has_faults else (0,)) == 3:
            self.explain(member, began)

    async def stop_all(self):
        members, self.members = self.members, []
        self.ended.extend(members)
        await asyncio.gather(*(self.stop(member) for member in members))

    def explain(self, member, began):
        """The worker may have lost leases since then."""
        member.disturbed.append((began - VISIBILITY, time.monotonic() + VISIBILITY))

    def explains(self, number, since, until):
        """Whether this worker may have lost a lease between these times."""
        disturbed = next(member.disturbed for member in self.members + self.ended if member.number == number)
        return any(begin <= until and since <= end for begin, end in disturbed)
