"""The work of a handler in Python, and the journal that proves it."""

import os
import time


class Journal:
    """Writes a line when a message starts and when it ends, and works between them."""

    def __init__(self):
        self.file = os.open(os.environ["JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.seconds = int(os.environ["HANDLER_MS"]) / 1000
        self.fails = os.environ["HANDLER_FAILS"] == "1"

    def handle(self, body):
        message_id = body.split(" ", 1)[0]
        self.write("start", message_id)
        if self.seconds:
            time.sleep(self.seconds)
        if self.fails:
            raise RuntimeError("this handler always fails")
        self.write("end", message_id)

    def write(self, event, message_id):
        # One write call, because other processes append to the same file.
        os.write(self.file, f"{event} {message_id} {time.time():.6f}\n".encode())
