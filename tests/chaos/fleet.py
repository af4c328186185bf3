"""Processes of the worker that are killed, suspended, stopped and replaced at random."""

import asyncio
import itertools
import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

SIZE = 4
VISIBILITY = 10
CONFIG = """
[aws]
endpoint_url = "{endpoint}"
region = "us-east-1"
[admin]
listen = "127.0.0.1:0"
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
class Worker:
    number: int
    process: subprocess.Popen
    log: str
    # Times in which it may have lost its leases: (begin, end).
    disturbed: list = field(default_factory=list)


class Fleet:
    def __init__(self, program, endpoint, service, scratch, rng):
        self.program, self.endpoint, self.service = program, endpoint, service
        self.scratch, self.rng = scratch, rng
        self.numbers, self.workers, self.ended, self.problems = itertools.count(), [], [], []
        self.counts, self.has_faults = Counter(), True
        for _ in range(SIZE):
            self.add()

    def add(self):
        number = next(self.numbers)
        path = os.path.join(self.scratch, f"worker-{number}.toml")
        with open(path, "w") as config:
            config.write(CONFIG.format(endpoint=self.endpoint, service=self.service, number=number,
                                       visibility=VISIBILITY))
        log = open(os.path.join(self.scratch, f"worker-{number}.log"), "w")
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        process = subprocess.Popen([self.program, "run", "--config", path, "--log-format", "json"],
                                   env={**os.environ, **keys}, stdout=log, stderr=log, start_new_session=True)
        self.workers.append(Worker(number, process, log.name))

    async def disturb(self):
        """Does one thing to one worker, and replaces the worker if it is gone."""
        action = self.rng.choices(list(ACTIONS), ACTIONS.values())[0]
        worker = self.rng.choice(self.workers)
        self.counts[action] += 1
        began = time.monotonic()
        if action == "suspend":
            worker.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(self.rng.uniform(1, 1.5 * VISIBILITY))
            worker.process.send_signal(signal.SIGCONT)
            worker.disturbed.append((began - VISIBILITY, time.monotonic() + VISIBILITY))
            return
        self.workers.remove(worker)
        self.ended.append(worker)
        if action == "kill":
            worker.process.kill()
            worker.process.wait()
        else:
            await self.stop(worker, twice=action == "stop twice")
        if action != "stop":
            worker.disturbed.append((began - VISIBILITY, time.monotonic() + VISIBILITY))
        self.add()

    async def stop(self, worker, twice=False):
        """It must end by itself. It ends with 3 if it aborted messages, after a second signal, or if it could
        not delete a message within `shutdown.settle` because of a fault."""
        worker.process.send_signal(signal.SIGTERM)
        if twice:
            await asyncio.sleep(self.rng.uniform(0, 0.3))
            worker.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = await asyncio.to_thread(worker.process.wait, 60)
        if code == 3:
            worker.disturbed.append((began - VISIBILITY, time.monotonic() + VISIBILITY))
        if code not in ((0, 3) if twice or self.has_faults else (0,)):
            end = open(worker.log).read()[-1500:]
            self.problems.append(f"worker {worker.number} ended with {code}: {end}")

    async def stop_all(self):
        workers, self.workers = self.workers, []
        self.ended.extend(workers)
        await asyncio.gather(*(self.stop(worker) for worker in workers))

    def kill_all(self):
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()

    def explains(self, number, since, until):
        """Whether this worker may have lost a lease between these times."""
        everyone = self.workers + self.ended
        disturbed = next(worker.disturbed for worker in everyone if worker.number == number)
        return any(begin <= until and since <= end for begin, end in disturbed)
