"""Waiting for events, with one time limit for the whole test, and HTTP requests."""

import json
import time
import urllib.request

LIMIT_SECONDS = 600
START = time.monotonic()


def until(event, poll):
    """Calls `poll` until its result is true, and returns the result. `event` follows the words "waited for"."""
    began = time.monotonic()
    while not (result := poll()):
        if time.monotonic() > START + LIMIT_SECONDS:
            raise AssertionError(f"waited {time.monotonic() - began:.0f} s for {event}")
        time.sleep(0.05)
    return result


def fetch(url, body=None, method=None, headers=()):
    """The text of the response. If there is a `body`, it is sent as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **dict(headers)}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def is_ready(url):
    """Whether the server returns 200."""
    try:
        fetch(url)
    except OSError:
        return False
    return True
