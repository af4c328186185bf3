"""The deploy files as text, because `longshore export` writes them as text."""

import subprocess
import sys

FOLDERS = ["application", "compose", "example", "kubernetes"]


def test_yamllint_reports_nothing(root):
    deploy = root / "deploy"
    paths = [*(deploy / folder for folder in FOLDERS), deploy / "helm/longshore/Chart.yaml",
             deploy / "helm/longshore/values.yaml", root / "alerts/kustomization.yaml",
             root / "dashboards/kustomization.yaml", root / "dashboards/provisioning"]
    assert all(path.exists() for path in paths), paths
    settings = root / "tests/system/deploy/yamllint.yml"
    linted = subprocess.run([sys.executable, "-m", "yamllint", "--strict", "--config-file", settings, *paths],
                            capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_deploy_contains_no_symbolic_links(root):
    assert not [path for path in (root / "deploy").rglob("*") if path.is_symlink()]


def test_every_deploy_file_is_utf_8(root):
    files = [path for path in (root / "deploy").rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.read_text(encoding="utf-8")
