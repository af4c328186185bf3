"""Reads the deployment pages, and builds the kustomization that the Kubernetes page shows."""

import re

from deploy.manifests import CONFIG_KEY, ROOT, Overlay, build_custom_kustomization

# The component that the Kubernetes page adds to the kustomization.
OWN = "deploy/kubernetes/components/own-application"


class Pages:
    """The pages by name, and the component that the Kubernetes page describes. A mutant changes one text."""

    def __init__(self, name=None, old=None, new=None):
        self.pages = {path.stem: path.read_text() for path in [
            ROOT / f"docs/deploy/{page}.md" for page in ("kubernetes", "docker", "choosing", "example")]}
        self.component = {"component": (ROOT / OWN / "kustomization.yaml").read_text()}
        if name:
            of = self.component if name in self.component else self.pages
            assert old in of[name], old
            of[name] = of[name].replace(old, new)

    def blocks(self, name, language):
        return re.findall(rf"^```{language}\n(.*?)^```", self.pages[name], re.MULTILINE | re.DOTALL)


def custom_overlay(pages, name):
    """The page's kustomization with another overlay, and without the component if the pod has no application."""
    _, block, _ = pages.blocks("kubernetes", "yaml")
    assert "not with `standalone`" in block
    text = block.replace("overlays/sidecar", f"overlays/{name}")
    if name == "standalone":
        text = re.sub(rf"^components:.*\n  - {OWN}\n", "", text, flags=re.MULTILINE)
    config = Overlay(name).config_map["data"][CONFIG_KEY]
    component = {f"{OWN}/kustomization.yaml": pages.component["component"]}
    return Overlay(name, build_custom_kustomization(text, **{CONFIG_KEY: config}, **component))
