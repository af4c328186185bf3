"""Fixtures of all system tests. docs/testing.md has the commands."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

import running.alertmanager
import running.application
import running.local_queue
import running.prometheus
import running.worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# What tests/run installs.
INSTALLED = ROOT / "target"

# What it does not install.
NOT_INSTALLED = ("terraform",)

# A test run that gets SIGTERM still stops its programs.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--longshore", default=TARGET / "debug/longshore", type=pathlib.Path,
                     help="The program to test [default: that of `cargo build`]")
    parser.addoption("--complete", action="store_true",
                     help="Fail, instead of a skip, if something is missing that tests/run installs")


def pytest_configure(config):
    config.addinivalue_line("markers", "mutants: mistakes that another test must find; it takes long")
    config.addinivalue_line("markers", "release: needs the files of a release; see RELEASING.md")
    config.addinivalue_line("markers", "steps: the tests of this module depend on the tests before them")
    needs_program = config.getoption("markexpr") != "release"
    if needs_program and not config.getoption("longshore").exists():
        pytest.exit(f"{config.getoption('longshore')} is missing; run `cargo build --workspace`", returncode=2)


@pytest.fixture(scope="session")
def longshore(request):
    """The path of the program."""
    return str(request.config.getoption("longshore").resolve())


@pytest.fixture(scope="session")
def root():
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def node_modules():
    """The npm packages of package.json."""
    return required(INSTALLED / "node/node_modules", "run `tests/run` to install the npm packages")


def required(path, advice):
    if not path.exists():
        pytest.skip(f"{path.relative_to(ROOT)} is missing; {advice}")
    return path


@pytest.fixture(scope="session")
def pictures():
    """The folder for screenshots."""
    folder = INSTALLED / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def start():
    """A function that enters a context manager until the end of the test."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def local_queue(longshore, start):
    """A function that starts a queue server with the queues of these names."""
    return lambda *queues, **options: start(running.local_queue.local_queue(longshore, *queues, **options))


@pytest.fixture
def worker(longshore, start):
    """A function that starts a worker: `worker(local_queue, *arguments, config=...)`."""
    return lambda *arguments, **options: start(running.worker.worker(longshore, *arguments, **options))


@pytest.fixture
def application(start):
    """A function that starts an HTTP application, which takes some seconds for each message."""
    return lambda seconds=0: start(running.application.application(seconds))


@pytest.fixture
def prometheus(start):
    """A function that starts Prometheus with a configuration, and returns its client."""
    found("prometheus")
    return lambda *arguments, **options: start(running.prometheus.prometheus(*arguments, **options)).client


@pytest.fixture(scope="session")
def prometheus3():
    """The path of Prometheus 3, because Debian has Prometheus 2."""
    build = subprocess.run([ROOT / "tests/rules/build_prometheus3"], check=True, stdout=subprocess.PIPE, text=True)
    return build.stdout.strip() or pytest.skip("Prometheus 3 cannot be built, which needs Go")


@pytest.fixture
def alertmanager(start):
    """A function that starts Alertmanager with the example. It returns its client and the notifications."""
    found("prometheus-alertmanager")

    def started():
        notifications, webhooks = start(running.alertmanager.webhook_server())
        example = (ROOT / "alerts/alertmanager.example.yml").read_text()
        return start(running.alertmanager.alertmanager(example, webhooks)).client, notifications

    return started


@pytest.fixture(scope="session")
def needs():
    """A function that skips the test if a program with this name is missing. With --complete the test then fails."""
    return found


# Not for the session: while it runs, Playwright's event loop does, and asyncio refuses another one.
@pytest.fixture(scope="module")
def chromium():
    """The browser."""
    found("chromium")
    # The environment of an old boto3 has no Playwright.
    from running.chromium import chromium as launched

    with launched() as browser:
        yield browser


def found(program):
    if shutil.which(program):
        return
    if program in NOT_INSTALLED:
        pytest.skip(f"{program} is not installed, and `tests/run` does not install it")
    pytest.skip(f"{program} is missing; `tests/run` installs it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and item.config.getoption("complete") and " is missing" in report.longrepr[2]:
        report.outcome, report.longrepr = "failed", report.longrepr[2]
    if report.failed and item.get_closest_marker("steps"):
        item.parent.failed_step = item.name
    return report


def pytest_runtest_setup(item):
    if item.get_closest_marker("steps") and (failed := getattr(item.parent, "failed_step", None)):
        pytest.skip(f"{failed} failed, and this test depends on it")


def pytest_terminal_summary(terminalreporter):
    """Lists what could not run here in the form that tests/run repeats at its end."""
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"NOT RUN: {report.nodeid}: {reason.removeprefix('Skipped: ')}")
