"""The unit with systemd's tools, and compared with its configuration."""

import re
import subprocess

from cloud.checked import checked
from cloud.files import ROOT, read

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


def test_systemd_knows_every_key(needs, tmp_path):
    needs("systemd-analyze")
    copy = tmp_path / "longshore.service"
    # Use a program that exists, so that Longshore need not be installed.
    copy.write_text(read(UNIT).replace("/usr/local/bin/longshore", "/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--generators=no", copy],
                              capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr.strip()) == (0, "")


def test_the_exposure_level_is_at_most_the_documented_one(needs):
    needs("systemd-analyze")
    score = re.search(r"exposure level of (\d+)\.(\d)", read("docs/deploy/systemd.md"))
    # The threshold is in tenths.
    analysed = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                               f"--threshold={score[1]}{score[2]}", ROOT / UNIT], capture_output=True, text=True,
                              check=False)
    assert analysed.returncode == 0, analysed.stdout[-300:]


def test_the_stop_timeout_equals_the_shutdown_limit(longshore):
    limit = checked(longshore, f"{DIRECTORY}/longshore.toml")["stop"]["limit"]
    for key in ("TimeoutStopSec", "TimeoutAbortSec"):
        assert [seconds(value) for value in settings()[key]] == [limit], f"{key} is not {limit}"


def test_the_exit_codes_match_the_program():
    usage = re.search(r"USAGE: u8 = (\d+)", read("src/commands/exit.rs"))[1]
    unclean = re.search(r"UNCLEAN: u8 = (\d+)", read("src/commands/exit.rs"))[1]
    assert settings()["RestartPreventExitStatus"] == [usage]
    assert unclean not in settings().get("SuccessExitStatus", []), "aborted messages must be a failure"


def test_the_document_installs_files_where_the_unit_reads_them():
    document = read("docs/deploy/systemd.md")
    for name, path in INSTALLED.items():
        assert f"{DIRECTORY}/{name} {path}" in document, f"the document does not install {name} as {path}"
    start, = settings()["ExecStart"]
    assert start.endswith(f" run --config {INSTALLED['longshore.toml']}"), start
    assert settings()["EnvironmentFile"] == [f"-{INSTALLED['environment']}"]
    assert f"/longshore {start.split()[0]}" in document, "the document does not install the program there"


def test_the_watchdog_timeout_exceeds_two_long_polls(longshore):
    # A poll loop makes progress after each receive: at most its wait, plus 10 seconds for the
    # network.
    queues = checked(longshore, f"{DIRECTORY}/longshore.toml")["idle_month"]
    assert seconds(settings()["WatchdogSec"][0]) >= 2 * max(queue["wait"] for queue in queues) + 10
