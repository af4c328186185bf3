"""HTTP services in the event loop of the test, which handle the messages of workers."""

import asyncio
import contextlib
import time
from collections import defaultdict


class Service:
    """A service on a free port. A subclass has `respond`."""

    async def respond(self, path, headers, body):
        """The status and the body of the response. Status `None` breaks the connection."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def listening(self):
        """Yields the URL."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def serve(self, reader, writer):
        """One connection."""
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, answer = await self.respond(lines[0].split()[1], headers, body)
                if status is None:
                    return
                writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Application(Service):
    """Writes down each call. Each worker has its own path, so the application knows which worker calls."""

    def __init__(self):
        self.done = defaultdict(list)  # message: [(time, worker)]

    def processed(self):
        return len(self.done)

    async def respond(self, path, headers, body):
        """Of a hundred messages, two fail, one breaks the connection, three are slow."""
        message, receives = int(body), int(headers["x-aws-sqsd-receive-count"])
        kind = message % 97
        if kind in (13, 57) and receives <= 2:
            return 422, b""
        if kind == 29 and receives == 1:
            return None, b""
        await asyncio.sleep({41: 0.5, 83: 0.5, 7: 6}.get(kind, 0.005))
        self.done[message].append((time.monotonic(), int(path.removeprefix("/"))))
        return 200, b""
