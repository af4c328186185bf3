#!/usr/bin/env python3
"""Draws docs/demo.svg: runs the demo in a terminal, waits until both deploys are over, and draws
what the terminal shows. Needs tmux and nothing else. From the top of the repository:

    cargo build --release && docs/demo-picture.py
"""

import re
import subprocess
import time
from html import escape
from pathlib import Path

# Both polling acts take 15 s each, and the deploys about 4 s.
SECONDS = 38
COLUMNS, ROWS = 80, 24
CELL_WIDTH, CELL_HEIGHT, BASELINE = 8.4, 18, 13.5
MARGIN, BAR = 18, 30
SESSION = ["tmux", "-L", "longshore-demo-picture"]

# Terminal colors for light and dark themes.
STYLE = """
  .card { fill: #ffffff; stroke: #d0d7de } .ink { fill: #1f2328 }
  .faint { fill: #6e7781 } .waste { fill: #cf222e } .good { fill: #1a7f37 }
  .strong { font-weight: 700 } .dot { fill: #d0d7de }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #30363d } .ink { fill: #e6edf3 }
    .faint { fill: #8b949e } .waste { fill: #ff7b72 } .good { fill: #3fb950 }
    .dot { fill: #30363d }
  }
"""
TONES = {"1": "ink strong", "2": "faint", "31": "waste", "32": "good"}
BLOCKS = "▁▂▃▄▅▆▇█"


def shown() -> list[str]:
    """The terminal's content after act 4, with escape sequences."""
    command = "target/release/longshore demo"
    size = ["-x", str(COLUMNS), "-y", str(ROWS)]
    subprocess.run([*SESSION, "new-session", "-d", *size, command], check=True)
    try:
        time.sleep(SECONDS)
        capture = [*SESSION, "capture-pane", "-p", "-e"]
        text = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
    finally:
        subprocess.run([*SESSION, "kill-server"], check=False)
    return text.rstrip().split("\n")


def spans(line: str):
    """The pieces of text in the line, with their columns and tones."""
    tone, column = "ink", 0
    for codes, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
        if text:
            yield column, tone, text
            column += len(text)
        for code in codes.split(";"):
            # Code 39 resets the color, and keeps bold and faint.
            if code == "0" or (code == "39" and tone in ("waste", "good")):
                tone = "ink"
            tone = TONES.get(code, tone)


def drawn(column: int, row: int, tone: str, text: str):
    """One text, split where there are two or more spaces. Blocks and rules are drawn as boxes, because
    their size differs between fonts."""
    top = BAR + MARGIN + row * CELL_HEIGHT
    for part in re.finditer(r"[▁-█]|━+|─+|[^▁-█━─ ]+( [^▁-█━─ ]+)*", text):
        x = MARGIN + (column + part.start()) * CELL_WIDTH
        first, width = part.group()[0], len(part.group()) * CELL_WIDTH
        if first in BLOCKS:
            height = (BLOCKS.index(first) + 1) / 8 * (CELL_HEIGHT - 3)
            yield box(tone, x, top + CELL_HEIGHT - 2 - height, width - 0.8, height)
        elif first in "━─":
            height = 4 if first == "━" else 1.5
            yield box(tone, x, top + CELL_HEIGHT / 2 - height / 2, width, height)
        else:
            yield (f'<text class="{tone}" x="{x:.1f}" y="{top + BASELINE:.1f}" '
                   f'textLength="{width:.1f}">{escape(part.group())}</text>')


def box(tone: str, x: float, y: float, width: float, height: float) -> str:
    return (f'<rect class="{tone}" x="{x:.1f}" y="{y:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"/>')


def picture(lines: list[str]) -> str:
    width = 2 * MARGIN + COLUMNS * CELL_WIDTH
    height = BAR + 2 * MARGIN + len(lines) * CELL_HEIGHT
    parts = [piece for row, line in enumerate(lines) for column, tone, text in spans(line)
             for piece in drawn(column, row, tone, text)]
    dots = [f'<circle class="dot" cx="{MARGIN + 6 + 20 * n}" cy="{BAR / 2 + 4}" r="6"/>'
            for n in range(3)]
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))
    body = "\n".join([*dots, *parts])
    return (f'<!-- Drawn by docs/demo-picture.py from what the demo showed. -->\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'role="img" aria-labelledby="title words">\n'
            f'<title id="title">longshore demo, after act 4</title>\n'
            f'<desc id="words">{escape(plain)}</desc>\n<style>{STYLE}</style>\n'
            f'<rect class="card" x="0.5" y="0.5" width="{width - 1:.0f}" '
            f'height="{height - 1:.0f}" rx="10"/>\n{body}\n</svg>\n')


if __name__ == "__main__":
    Path("docs/demo.svg").write_text(picture(shown()), encoding="utf-8")
