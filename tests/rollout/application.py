"""The application that processes messages. It takes a fixed time and counts the requests per message."""

import collections
import contextlib
import http.server
import threading
import time


class Application(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, seconds):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seconds = seconds
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.lock = threading.Lock()
        # For each body, the number of requests that started and that finished.
        self.begun, self.done = collections.Counter(), collections.Counter()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Send headers and body together.
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.server.lock:
            self.server.begun[body] += 1
        time.sleep(self.server.seconds)
        with self.server.lock:
            self.server.done[body] += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def application(seconds):
    """An application on a free port that takes this time for each message."""
    server = Application(seconds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
