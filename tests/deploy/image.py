"""Checks the Dockerfile, and the files that depend on its properties."""

import fnmatch
import json
import re
import subprocess
import tomllib

from manifests import CONFIG_KEY, DEPLOY, ROOT, TOOLS, WORKER, Overlay, port_of, seconds

DOCKERFILE = DEPLOY / "docker/Dockerfile"


class Image:
    """The instructions of the Dockerfile. A mutant changes the text."""

    def __init__(self, text=None, ignored=None):
        self.text = DOCKERFILE.read_text() if text is None else text
        self.ignored = (DEPLOY / "docker/Dockerfile.dockerignore").read_text() if ignored is None else ignored
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


def hadolint_reports_nothing(image):
    checked = subprocess.run([TOOLS / "hadolint", "-"], input=image.text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def sigterm_stops_the_worker(image):
    assert image.last("STOPSIGNAL") == "SIGTERM"
    # A shell as process 1 would not forward the signal.
    assert json.loads(image.last("ENTRYPOINT")) == ["/longshore"] and json.loads(image.last("CMD")) == ["run"]


def the_user_is_that_of_the_pod(image):
    user, group = image.last("USER").split(":")
    context = image.overlay.pod["securityContext"]
    assert (int(user), int(group)) == (context["runAsUser"], context["runAsGroup"]), (user, group)


def the_port_is_that_of_the_pod(image):
    exposed, = image.overlay.container(WORKER)["ports"]
    assert int(image.last("EXPOSE")) == exposed["containerPort"] == port_of(image.overlay.config["admin"]["listen"])


def the_health_check_runs_the_binary(image):
    # The image has no shell, so the command must be in exec form.
    options, command = re.fullmatch(r"(.*?) CMD (.*)", image.last("HEALTHCHECK")).groups()
    assert json.loads(command) == ["/longshore", "health"], command
    times = dict(re.findall(r"--(\S+)=(\S+)", options))
    assert seconds(times["timeout"]) < seconds(times["interval"]), times


def the_configuration_path_is_that_of_the_pod(image):
    mount, = image.overlay.container(WORKER)["volumeMounts"]
    assert image.environment["LONGSHORE_CONFIG"] == f"{mount['mountPath']}/{CONFIG_KEY}"


def base_images_are_pinned_and_use_one_debian(image):
    builder, runtime = image.arguments["BUILDER"], image.arguments["RUNTIME"]
    compiler, debian = re.fullmatch(r"rust:(\d+\.\d+\.\d+)-slim-(\w+)", builder).groups()
    number = {"bookworm": 12, "trixie": 13}[debian]
    assert runtime == f"gcr.io/distroless/cc-debian{number}:nonroot", (builder, runtime)
    oldest = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    assert [int(part) for part in compiler.split(".")] >= [int(part) for part in oldest.split(".")], compiler


def the_build_uses_only_the_lock_file_and_registries(image):
    assert any("cargo build --release --locked" in line for line in image.every("RUN"))
    assert "# syntax=" not in re.sub("`.*`", "", image.text), "a syntax line downloads a build frontend"
    assert not re.search(r"\b(curl|wget|apt-get|git clone|rustup)\b", "".join(image.every("RUN")))
    assert "rust-toolchain.toml" in image.ignored.splitlines(), "rustup would download a channel"


def the_context_contains_the_files_of_the_build(image):
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


CHECKS = [entry for entry in list(globals().values())
          if getattr(entry, "__module__", None) == __name__ and callable(entry) and entry is not Image]


def mutants():
    """Returns the check, the file and the file with one mistake."""
    def of(check, old, new):
        text = Image().text
        assert old in text, old
        return check, "Dockerfile", Image(text.replace(old, new))

    def ignoring(check, old, new):
        ignored = Image().ignored
        assert old in ignored, old
        return check, "Dockerfile.dockerignore", Image(ignored=ignored.replace(old, new))
    return [
        of("hadolint_reports_nothing", "WORKDIR /source", "WORKDIR source"),
        of("sigterm_stops_the_worker", "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"),
        of("sigterm_stops_the_worker", 'ENTRYPOINT ["/longshore"]', 'ENTRYPOINT ["sh", "-c", "/longshore"]'),
        of("the_user_is_that_of_the_pod", "USER 65532:65532", "USER 0:0"),
        of("the_user_is_that_of_the_pod", "USER 65532:65532", "USER nonroot:nonroot"),
        of("the_port_is_that_of_the_pod", "EXPOSE 9464", "EXPOSE 9090"),
        of("the_health_check_runs_the_binary", 'CMD ["/longshore", "health"]', "CMD curl localhost:9464/livez"),
        of("the_health_check_runs_the_binary", "--timeout=3s", "--timeout=30s"),
        of("the_configuration_path_is_that_of_the_pod", "/etc/longshore/longshore.toml", "/longshore.toml"),
        of("base_images_are_pinned_and_use_one_debian", "rust:1.95.0-slim-bookworm", "rust:latest"),
        of("base_images_are_pinned_and_use_one_debian", "rust:1.95.0-slim-bookworm", "rust:1.95.0-slim-trixie"),
        of("base_images_are_pinned_and_use_one_debian", "rust:1.95.0", "rust:1.70.0"),
        of("the_build_uses_only_the_lock_file_and_registries", "--release --locked", "--release"),
        of("the_build_uses_only_the_lock_file_and_registries", "# The Longshore image",
           "# syntax=docker/dockerfile:1\n#"),
        ignoring("the_build_uses_only_the_lock_file_and_registries", "rust-toolchain.toml\n", ""),
        ignoring("the_context_contains_the_files_of_the_build", "tests\n", "tests\nbenches\n"),
        ignoring("the_context_contains_the_files_of_the_build", "tests\n", "tests\ndashboards\n"),
        ignoring("the_context_contains_the_files_of_the_build", "**/target\n", ""),
    ]
