"""The unit, as systemd reads it, and what it must have in common with its configuration.

usage: python unit.py PATH_OF_LONGSHORE

Exits 1 if any case fails.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from cases import ROOT, play, read
from checked import checked

LONGSHORE = os.path.abspath(sys.argv[1])
DIRECTORY = "deploy/systemd"
UNIT = f"{DIRECTORY}/longshore.service"
# Where the document says each file is to be installed.
INSTALLED = {"longshore.service": "/etc/systemd/system/longshore.service",
             "longshore.toml": "/etc/longshore/longshore.toml", "environment": "/etc/longshore/environment"}


def settings():
    """All values of each key: some are lists that grow."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", read(UNIT), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|min)?", text).groups()
    return int(number) * {"min": 60}.get(unit, 1)


def systemd_knows_every_key():
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "longshore.service"
        # A program that is there: whether ours is installed is not the question.
        copy.write_text(read(UNIT).replace("/usr/local/bin/longshore", "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--generators=no", str(copy)],
                                  capture_output=True, text=True)
    assert verified.returncode == 0 and not verified.stderr.strip(), verified.stderr


def its_exposure_is_no_more_than_the_document_says():
    score = re.search(r"exposure level of (\d+)\.(\d)", read("docs/deploy/systemd.md"))
    # In tenths.
    analysed = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                               f"--threshold={score[1]}{score[2]}", str(ROOT / UNIT)], capture_output=True, text=True)
    assert analysed.returncode == 0, analysed.stdout[-300:]


def a_stop_may_take_as_long_as_the_configuration_says():
    limit = checked(LONGSHORE, f"{DIRECTORY}/longshore.toml")["stop"]["limit"]
    for key in ("TimeoutStopSec", "TimeoutAbortSec"):
        assert [seconds(value) for value in settings()[key]] == [limit], f"{key} is not {limit}"


def only_the_codes_of_the_program_are_named():
    usage = re.search(r"USAGE: u8 = (\d+)", read("src/cli/exit.rs"))[1]
    unclean = re.search(r"UNCLEAN: u8 = (\d+)", read("src/cli/exit.rs"))[1]
    assert settings()["RestartPreventExitStatus"] == [usage]
    assert unclean not in settings().get("SuccessExitStatus", []), "a stop that cut messages off would go unseen"


def everything_is_where_the_unit_looks_for_it():
    document = read("docs/deploy/systemd.md")
    for name, path in INSTALLED.items():
        assert f"{DIRECTORY}/{name} {path}" in document, f"the document does not install {name} as {path}"
    start, = settings()["ExecStart"]
    assert start.endswith(f" run --config {INSTALLED['longshore.toml']}"), start
    assert settings()["EnvironmentFile"] == [f"-{INSTALLED['environment']}"]
    assert f"/longshore {start.split()[0]}" in document, "the document does not install the program there"


def the_watchdog_outlasts_a_long_poll():
    # A poll loop makes a step when a receive is over: its wait, and ten seconds for the way.
    queues = checked(LONGSHORE, f"{DIRECTORY}/longshore.toml")["idle_month"]
    assert seconds(settings()["WatchdogSec"][0]) >= 2 * max(queue["wait"] for queue in queues) + 10


CASES = [systemd_knows_every_key, its_exposure_is_no_more_than_the_document_says,
         a_stop_may_take_as_long_as_the_configuration_says, only_the_codes_of_the_program_are_named,
         everything_is_where_the_unit_looks_for_it, the_watchdog_outlasts_a_long_poll]

if __name__ == "__main__":
    sys.exit(play(CASES))
