"""Baselines, and an account with findings that they accept."""

import contextlib
import datetime
import os
import tempfile

from audit.scene import queue, served

TODAY = datetime.datetime.now(datetime.UTC).date()


def day(days):
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def entry(check, name, expires=None, reason="a known fault"):
    return f'[[accept]]\ncheck = "{check}"\nqueue = "{name}"\nreason = "{reason}"\nexpires = {expires or day(30)}\n'


def drafts():
    """One finding of each severity."""
    dead = queue("dead")
    orders, mail, video = (queue(name, dead) for name in ("orders", "mail", "video"))
    orders.receives, mail.settings["SqsManagedSseEnabled"], video.tags = 1, "false", {}
    mail.settings.pop("KmsMasterKeyId", None)
    return [dead, orders, mail, video]


FINDINGS = {"high": ("orders", "max-receive-count"), "medium": ("mail", "encryption-off"), "low": ("video", "tags")}
ALL = "".join(entry(check, name) for name, check in FINDINGS.values())


@contextlib.contextmanager
def account(*texts):
    """A server, and one file for each text."""
    with tempfile.TemporaryDirectory() as scratch, served(drafts()) as server:
        files = [os.path.join(scratch, f"baseline{number}.toml") for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            with open(file, "w") as opened:
                opened.write(text)
        yield server, *files
