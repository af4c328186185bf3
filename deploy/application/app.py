"""A sample application. It accepts each message as a POST and returns 200 when it has processed it.

Replace it with your application. docs/handlers.md describes the requests that Longshore sends and
how it interprets the responses.
"""

import os
import random
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = os.environ.get("HOST", "0.0.0.0")  # kubelet probes come from outside the pod
PORT = int(os.environ.get("PORT", "8080"))
SECONDS_EACH = float(os.environ.get("SECONDS_EACH", "0.1"))
FAILS = float(os.environ.get("FAILS", "0"))  # ratio of messages that fail, from 0 to 1


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # reuse the connection for the next message

    def do_GET(self):
        """Return 200 to the probes."""
        self.answer(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(random.expovariate(1 / SECONDS_EACH) if SECONDS_EACH else 0)
        if random.random() < FAILS:
            self.answer(503, {"Retry-After": "2"})
            return
        print(f"{self.headers['X-Aws-Sqsd-Msgid']}: {len(body)} bytes", flush=True)
        self.answer(200)

    def answer(self, status, headers=None):
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()

    def log_request(self, code="-", size="-"):
        """Log nothing: the worker already counts the requests."""


def main():
    server = ThreadingHTTPServer((HOST, PORT), Application)
    # Process 1 of a container has no default action for SIGTERM. Without a handler it would run
    # until it is killed at the end of the grace period. shutdown() waits for serve_forever(), so it
    # needs its own thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
