"""The files of a release, each installed in an empty place: it must answer as the program does.

The tests of the Debian package and of the image need root, and install debootstrap and buildah from Debian.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time
import venv

import pytest

from running.processes import running, wait_for

# From the start of the command to the first answer.
MOST_SECONDS = 5
pytestmark = pytest.mark.release


@pytest.fixture(scope="module")
def version(root):
    return re.search(r'\[workspace.package\]\nversion = "(.+)"', (root / "Cargo.toml").read_text()).group(1)


@pytest.fixture
def answers(version):
    """A function that checks the version, the local queue server and the demo of a program."""
    def check(*command):
        assert run(*command, "--version").split() == ["longshore", version]
        local_seconds = seconds_until("the local queue server", [*command, "local", "--listen", "127.0.0.1:0",
                                                                 "--queue", "orders"], r"http://127\.0\.0\.1:\d+")
        demo_seconds = seconds_until("the demo", [*command, "demo"], "polling")
        print(f"local queue server after {local_seconds:.1f} s, demo after {demo_seconds:.1f} s")

    return check


def seconds_until(what, command, text):
    """The time from the start of the command until its output has this text."""
    began = time.monotonic()
    with running(command) as program:
        wait_for(program, lambda: re.search(text, program.said()))
        took = time.monotonic() - began
    assert took < MOST_SECONDS, f"{what} took {took:.1f} s"
    return took


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, **options)
    written = f"{done.stdout}{done.stderr}"
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{written}"
    return done.stdout


def only(directory, pattern):
    found = sorted(directory.glob(pattern))
    assert len(found) == 1, f"{len(found)} files {pattern} in {directory}"
    return found[0]


def unpack(archive, directory):
    with tarfile.open(archive) as tar:
        tar.extractall(directory, filter="data")


def need(program):
    """Installs a program from Debian."""
    if shutil.which(program):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"{program} is missing; root on Debian can install it")
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-qq", "--no-install-recommends", program)


def need_root():
    if os.geteuid() != 0:
        pytest.skip("root is missing; a new Debian and an image need it")


def test_archive(files, answers, tmp_path):
    unpack(only(files, "*.tar.gz"), tmp_path)
    [directory] = tmp_path.iterdir()
    missing = {"README.md", "LICENSE-MIT", "completions", "man"} - {one.name for one in directory.iterdir()}
    assert not missing, f"the archive lacks {missing}"
    answers(directory / "longshore")


@pytest.fixture
def environment(tmp_path):
    """The programs of a new Python environment."""
    venv.create(tmp_path / "venv", with_pip=True)
    return tmp_path / "venv/bin"


def test_wheel(files, answers, environment):
    run(environment / "pip", "install", "--quiet", "--no-index", only(files, "**/*.whl"))
    answers(environment / "longshore")


def test_uvx(files, answers, environment, tmp_path):
    """As `uvx longshore`, but from the file. The environment that it makes is empty before."""
    run(environment / "pip", "install", "--quiet", "uv")
    answers(environment / "uvx", "--offline", "--cache-dir", tmp_path / "cache", "--python", sys.executable,
            "--from", only(files, "**/*.whl"), "longshore")


def test_npx(files, answers, tmp_path):
    if not shutil.which("npm"):
        pytest.skip("npm is missing; `tests/run` installs it")
    packages = sorted(files.glob("**/*.tgz"))
    assert packages, f"no npm packages in {files}"
    (tmp_path / "package.json").write_text('{"private": true}')
    run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", *packages, cwd=tmp_path)
    answers("npx", "--prefix", tmp_path, "--no-install", "longshore")


@pytest.fixture
def debian(files, tmp_path):
    """A new Debian, with the package sources of this machine. Without the files, no Debian is created."""
    need_root()
    need("debootstrap")
    release = re.search(r"VERSION_CODENAME=(.+)", pathlib.Path("/etc/os-release").read_text()).group(1)
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", release, tmp_path / "debian", *mirror())
    yield tmp_path / "debian"
    # pytest keeps the last temporary folders, and this one is large.
    shutil.rmtree(tmp_path / "debian")


def mirror():
    """The package source of Debian on this machine."""
    sources = [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(source.read_text() for source in sources if source.is_file())
    found = re.search(r"^(?:deb (?:\[.*?\] )?|URIs: )(http\S+/debian/?)(?:\s|$)", text, re.MULTILINE)
    return [found.group(1)] if found else []


def test_deb(files, answers, debian):
    shutil.copy(only(files, "*.deb"), debian / "longshore.deb")
    run("chroot", debian, "dpkg", "--install", "/longshore.deb")
    pages = run("chroot", debian, "find", "/usr/share/man/man1", "-name", "longshore*")
    assert "longshore-audit.1.gz" in pages, pages
    answers("chroot", debian, "longshore")


@pytest.fixture
def buildah():
    """A function that calls buildah, and the name of an empty container."""
    need_root()
    need("buildah")
    settings = {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}

    def call(*arguments):
        return run("buildah", *arguments, env=settings).strip()

    container = call("from", "scratch")
    yield call, container
    call("rm", container)


def test_image(files, version, buildah, tmp_path):
    """An image with the program and certificates alone, as deploy/docker/Dockerfile copies them."""
    call, container = buildah
    unpack(only(files, "*.tar.gz"), tmp_path)
    call("copy", container, only(tmp_path, "*/longshore"), "/longshore")
    call("copy", container, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/")
    assert call("run", container, "--", "/longshore", "--version").split() == ["longshore", version]
