"""Checks the unit with systemd's tools, and compares it with its configuration.

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
# The path to which the document installs each file.
INSTALLED = {"longshore.service": "/etc/systemd/system/longshore.service",
             "longshore.toml": "/etc/longshore/longshore.toml", "environment": "/etc/longshore/environment"}


def settings():
    """All values of each key, because some keys occur several times."""
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
        # Use a program that exists, so that Longshore need not be installed.
        copy.write_text(read(UNIT).replace("/usr/local/bin/longshore", "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--generators=no", str(copy)],
                                  capture_output=True, text=True)
    assert verified.returncode == 0 and not verified.stderr.strip(), verified.stderr


def the_exposure_level_is_at_most_the_documented_one():
    score = re.search(r"exposure level of (\d+)\.(\d)", read("docs/deploy/systemd.md"))
    # The threshold is in tenths.
    analysed = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                               f"--threshold={score[1]}{score[2]}", str(ROOT / UNIT)], capture_output=True, text=True)
    assert analysed.returncode == 0, analysed.stdout[-300:]


def the_stop_timeout_equals_the_shutdown_limit():
    limit = checked(LONGSHORE, f"{DIRECTORY}/longshore.toml")["stop"]["limit"]
    for key in ("TimeoutStopSec", "TimeoutAbortSec"):
        assert [seconds(value) for value in settings()[key]] == [limit], f"{key} is not {limit}"


def the_exit_codes_match_the_program():
    usage = re.search(r"USAGE: u8 = (\d+)", read("src/commands/exit.rs"))[1]
    unclean = re.search(r"UNCLEAN: u8 = (\d+)", read("src/commands/exit.rs"))[1]
    assert settings()["RestartPreventExitStatus"] == [usage]
    assert unclean not in settings().get("SuccessExitStatus", []), "aborted messages must be a failure"


def the_document_installs_files_where_the_unit_reads_them():
    document = read("docs/deploy/systemd.md")
    for name, path in INSTALLED.items():
        assert f"{DIRECTORY}/{name} {path}" in document, f"the document does not install {name} as {path}"
    start, = settings()["ExecStart"]
    assert start.endswith(f" run --config {INSTALLED['longshore.toml']}"), start
    assert settings()["EnvironmentFile"] == [f"-{INSTALLED['environment']}"]
    assert f"/longshore {start.split()[0]}" in document, "the document does not install the program there"


def the_watchdog_timeout_exceeds_two_long_polls():
    # A poll loop makes progress after each receive: at most its wait, plus 10 seconds for the
    # network.
    queues = checked(LONGSHORE, f"{DIRECTORY}/longshore.toml")["idle_month"]
    assert seconds(settings()["WatchdogSec"][0]) >= 2 * max(queue["wait"] for queue in queues) + 10


CASES = [systemd_knows_every_key, the_exposure_level_is_at_most_the_documented_one,
         the_stop_timeout_equals_the_shutdown_limit, the_exit_codes_match_the_program,
         the_document_installs_files_where_the_unit_reads_them, the_watchdog_timeout_exceeds_two_long_polls]

if __name__ == "__main__":
    sys.exit(play(CASES))
