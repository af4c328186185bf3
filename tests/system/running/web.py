"""HTTP: requests of a test, and servers in its process."""

import contextlib
import http.server
import json
import sys
import threading
import urllib.request

TIMEOUT_SECONDS = 30
# A server ends at most this late.
POLL_SECONDS = 0.02


def fetch(url, body=None, method=None, headers=(), seconds=TIMEOUT_SECONDS):
    """The text of the response. If there is a `body`, it is sent as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **dict(headers)}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=seconds) as response:
        return response.read().decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """A handler of requests that does not log."""

    protocol_version = "HTTP/1.1"
    # Sends headers and body together.
    wbufsize = -1

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, address):
        """A client may close its connection early: a test can kill it."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, address)


@contextlib.contextmanager
def serving(handler):
    """Serves with this class of handlers on a free port. Yields the URL, without a slash at its end."""
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
