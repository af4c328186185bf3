"""The program of these tests."""

import pytest

from audit.program import Audit


@pytest.fixture(scope="session")
def audit(longshore):
    """A function that calls `longshore audit`."""
    return Audit(longshore)
