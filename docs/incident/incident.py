#!/usr/bin/env python3
"""Writes docs/incident.md and its pictures from a replay. docs/incident/run plays it and starts this."""

import argparse
import json
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("tests/system", "docs/draw")]
import chart  # noqa: E402
import document  # noqa: E402
import story  # noqa: E402

from pictures import painter, write  # noqa: E402
from running.prometheus import prometheus  # noqa: E402

DOCUMENT = REPOSITORY / "docs/incident.md"
README = REPOSITORY / "README.md"
# The height of a first screen.
TOP = 1080
# The dashboards, the day of the story, the hour of that day, and the hours that are shown.
MOMENTS = [
    ("short-polling-fleet", "longshore-fleet", 0, 12, 6),
    ("long-polling-fleet", "longshore-fleet", 1, 12, 6),
    ("killed-shutdown", "longshore-shutdown", 2, 12, 6),
    ("drained-shutdown", "longshore-shutdown", 3, 12, 6),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=pathlib.Path, help="the directory with samples, blocks and alerts")
    parser.add_argument("prometheus", help="the program of Prometheus 3")
    parser.add_argument("page", type=pathlib.Path, help="the directory of the built page that draws dashboards")
    parser.add_argument("--check", action="store_true", help="compare the numbers, and write nothing")
    return parser.parse_args()


def blocks(days):
    short, _, killed, _ = days
    return {
        "result": document.result(days),
        "facts": document.facts_table(days),
        "short polling": document.alerts_table(short),
        "aborts": document.alerts_table(killed),
    }


def update(days, is_check):
    """Writes the numbers. Returns what differs if it only checks."""
    all_blocks, differs = blocks(days), []
    for file, names in ((DOCUMENT, all_blocks), (README, ["result"])):
        before = file.read_text()
        after = document.written(before, {name: all_blocks[name] for name in names}, file.name)
        if is_check and before != after:
            differs.append(f"the numbers in {file.name} are not those of this run")
        elif before != after:
            file.write_text(after)
    return differs


def draw(days, server, page):
    chart.draw(days, server.client, REPOSITORY / "docs/incident.svg")
    with painter(page) as hand:
        for name, dashboard, day, hour, hours in MOMENTS:
            to = days[day].begin + hour * 3600
            what = {
                "dashboard": json.loads((REPOSITORY / f"dashboards/{dashboard}.json").read_text()),
                "theme": "dark", "open": False, "prometheus": server.client.url, "scrape": 60,
                "from": (to - hours * 3600) * 1000, "to": to * 1000, "chosen": {},
            }
            picture, empty = hand.draw(what, 1600)
            picture = picture.crop((0, 0, picture.width, min(TOP, picture.height)))
            size = write(picture, REPOSITORY / f"docs/incident/{name}.png")
            print(f"{name}: {size // 1000} kB, without data: {', '.join(empty) or 'none'}")


def main():
    options = arguments()
    days = story.read(options.work)
    wrong = story.objections(days) or update(days, options.check)
    if not wrong and not options.check:
        with prometheus({}, "--storage.tsdb.retention.time=100y", "--query.lookback-delta=90s",
                        program=options.prometheus, data=options.work.resolve() / "data") as server:
            draw(days, server, options.page)
    for text in wrong:
        print(f"FAILED {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
