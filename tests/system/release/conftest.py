"""The files of a release that the tests install."""

import pathlib

import pytest


def pytest_addoption(parser):
    parser.addoption("--release-files", metavar="DIRECTORY", type=pathlib.Path,
                     help="What packaging/ wrote for this machine: an archive, a wheel, npm packages and a Debian "
                          "package. pytest knows this option only if the command names the folder release")


@pytest.fixture(scope="session")
def files(request):
    """The directory of the files."""
    directory = request.config.getoption("release_files", default=None)
    if not directory:
        pytest.skip("the files of a release are missing; RELEASING.md shows how to write them")
    assert directory.is_dir(), f"{directory} is no directory"
    return directory.resolve()
