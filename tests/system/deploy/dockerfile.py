"""Reads the Dockerfile."""

import re

from deploy.manifests import DEPLOY, Overlay


class Image:
    """The instructions of the Dockerfile. `old` and `new` make one mistake in the text or in the ignored files."""

    def __init__(self, file=None, old=None, new=None):
        texts = {name: (DEPLOY / "docker" / name).read_text() for name in ("Dockerfile", "Dockerfile.dockerignore")}
        if file:
            assert old in texts[file], old
            texts[file] = texts[file].replace(old, new)
        self.text, self.ignored = texts.values()
        lines = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", self.text, flags=re.MULTILINE)).splitlines()
        self.instructions = [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]
        self.overlay = Overlay("sidecar")

    def every(self, instruction):
        return [rest for word, rest in self.instructions if word == instruction]

    def last(self, instruction):
        return self.every(instruction)[-1]

    @property
    def arguments(self):
        return dict(entry.split("=", 1) for entry in self.every("ARG"))

    @property
    def environment(self):
        return dict(entry.split("=", 1) for entry in self.every("ENV"))
