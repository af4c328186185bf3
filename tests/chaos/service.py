"""The application of the workers: an HTTP service that writes down each call."""

import asyncio
import time
from collections import defaultdict


class Service:
    """Each worker has its own path, so the service knows who calls."""

    def __init__(self):
        self.done = defaultdict(list)  # message: [(time, worker)]
        self.calls = self.failed = 0

    def processed(self):
        return len(self.done)

    async def answer(self, worker, message, receives):
        """The status. `None` breaks the connection. Of a hundred messages, two fail, one breaks, three are slow."""
        self.calls += 1
        kind = message % 97
        if kind in (13, 57) and receives <= 2:
            self.failed += 1
            return 422
        if kind == 29 and receives == 1:
            self.failed += 1
            return None
        await asyncio.sleep({41: 0.5, 83: 0.5, 7: 6}.get(kind, 0.005))
        self.done[message].append((time.monotonic(), worker))
        return 200

    async def serve(self, reader, writer):
        """One connection."""
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                worker = int(lines[0].split()[1].removeprefix("/"))
                status = await self.answer(worker, int(body), int(headers["x-aws-sqsd-receive-count"]))
                if status is None:
                    return
                writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
