"""Runs Terraform on copies of the module and of the example on EKS, so that the source tree gets no .terraform and lock
files."""

import os
import pathlib
import shutil
import subprocess

from cloud.files import ROOT

MODULE, EKS = ROOT / "deploy/terraform", ROOT / "deploy/example"
# Directories where an image may contain providers: Terraform's default mirrors, and directories
# below /opt.
MIRRORS = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
           *map(str, pathlib.Path("/opt").glob("*"))]


def mirror():
    """A directory with the provider in the layout of `terraform providers mirror`, or None."""
    return next((place for place in MIRRORS if list(pathlib.Path(place).glob("*/hashicorp/aws/*"))), None)


class Terraform:
    def __init__(self, scratch):
        # Next to each other, because the example refers to ../terraform.
        for folder in (MODULE, EKS):
            shutil.copytree(folder, scratch / folder.name)
        self.copy = scratch / MODULE.name
        settings = scratch / "terraformrc"
        settings.write_text("disable_checkpoint = true\n")
        # Ignore the Terraform and AWS settings of this environment.
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        self.environment = {**mine, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1",
                            "TMPDIR": str(scratch)}

    def run(self, *words, directory="."):
        return subprocess.run(["terraform", *words, "-no-color"], cwd=self.copy / directory, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)

    def succeed(self, *words, directory="."):
        done = self.run(*words, directory=directory)
        assert done.returncode == 0, f"terraform {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def init_error(self, directory="."):
        """Runs `terraform init`. Returns its error, or None if the provider is available."""
        offline = [f"-plugin-dir={mirror()}"] if mirror() else []
        done = self.run("init", "-backend=false", "-input=false", *offline, directory=directory)
        return None if done.returncode == 0 else done.stderr.strip()
