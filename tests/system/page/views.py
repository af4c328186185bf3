"""What every page of Longshore must be, in each color scheme and width."""

from running.chromium import NARROW, WIDE, violations

VARIANTS = [(scheme, width) for scheme in ("light", "dark") for width in (NARROW, WIDE)]
NAMES = {NARROW: "narrow", WIDE: "wide"}


def check_layout(page, width):
    """The page is not wider than its window, and is accessible."""
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than the window of {width} px"
    check_accessibility(page)


def check_accessibility(page):
    found = violations(page)
    assert not found, "\n".join(found)
