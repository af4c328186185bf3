"""What the Dockerfile promises, and who relies on it."""

import fnmatch
import json
import re
import subprocess
import tomllib

from manifests import CONFIG_KEY, DEPLOY, ROOT, TOOLS, WORKER, Overlay, port_of, seconds

DOCKERFILE = DEPLOY / "docker/Dockerfile"


class Image:
    """The Dockerfile, as instructions; a copy may be broken."""

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


def hadolint_is_silent(image):
    checked = subprocess.run([TOOLS / "hadolint", "-"], input=image.text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def it_stops_on_sigterm(image):
    assert image.last("STOPSIGNAL") == "SIGTERM"
    # A shell as process 1 would not hand the signal on.
    assert json.loads(image.last("ENTRYPOINT")) == ["/longshore"] and json.loads(image.last("CMD")) == ["run"]


def it_runs_as_the_user_of_the_pod(image):
    user, group = image.last("USER").split(":")
    context = image.overlay.pod["securityContext"]
    assert (int(user), int(group)) == (context["runAsUser"], context["runAsGroup"]), (user, group)


def its_port_is_the_pods(image):
    exposed, = image.overlay.container(WORKER)["ports"]
    assert int(image.last("EXPOSE")) == exposed["containerPort"] == port_of(image.overlay.config["admin"]["listen"])


def its_health_is_asked_of_the_binary(image):
    # There is no shell in it, and so no command in the form of a shell.
    options, command = re.fullmatch(r"(.*?) CMD (.*)", image.last("HEALTHCHECK")).groups()
    assert json.loads(command) == ["/longshore", "health"], command
    times = dict(re.findall(r"--(\S+)=(\S+)", options))
    assert seconds(times["timeout"]) < seconds(times["interval"]), times


def its_configuration_is_where_the_pod_mounts_it(image):
    mount, = image.overlay.container(WORKER)["volumeMounts"]
    assert image.environment["LONGSHORE_CONFIG"] == f"{mount['mountPath']}/{CONFIG_KEY}"


def its_bases_are_pinned_and_of_one_debian(image):
    builder, runtime = image.arguments["BUILDER"], image.arguments["RUNTIME"]
    compiler, debian = re.fullmatch(r"rust:(\d+\.\d+\.\d+)-slim-(\w+)", builder).groups()
    number = {"bookworm": 12, "trixie": 13}[debian]
    assert runtime == f"gcr.io/distroless/cc-debian{number}:nonroot", (builder, runtime)
    oldest = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["rust-version"]
    assert [int(part) for part in compiler.split(".")] >= [int(part) for part in oldest.split(".")], compiler


def it_is_built_of_the_lock_file_and_of_registries_alone(image):
    assert any("cargo build --release --locked" in line for line in image.every("RUN"))
    assert "# syntax=" not in re.sub("`.*`", "", image.text), "that is fetched"
    assert not re.search(r"\b(curl|wget|apt-get|git clone|rustup)\b", "".join(image.every("RUN")))
    assert "rust-toolchain.toml" in image.ignored.splitlines(), "rustup would fetch a channel"


def its_context_has_what_the_build_reads(image):
    patterns = [line for line in image.ignored.splitlines() if line and not line.startswith("#")]
    assert {".git", "**/target"} <= set(patterns), "the context would be gigabytes"
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    read = {"Cargo.toml", "Cargo.lock", "askama.toml"} | {bench["path"] for bench in manifest["bench"]}
    for source in (ROOT / "src").rglob("*.rs"):
        for named in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', source.read_text()):
            read.add(str((source.parent / named).resolve().relative_to(ROOT)))
    for path in read:
        parents = [path, *(str(parent) for parent in (ROOT / path).relative_to(ROOT).parents)]
        hidden = [pattern for pattern in patterns for part in parents
                  if fnmatch.fnmatch(part, pattern.removeprefix("**/"))]
        assert not hidden, f"{path} is hidden by {hidden}"


CHECKS = [entry for entry in list(globals().values())
          if getattr(entry, "__module__", None) == __name__ and callable(entry) and entry is not Image]


def mutants():
    """The check, the file, and the file with one thing wrong."""
    def of(check, old, new):
        text = Image().text
        assert old in text, old
        return check, "Dockerfile", Image(text.replace(old, new))

    def ignoring(check, old, new):
        ignored = Image().ignored
        assert old in ignored, old
        return check, "Dockerfile.dockerignore", Image(ignored=ignored.replace(old, new))
    return [
        of("hadolint_is_silent", "WORKDIR /source", "WORKDIR source"),
        of("it_stops_on_sigterm", "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"),
        of("it_stops_on_sigterm", 'ENTRYPOINT ["/longshore"]', 'ENTRYPOINT ["sh", "-c", "/longshore"]'),
        of("it_runs_as_the_user_of_the_pod", "USER 65532:65532", "USER 0:0"),
        of("it_runs_as_the_user_of_the_pod", "USER 65532:65532", "USER nonroot:nonroot"),
        of("its_port_is_the_pods", "EXPOSE 9464", "EXPOSE 9090"),
        of("its_health_is_asked_of_the_binary", 'CMD ["/longshore", "health"]', "CMD curl localhost:9464/livez"),
        of("its_health_is_asked_of_the_binary", "--timeout=3s", "--timeout=30s"),
        of("its_configuration_is_where_the_pod_mounts_it", "/etc/longshore/longshore.toml", "/longshore.toml"),
        of("its_bases_are_pinned_and_of_one_debian", "rust:1.95.0-slim-bookworm", "rust:latest"),
        of("its_bases_are_pinned_and_of_one_debian", "rust:1.95.0-slim-bookworm", "rust:1.95.0-slim-trixie"),
        of("its_bases_are_pinned_and_of_one_debian", "rust:1.95.0", "rust:1.70.0"),
        of("it_is_built_of_the_lock_file_and_of_registries_alone", "--release --locked", "--release"),
        of("it_is_built_of_the_lock_file_and_of_registries_alone", "# Longshore in", "# syntax=docker/dockerfile:1\n#"),
        ignoring("it_is_built_of_the_lock_file_and_of_registries_alone", "rust-toolchain.toml\n", ""),
        ignoring("its_context_has_what_the_build_reads", "tests\n", "tests\nbenches\n"),
        ignoring("its_context_has_what_the_build_reads", "tests\n", "tests\ndashboards\n"),
        ignoring("its_context_has_what_the_build_reads", "**/target\n", ""),
    ]
