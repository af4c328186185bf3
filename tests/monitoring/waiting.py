"""Waiting for events, within one bound for the whole test; and asking over HTTP."""

import json
import time
import urllib.request

ALL_SECONDS = 240
BEGAN = time.monotonic()


def until(event, ask):
    """The first answer of `ask` that is true. `event` completes the sentence "waited for"."""
    began = time.monotonic()
    while not (answer := ask()):
        if time.monotonic() > BEGAN + ALL_SECONDS:
            raise AssertionError(f"waited {time.monotonic() - began:.0f} s for {event}, in vain")
        time.sleep(0.05)
    return answer


def fetch(url, body=None, method=None, headers=()):
    """The text at this address, or in answer to `body`, which is sent as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **dict(headers)}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def is_ready(url):
    """Whether a server says 200 here."""
    try:
        fetch(url)
    except OSError:
        return False
    return True
