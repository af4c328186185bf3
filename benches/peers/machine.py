"""The programs of a run, and what they run on."""

import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Programs:
    """The paths that the commands of the consumers name."""

    longshore: str
    peers: str
    directory: Path
    python: str = sys.executable
    node: str = ""
    missing: dict = field(default_factory=dict)

    def __post_init__(self):
        modules = self.directory / "node_modules"
        self.node = next((str(path) for path in nodes(modules) if major(path) >= 22), "")
        if not self.node:
            self.missing["node"] = "sqs-consumer needs Node.js 22 or later, and there is none"
        elif not (modules / "sqs-consumer").is_dir():
            self.missing["node"] = "cannot install sqs-consumer from npm"
        for package in ("boto3", "celery"):
            if version(package) is None:
                self.missing["python"] = f"cannot install {package} from PyPI"
        if sys.version_info < (3, 12):
            have = f"this machine has {platform.python_version()}"
            self.missing["fanferro"] = f"fanferro needs Python 3.12 or later; {have}"
        elif version("fanferro") is None:
            self.missing["fanferro"] = "cannot install fanferro from PyPI"


def nodes(modules):
    own = modules / ".bin" / "node"
    return [Path(found) for found in (own, shutil.which("node")) if found and Path(found).exists()]


def major(node):
    return int(output([str(node), "--version"]).lstrip("v").split(".")[0] or 0)


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def description(programs):
    """Versions, date and machine, as the table shows them."""
    return {
        "date": datetime.date.today().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {
            "longshore": output([programs.longshore, "--version"]).split(" ")[-1],
            "commit": output(["git", "rev-parse", "--short", "HEAD"]),
            "python": platform.python_version(),
            "node": output([programs.node, "--version"]).lstrip("v") if programs.node else None,
            "sqs-consumer": npm_version(programs, "sqs-consumer"),
            "@aws-sdk/client-sqs": npm_version(programs, "@aws-sdk/client-sqs"),
            "boto3": version("boto3"),
            "celery": version("celery"),
            "kombu": version("kombu"),
            "fanferro": version("fanferro"),
            "aws-sdk-sqs (Rust)": locked("aws-sdk-sqs"),
        },
    }


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown")


def npm_version(programs, package):
    manifest = programs.directory / "node_modules" / package / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None


def locked(crate):
    """The version of a crate in Cargo.lock."""
    lines = Path("Cargo.lock").read_text().splitlines()
    at = lines.index(f'name = "{crate}"')
    return lines[at + 1].split('"')[1]
