"""A line chart over minutes, as SVG. It follows the reader's dark mode."""

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 40, 40
COLOURS = ["#0969DA", "#BC4C00"]
STYLE = ("text{font:12px sans-serif;fill:#1F2328}.t{font-size:14px}.g{stroke:#D8DEE4}.b{fill:#FFFFFF}"
         "@media(prefers-color-scheme:dark){text{fill:#E6EDF3}.g{stroke:#30363D}.b{fill:#0D1117}}")
TICKS = 5


def svg(series, title, unit):
    """`series` has the points of each name: (minutes, value). The value axis begins at 0."""
    points = [point for points in series.values() for point in points]
    last = max(minutes for minutes, _ in points)
    top = step(max(value for _, value in points) / TICKS) * TICKS
    def x(minutes):
        return LEFT + (WIDTH - LEFT - RIGHT) * minutes / last
    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
             f"<title>{title}</title><style>{STYLE}</style>",
             f'<rect class="b" width="{WIDTH}" height="{HEIGHT}"/><text class="t" x="{LEFT}" y="20">{title}</text>']
    for tick in range(TICKS + 1):
        value, minutes = top * tick / TICKS, last * tick / TICKS
        parts.append(f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
                     f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
                     f'<text x="{x(minutes):.1f}" y="{HEIGHT - 22}" text-anchor="middle">{minutes:.0f}</text>')
    parts.append(f'<text x="8" y="20">{unit}</text>'
                 f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">minutes</text>')
    for colour, (name, points) in zip(COLOURS, series.items(), strict=False):
        line = " ".join(f"{x(minutes):.1f},{y(value):.1f}" for minutes, value in points)
        label = y(points[-1][1]) - 8
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
                     f'<text x="{WIDTH - RIGHT}" y="{label:.1f}" text-anchor="end" style="fill:{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def step(least):
    """The next round number: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10
