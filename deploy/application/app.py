"""A stand-in for your application: it takes each message as a POST, and answers 200 when it is done.

Replace it with your own. What Longshore sends, and what it makes of the answer: docs/handlers.md.
"""

import os
import random
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = os.environ.get("HOST", "0.0.0.0")  # the kubelet's probes come from outside the pod
PORT = int(os.environ.get("PORT", "8080"))
SECONDS_EACH = float(os.environ.get("SECONDS_EACH", "0.1"))
FAILS = float(os.environ.get("FAILS", "0"))  # of all messages, from 0 to 1


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection for the next message

    def do_GET(self):
        """For the probes: it is up."""
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
        """Not one line a request: the worker counts them."""


def main():
    server = ThreadingHTTPServer((HOST, PORT), Application)
    # Process 1 of a container has no default for SIGTERM: without a handler it would be killed at the end of
    # the grace. shutdown() waits for serve_forever(), so it must not run on the thread that is in it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
