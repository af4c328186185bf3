"""Reads the report of `longshore check` on a configuration."""

import json
import os
import re
import subprocess

from cloud.files import ROOT


def checked(longshore, path):
    """The report on a valid file whose shutdown fits. Variables of this environment do not affect it."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LONGSHORE_")}
    report = subprocess.run([longshore, "check", "--format", "json", "--config", path], cwd=ROOT, env=bare,
                            capture_output=True, text=True, check=False)
    assert report.returncode == 0, f"{path}: {report.stdout}{report.stderr}"
    parsed = json.loads(report.stdout)
    assert not parsed["warnings"], f"{path}: {parsed['warnings']}"
    return parsed


def effective(longshore, path, group, key):
    """The effective value of one key, as text."""
    value, = (entry["value"] for entry in checked(longshore, path)["effective"]
              if (entry["group"], entry["key"]) == (group, key))
    return value


def in_seconds(words):
    """Converts text such as `1m 30s` to seconds."""
    return sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in re.findall(r"(\d+)([hms])", words))
