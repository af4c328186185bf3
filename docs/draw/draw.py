#!/usr/bin/env python3
"""Draws the dashboards over live scenes. docs/draw/run installs what it needs and starts it.

All scenes run at the same time. Each is drawn as soon as Prometheus has its data. A picture that the documentation
shows is also written to docs/dashboards/, without the part below its first screen.
"""

import argparse
import contextlib
import json
import pathlib
import queue
import re
import sys
import tempfile
import threading
import time
import traceback

from fleet import REPOSITORY
from pictures import painter, write
from scenes import SCENES

DOCUMENTS = ("README.md", "docs/dashboards.md")
# The height of a first screen, and the limit for a file of the repository.
TOP = 1080
MAX_BYTES = 300_000
BEGAN = time.monotonic()


def note(text):
    print(f"{time.monotonic() - BEGAN:6.0f} s  {text}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("longshore", type=pathlib.Path, help="the program; xtask must be in the same directory")
    parser.add_argument("work", type=pathlib.Path, help="the directory with the built page; pictures/ is written there")
    parser.add_argument("--scene", action="append", choices=[scene.name for scene in SCENES],
                        help="draw only this scene; can be repeated [default: all]")
    parser.add_argument("--light", action="store_true", help="draw with the light theme [default: dark]")
    parser.add_argument("--width", type=int, default=1600, help="width in pixels [default: 1600]")
    parser.add_argument("--open", action="store_true", help="open the closed rows [default: closed]")
    return parser.parse_args()


def shown():
    """The names of the pictures that the documentation shows."""
    texts = [(REPOSITORY / document).read_text() for document in DOCUMENTS]
    return {name for text in texts for name in re.findall(r"\((?:docs/)?dashboards/([\w-]+\.png)\)", text)}


class Stage:
    """A scene that runs in its own thread until it is drawn."""

    def __init__(self, scene, longshore, ready):
        self.scene, self.longshore, self.ready = scene, longshore, ready
        self.fleet = self.failure = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
                self.fleet = self.scene.play(self.longshore, pathlib.Path(scratch), self.ended, stack)
                self.ready.put(self)
                self.ended.wait()
        except Exception:
            # The other scenes continue.
            self.failure = traceback.format_exc()
            self.ready.put(self)

    def draw(self, hand, options):
        try:
            draw(self, hand, options)
        except Exception:
            self.failure = traceback.format_exc()

    def end(self):
        self.ended.set()
        self.thread.join()


def name_of(scene, dashboard, options):
    width = f"-{options.width}" if options.width != 1600 else ""
    parts = [scene.name, dashboard, *(["light"] if options.light else []), *(["open"] if options.open else [])]
    return f"{'-'.join(parts)}{width}.png"


def draw(stage, hand, options):
    """Draws the dashboards of one scene at the same moment."""
    to = time.time()
    for picture_name, dashboard, chosen in stage.scene.dashboards():
        what = {
            "dashboard": json.loads((REPOSITORY / f"dashboards/{dashboard}.json").read_text()),
            "theme": "light" if options.light else "dark",
            "open": options.open,
            "prometheus": stage.fleet.prometheus.url,
            "scrape": stage.scene.scrape_seconds,
            "from": stage.fleet.began * 1000,
            "to": to * 1000,
            "chosen": chosen,
        }
        picture, empty = hand.draw(what, options.width)
        name = name_of(stage.scene, picture_name, options)
        size = write(picture, options.work / "pictures" / name)
        note(f"{name}: {size // 1000} kB, without data: {', '.join(empty) or 'none'}")
        if name in shown():
            size = write(picture.crop((0, 0, picture.width, min(TOP, picture.height))),
                         REPOSITORY / "docs/dashboards" / name)
            assert size <= MAX_BYTES, f"{name} has {size} bytes, at most {MAX_BYTES} are allowed"


def main():
    options = arguments()
    scenes = [scene for scene in SCENES if not options.scene or scene.name in options.scene]
    ready, failed = queue.Queue(), 0
    stages = [Stage(scene, options.longshore.resolve(), ready) for scene in scenes]
    note(f"{len(stages)} scenes run; the first takes about four minutes")
    try:
        with painter(options.work / "dist") as hand:
            for _ in stages:
                stage = ready.get()
                if not stage.failure:
                    note(f"{stage.scene.name} is ready")
                    stage.draw(hand, options)
                if stage.failure:
                    failed += 1
                    note(f"FAILED {stage.scene.name}\n{stage.failure}")
                stage.end()
    finally:
        for stage in stages:
            stage.end()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
