#!/usr/bin/env python3
"""Takes docs/page.png: runs the demo, waits until act 2 has run for 9 seconds, and takes a picture of the
top of the status page. Needs what tests/run installs. From the top of the repository:

    cargo build --release && target/python/bin/python docs/page-picture.py
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/system"))
from running.chromium import chromium, opened
from running.processes import answers, free_port, running, wait_for

LONGSHORE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/longshore").resolve()
PICTURE = pathlib.Path("docs/page.png")
WIDTH = 1360
# Act 1 takes 15 seconds, and act 2 has begun for 9 seconds.
SECONDS = 24


def main():
    listen = f"127.0.0.1:{free_port()}"
    with running([str(LONGSHORE), "demo", "--listen", listen]) as demo, chromium() as browser:
        url = f"http://{listen}/"
        wait_for(demo, lambda: answers(url))
        with opened(browser, url, width=WIDTH) as (page, _):
            page.wait_for_timeout(SECONDS * 1000)
            page.locator("#queue-1.well svg.plot").nth(3).wait_for()
            # The picture shows only the part above this figure.
            below = page.locator("#queue-0 figure").nth(2).bounding_box()["y"]
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": round(below) - 8}
            page.screenshot(path=PICTURE, full_page=True, clip=clip)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
