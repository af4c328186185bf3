"""The pictures that the documentation shows."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DASHBOARDS = ROOT / "docs/dashboards"
MAX_BYTES = 300_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def images(text):
    """The relative paths of the images in a Markdown text."""
    return [path for path in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", text) if "://" not in path]


def shown():
    """The path of each picture, and the document that shows it."""
    found = {}
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for path in images(document.read_text()):
            found.setdefault((document.parent / path).resolve(), document.relative_to(ROOT))
    return found


SHOWN = shown()


@pytest.mark.parametrize("picture", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_picture_of_a_document_exists_and_is_small(picture):
    assert picture.is_file(), f"{SHOWN[picture]} shows it; docs/draw/run draws the pictures of dashboards"
    assert picture.stat().st_size <= MAX_BYTES
    if picture.suffix == ".png":
        assert picture.read_bytes()[:len(SIGNATURE)] == SIGNATURE


def test_a_document_shows_each_picture_of_a_dashboard():
    pictures = set(DASHBOARDS.glob("*"))
    assert pictures, f"{DASHBOARDS} has no pictures"
    assert pictures <= set(SHOWN), pictures - set(SHOWN)
