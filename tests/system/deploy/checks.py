"""Calls tests as checks of other files: variants of the same objects, and copies with one mistake."""

import inspect

import pytest


def checks_of(module, fixture):
    """The tests of this module that use the fixture, by their names without `test_`."""
    tests = {name: test for name, test in vars(module).items() if name.startswith("test_") and inspect.isfunction(test)}
    return {name.removeprefix("test_"): test for name, test in tests.items()
            if fixture in inspect.signature(test).parameters}


def failures(checks, **fixtures):
    """Runs the checks with these fixtures. Returns `name: error` for each check that fails."""
    failed = []
    for name, check in checks.items():
        arguments = {parameter: fixtures[parameter] for parameter in inspect.signature(check).parameters}
        try:
            check(**arguments)
        # Any exception is a failure, also that of `pytest.raises`, which is no `Exception`.
        except (Exception, pytest.fail.Exception) as wrong:
            failed.append(f"{name}: {wrong!r}")
    return failed


def detects(check, correct, mistaken):
    """Whether the check fails with the mistaken fixtures. It must pass with the correct ones, because a check that
    always fails detects nothing."""
    checks = {check.__name__: check}
    assert not (failed := failures(checks, **correct)), f"fails without a mistake: {failed}"
    return bool(failures(checks, **mistaken))


def without_mutants(checks, mutants):
    """The checks that no mutant names. Such a check might be unable to fail."""
    return checks.keys() - {check for check, *_ in mutants}
