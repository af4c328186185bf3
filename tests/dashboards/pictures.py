"""Checks the pictures that the documentation shows.

usage: python pictures.py

Exits 1 if a picture is missing, is larger than a picture of the repository may be, or is shown by no document.
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DASHBOARDS = REPOSITORY / "docs/dashboards"
MAX_BYTES = 300_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def documents():
    return [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]


def images(text):
    """The relative paths of the images in a Markdown text."""
    return [path for path in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", text) if "://" not in path]


def problem(picture):
    """What is wrong with a picture, or None."""
    if not picture.is_file():
        return "is missing; docs/draw/run draws the pictures of dashboards"
    content = picture.read_bytes()
    if len(content) > MAX_BYTES:
        return f"has {len(content)} bytes, at most {MAX_BYTES} are allowed"
    if picture.suffix == ".png" and not content.startswith(SIGNATURE):
        return "is not a PNG file"
    return None


def main():
    shown = {}
    for document in documents():
        for path in images(document.read_text()):
            shown.setdefault((document.parent / path).resolve(), document.relative_to(REPOSITORY))
    failures = [f"{document}: {picture.name} {text}" for picture, document in shown.items()
                if (text := problem(picture))]
    failures += [f"docs/dashboards/{picture.name} is shown by no document"
                 for picture in DASHBOARDS.glob("*") if picture not in shown]
    of_dashboards = [picture for picture in shown if picture.parent == DASHBOARDS]
    assert of_dashboards, "no document shows a dashboard"
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{'FAILED' if failures else 'ok    '} {len(shown)} pictures, {len(of_dashboards)} of them of dashboards")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
