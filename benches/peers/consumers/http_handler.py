"""The application behind Longshore's HTTP handler. It is the server of docs/handlers.md."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from journal import Journal

JOURNAL = Journal()


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            JOURNAL.handle(body)
            self.answer(200)
        except RuntimeError:
            self.answer(500)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """The log of this application is not that of the consumer."""


class Server(ThreadingHTTPServer):
    # The default of 5 refuses some of 20 connections at once.
    request_queue_size = 128


Server(("127.0.0.1", int(os.environ["HTTP_PORT"])), Application).serve_forever()
