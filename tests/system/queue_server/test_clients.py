"""Old and new clients of SQS get the same from the local queue, by either protocol.

Each client prints what it gets, and journey.json has what all must get. tests/it/local/journey.rs compares the Rust SDK
with it. Then the old boto3 runs all cases of this folder.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from queue_server.calls import name
from running.local_queue import local_queue
from running.web import fetch

HERE = pathlib.Path(__file__).resolve().parent
JOURNEYS = HERE / "clients"
EXPECTED = json.loads((JOURNEYS / "journey.json").read_text())
# The case files without this one.
CASES = sorted(str(file) for file in HERE.glob("test_*.py") if file.name != pathlib.Path(__file__).name)
# The least number of cases, so that a run of nothing is found.
LEAST = 100


@pytest.fixture(scope="module")
def server(longshore):
    """A server of its own, because the cases advance its clock."""
    with local_queue(longshore) as started:
        yield started


@pytest.fixture(scope="session")
def old_python(root):
    """The Python with an old boto3."""
    python = root / "target/clients/python/bin/python"
    if not python.exists():
        pytest.skip(f"{python.relative_to(root)} is missing; run `tests/run` to install the old boto3")
    return str(python)


@pytest.fixture
def node(needs):
    needs("node")
    return "node"


def compare(command):
    """The client gets what all clients get."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    wrong = {key: found.get(key) for key in {*found, *EXPECTED} if found.get(key) != EXPECTED.get(key)}
    expected = {key: EXPECTED.get(key) for key in wrong}
    assert not wrong, f"expected {expected}, found {wrong}"


def test_boto3_JSON(server):
    compare([sys.executable, JOURNEYS / "journey.py", server.url, name()])


def test_boto3_1_26_Query(server, old_python):
    compare([old_python, JOURNEYS / "journey.py", server.url, name()])


@pytest.mark.parametrize("version", [pytest.param("v2", id="aws-sdk for JavaScript 2, Query"),
                                     pytest.param("v3", id="aws-sdk for JavaScript 3, JSON")])
def test_a_client_for_JavaScript(server, node, node_modules, version):
    compare([node, JOURNEYS / "journey.mjs", server.url, name(), version, node_modules])


def test_curl_Query(server):
    """curl sends a form to the path of a queue."""
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    queue = name()
    server.call("CreateQueue", QueueName=queue)
    form = ["--data", "Action=SendMessage", "--data-urlencode", f"MessageBody={EXPECTED['received']['body']}"]
    ran = subprocess.run(["curl", "--silent", "--fail", *form, server.queue_url(queue)],
                         capture_output=True, text=True, check=False)
    assert f"<MD5OfMessageBody>{EXPECTED['sent'][0]}</MD5OfMessageBody>" in ran.stdout, ran


def ran(python, longshore, *arguments):
    """The output of pytest with this Python and the cases of this folder."""
    command = [python, "-m", "pytest", "--color=no", "--longshore", longshore, *arguments, *CASES]
    found = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-10_000:] + found.stderr[-2000:]
    return found.stdout


def test_the_cases_of_boto3_by_the_Query_protocol(server, longshore, old_python):
    collected = set(re.findall(r"^\S+::\S+", ran(sys.executable, longshore, "--collect-only", "-q"), re.MULTILINE))
    output = ran(old_python, longshore, "--queue-server", server.url, "--numprocesses=0", "-q", "-rap")
    passed = set(re.findall(r"^PASSED (\S+::\S+)", output, re.MULTILINE))
    assert len(collected) >= LEAST, f"{len(collected)} cases"
    assert passed == collected, f"did not pass: {sorted(collected ^ passed)}"
    requests = json.loads(fetch(f"{server.url}/_local/state"))["requests"]
    print(f"{len(passed)} cases passed by the Query protocol; requests of the server: {sum(requests.values())}")
