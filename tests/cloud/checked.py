"""What `longshore check` says of a configuration."""

import json
import os
import re
import subprocess

from cases import ROOT


def checked(longshore, path):
    """The report on a file that is sound, and whose stop fits; nothing of this environment has a say."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LONGSHORE_")}
    report = subprocess.run([longshore, "check", "--format", "json", "--config", path], cwd=ROOT, env=bare,
                            capture_output=True, text=True)
    assert report.returncode == 0, f"{path}: {report.stdout}{report.stderr}"
    said = json.loads(report.stdout)
    assert not said["warnings"], f"{path}: {said['warnings']}"
    return said


def effective(longshore, path, group, key):
    """One value as it is in effect, in words."""
    value, = (entry["value"] for entry in checked(longshore, path)["effective"]
              if (entry["group"], entry["key"]) == (group, key))
    return value


def in_seconds(words):
    """Of `1m 30s`."""
    return sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in re.findall(r"(\d+)([hms])", words))
