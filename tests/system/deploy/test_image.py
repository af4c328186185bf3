"""The Dockerfile, and the files that depend on its properties."""

import fnmatch
import json
import re
import subprocess
import sys
import tomllib

import pytest

from deploy.checks import checks_of, detects, without_mutants
from deploy.dockerfile import Image
from deploy.manifests import CONFIG_KEY, ROOT, TOOLS, WORKER, port_of, seconds

DOCKERFILE, DOCKERIGNORE = "Dockerfile", "Dockerfile.dockerignore"


@pytest.fixture(scope="module")
def image():
    """The Dockerfile."""
    return Image()


def test_hadolint_reports_nothing(image):
    checked = subprocess.run([TOOLS / "hadolint", "-"], input=image.text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_sigterm_stops_the_worker(image):
    assert image.last("STOPSIGNAL") == "SIGTERM"
    # A shell as process 1 would not forward the signal.
    assert json.loads(image.last("ENTRYPOINT")) == ["/longshore"]
    assert json.loads(image.last("CMD")) == ["run"]


def test_the_user_is_that_of_the_pod(image):
    user, group = image.last("USER").split(":")
    context = image.overlay.pod["securityContext"]
    assert (int(user), int(group)) == (context["runAsUser"], context["runAsGroup"]), (user, group)


def test_the_port_is_that_of_the_pod(image):
    exposed, = image.overlay.container(WORKER)["ports"]
    assert int(image.last("EXPOSE")) == exposed["containerPort"] == port_of(image.overlay.config["admin"]["listen"])


def test_the_health_check_runs_the_binary(image):
    # The image has no shell, so the command must be in exec form.
    options, command = re.fullmatch(r"(.*?) CMD (.*)", image.last("HEALTHCHECK")).groups()
    assert json.loads(command) == ["/longshore", "health"], command
    times = dict(re.findall(r"--(\S+)=(\S+)", options))
    assert seconds(times["timeout"]) < seconds(times["interval"]), times


def test_the_configuration_path_is_that_of_the_pod(image):
    mount, = image.overlay.container(WORKER)["volumeMounts"]
    assert image.environment["LONGSHORE_CONFIG"] == f"{mount['mountPath']}/{CONFIG_KEY}"


def test_base_images_are_pinned_and_use_one_debian(image):
    builder, runtime = image.arguments["BUILDER"], image.arguments["RUNTIME"]
    compiler, debian = re.fullmatch(r"rust:(\d+\.\d+\.\d+)-slim-(\w+)", builder).groups()
    number = {"bookworm": 12, "trixie": 13}[debian]
    assert runtime == f"gcr.io/distroless/cc-debian{number}:nonroot", (builder, runtime)
    oldest = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    assert [int(part) for part in compiler.split(".")] >= [int(part) for part in oldest.split(".")], compiler


def test_the_build_uses_only_the_lock_file_and_registries(image):
    assert any("cargo build --release --locked" in line for line in image.every("RUN"))
    assert "# syntax=" not in re.sub("`.*`", "", image.text), "a syntax line downloads a build frontend"
    assert not re.search(r"\b(curl|wget|apt-get|git clone|rustup)\b", "".join(image.every("RUN")))
    assert "rust-toolchain.toml" in image.ignored.splitlines(), "rustup would download a channel"


def test_the_context_contains_the_files_of_the_build(image):
    patterns = [line for line in image.ignored.splitlines() if line and not line.startswith("#")]
    assert {".git", "**/target"} <= set(patterns), "the context would contain gigabytes"
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    read = {"Cargo.toml", "Cargo.lock", "crates/longshore/askama.toml"}
    read |= {bench["path"] for bench in manifest["bench"]}
    for package in ROOT.glob("crates/*"):
        read.add(str((package / "Cargo.toml").relative_to(ROOT)))
        for source in package.rglob("*.rs"):
            for named in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', source.read_text()):
                read.add(str((source.parent / named).resolve().relative_to(ROOT)))
            for named in re.findall(r'include_dir!\("\$CARGO_MANIFEST_DIR/([^"]+)"', source.read_text()):
                read.add(str((package / named).resolve().relative_to(ROOT)))
    for path in read:
        parents = [path, *(str(parent) for parent in (ROOT / path).relative_to(ROOT).parents)]
        hidden = [pattern for pattern in patterns for part in parents
                  if fnmatch.fnmatch(part, pattern.removeprefix("**/"))]
        assert not hidden, f"{path} is excluded by {hidden}"


# The check that must fail, the file, and one mistake.
MUTANTS = [
    ("hadolint_reports_nothing", DOCKERFILE, "WORKDIR /source", "WORKDIR source"),
    ("sigterm_stops_the_worker", DOCKERFILE, "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"),
    ("sigterm_stops_the_worker", DOCKERFILE, 'ENTRYPOINT ["/longshore"]', 'ENTRYPOINT ["sh", "-c", "/longshore"]'),
    ("the_user_is_that_of_the_pod", DOCKERFILE, "USER 65532:65532", "USER 0:0"),
    ("the_user_is_that_of_the_pod", DOCKERFILE, "USER 65532:65532", "USER nonroot:nonroot"),
    ("the_port_is_that_of_the_pod", DOCKERFILE, "EXPOSE 9464", "EXPOSE 9090"),
    ("the_health_check_runs_the_binary", DOCKERFILE, 'CMD ["/longshore", "health"]', "CMD curl localhost:9464/livez"),
    ("the_health_check_runs_the_binary", DOCKERFILE, "--timeout=3s", "--timeout=30s"),
    ("the_configuration_path_is_that_of_the_pod", DOCKERFILE, "/etc/longshore/longshore.toml", "/longshore.toml"),
    ("base_images_are_pinned_and_use_one_debian", DOCKERFILE, "rust:1.95.0-slim-bookworm", "rust:latest"),
    ("base_images_are_pinned_and_use_one_debian", DOCKERFILE, "rust:1.95.0-slim-bookworm", "rust:1.95.0-slim-trixie"),
    ("base_images_are_pinned_and_use_one_debian", DOCKERFILE, "rust:1.95.0", "rust:1.70.0"),
    ("the_build_uses_only_the_lock_file_and_registries", DOCKERFILE, "--release --locked", "--release"),
    ("the_build_uses_only_the_lock_file_and_registries", DOCKERFILE, "# The Longshore image",
     "# syntax=docker/dockerfile:1\n#"),
    ("the_build_uses_only_the_lock_file_and_registries", DOCKERIGNORE, "rust-toolchain.toml\n", ""),
    ("the_context_contains_the_files_of_the_build", DOCKERIGNORE, "tests\n", "tests\nbenches\n"),
    ("the_context_contains_the_files_of_the_build", DOCKERIGNORE, "tests\n", "tests\ndashboards\n"),
    ("the_context_contains_the_files_of_the_build", DOCKERIGNORE, "**/target\n", ""),
]
CHECKS = checks_of(sys.modules[__name__], "image")


@pytest.mark.mutants
@pytest.mark.parametrize(("check", "file", "old", "new"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_mistake_in_the_image_is_detected(check, file, old, new):
    assert detects(CHECKS[check], {"image": Image()}, {"image": Image(file, old, new)})


def test_each_check_of_the_image_has_a_mutant():
    assert not without_mutants(CHECKS, MUTANTS)
