"""The HTTP service behind a FIFO queue. It checks the order of the messages."""

import asyncio
import json

from messages.service import Service


class Journal(Service):
    """What the service did with the messages of each group."""

    def __init__(self, messages, groups):
        self.messages, self.groups = messages, groups
        self.next, self.running = [0] * groups, [0] * groups
        self.done = self.calls = self.failed = self.repeated = 0
        self.problems = []
        self.all_done = asyncio.Event()

    async def respond(self, path, headers, body):
        return await (self.batch(body) if path == "/batch" else self.one(headers, body))

    async def one(self, headers, body):
        number = int(body)
        if await self.handle(number, int(headers["x-aws-sqsd-receive-count"])):
            return 200, b""
        return (None, b"") if number % 97 == 29 else (422, b"")

    async def batch(self, body):
        """From the first failure of a group on, the rest of the group fails."""
        failed, groups = [], set()
        for record in json.loads(body)["Records"]:
            attributes = record["attributes"]
            group = attributes["MessageGroupId"]
            receives = int(attributes["ApproximateReceiveCount"])
            if group in groups or not await self.handle(int(record["body"]), receives):
                groups.add(group)
                failed.append({"itemIdentifier": record["messageId"]})
        return 200, json.dumps({"batchItemFailures": failed}).encode()

    async def handle(self, number, receives):
        """Whether the message was processed. Of a hundred, two fail, one breaks, two are slow at first."""
        place, group = divmod(number, self.groups)
        self.calls += 1
        if place > self.next[group]:
            self.problems.append(f"group {group}: {place} began before {self.next[group]} was done")
        if self.running[group]:
            self.problems.append(f"group {group}: {place} began while another message ran")
        self.running[group] += 1
        try:
            return await self.process(number, place, group, receives)
        finally:
            self.running[group] -= 1

    async def process(self, number, place, group, receives):
        kind = number % 97
        if (kind in (13, 57) and receives <= 2) or (kind == 29 and receives == 1):
            self.failed += 1
            return False
        await asyncio.sleep(0.3 if kind in (41, 83) else 0.001)
        if place == self.next[group]:
            self.next[group] += 1
            self.done += 1
        else:
            self.repeated += 1
        if self.done == self.messages:
            self.all_done.set()
        return True
