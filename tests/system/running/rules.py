"""The alert rules with shorter windows, so that a test sees within seconds what takes hours."""

import pathlib
import subprocess


def scaled_rules(longshore, directory, scale):
    """Generates all files with every window divided by `scale`. Returns the folder of the rules."""
    subprocess.run([pathlib.Path(longshore).with_name("xtask"), "generate", "--to", directory,
                    "--scale-windows", str(scale)], check=True)
    return pathlib.Path(directory, "alerts")
