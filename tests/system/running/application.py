"""An HTTP application in the process of the test. It counts the requests per message."""

import collections
import contextlib
import threading
import time

from running.web import Handler, serving


class Application:
    """What the application got: for each body, the number of requests that began and that ended."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.url = None
        self.lock = threading.Lock()
        self.begun, self.done = collections.Counter(), collections.Counter()

    def process(self, body):
        with self.lock:
            self.begun[body] += 1
        time.sleep(self.seconds)
        with self.lock:
            self.done[body] += 1


@contextlib.contextmanager
def application(seconds=0):
    """An application on a free port that takes this time for each message."""
    started = Application(seconds)

    class Requests(Handler):
        def do_POST(self):
            started.process(self.body().decode())
            # A worker that was killed has closed the connection.
            with contextlib.suppress(ConnectionError):
                self.answer(200)

    with serving(Requests) as started.url:
        yield started
