"""Reads files of the project."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]


def read(path):
    return (ROOT / path).read_text()
