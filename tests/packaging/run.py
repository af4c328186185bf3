"""The files of a release, each installed in an empty place: it must answer as the program does.

usage: python tests/packaging/run.py DIRECTORY [CASE]

DIRECTORY has what packaging/ wrote for this machine: an archive, a wheel, npm packages and a Debian package. Installs uv
into a virtual environment. The cases deb and image need root, and install debootstrap and buildah from Debian. Exits 1
if a case fails.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
from processes import running, wait_for  # noqa: E402: in another folder of tests

# From the start of the command to the first answer.
MOST_SECONDS = 5
ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r'\[workspace.package\]\nversion = "(.+)"', (ROOT / "Cargo.toml").read_text()).group(1)


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def only(directory, pattern):
    found = sorted(directory.glob(pattern))
    assert len(found) == 1, f"{len(found)} files {pattern} in {directory}"
    return found[0].resolve()


def answers(command):
    """Checks the version, the local queue server and the demo of a program. Their times, as text."""
    assert run(*command, "--version").split() == ["longshore", VERSION]
    return f"local queue server after {local(command):.1f} s, demo after {demo(command):.1f} s"


def local(command):
    began = time.monotonic()
    with running([*command, "local", "--listen", "127.0.0.1:0", "--queue", "orders"]) as program:
        wait_for(program, lambda: re.search(r"http://127\.0\.0\.1:\d+", program.said()))
        took = time.monotonic() - began
    assert took < MOST_SECONDS, f"the local queue server took {took:.1f} s"
    return took


def demo(command):
    began = time.monotonic()
    with running([*command, "demo"]) as program:
        wait_for(program, lambda: "polling" in program.said())
        took = time.monotonic() - began
    assert took < MOST_SECONDS, f"the demo took {took:.1f} s to show something"
    return took


def archive(files, scratch):
    with tarfile.open(only(files, "*.tar.gz")) as tar:
        tar.extractall(scratch, filter="data")
    [directory] = scratch.iterdir()
    missing = {"README.md", "LICENSE-MIT", "completions", "man"} - {one.name for one in directory.iterdir()}
    assert not missing, f"the archive lacks {missing}"
    return answers([str(directory / "longshore")])


def wheel(files, scratch):
    venv.create(scratch / "venv", with_pip=True)
    run(scratch / "venv/bin/pip", "install", "--quiet", "--no-index", only(files, "**/*.whl"))
    return answers([str(scratch / "venv/bin/longshore")])


def uvx(files, scratch):
    """As `uvx longshore`, but from the file. The environment that it makes is empty before."""
    venv.create(scratch / "venv", with_pip=True)
    run(scratch / "venv/bin/pip", "install", "--quiet", "uv")
    command = [str(scratch / "venv/bin/uvx"), "--offline", "--cache-dir", str(scratch / "cache"),
               "--python", sys.executable, "--from", str(only(files, "**/*.whl")), "longshore"]
    return answers(command)


def npx(files, scratch):
    packages = [str(path.resolve()) for path in sorted(files.glob("**/*.tgz"))]
    assert packages, f"no npm packages in {files}"
    (scratch / "package.json").write_text('{"private": true}')
    run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", *packages, cwd=scratch)
    return answers(["npx", "--prefix", str(scratch), "--no-install", "longshore"])


@contextlib.contextmanager
def debian(scratch):
    """A new Debian, with the package sources of this machine."""
    need("debootstrap")
    root = scratch / "root"
    codename = re.search(r"VERSION_CODENAME=(.+)", pathlib.Path("/etc/os-release").read_text()).group(1)
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", codename, root, *mirror())
    yield root


def mirror():
    """The package source of Debian on this machine."""
    sources = [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(source.read_text() for source in sources if source.is_file())
    found = re.search(r"^(?:deb (?:\[.*?\] )?|URIs: )(http\S+/debian/?)(?:\s|$)", text, re.MULTILINE)
    return [found.group(1)] if found else []


def need(program):
    if not shutil.which(program):
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-qq", "--no-install-recommends", program)


def deb(files, scratch):
    with debian(scratch) as root:
        shutil.copy(only(files, "*.deb"), root / "longshore.deb")
        run("chroot", root, "dpkg", "--install", "/longshore.deb")
        pages = run("chroot", root, "find", "/usr/share/man/man1", "-name", "longshore*")
        assert "longshore-audit.1.gz" in pages, pages
        return answers(["chroot", str(root), "longshore"])


def image(files, scratch):
    """An image with the program and certificates alone, as deploy/docker/Dockerfile copies them."""
    need("buildah")
    with tarfile.open(only(files, "*.tar.gz")) as tar:
        tar.extractall(scratch, filter="data")
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
    container = run("buildah", "from", "scratch", env=environment).strip()
    try:
        binary = next(scratch.glob("*/longshore"))
        run("buildah", "copy", container, binary, "/longshore", env=environment)
        run("buildah", "copy", container, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/", env=environment)
        said = run("buildah", "run", container, "--", "/longshore", "--version", env=environment)
        assert said.split() == ["longshore", VERSION], said
        return said.strip()
    finally:
        run("buildah", "rm", container, env=environment)


CASES = {case.__name__: case for case in (archive, wheel, uvx, npx, deb, image)}


def main():
    files, chosen = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(CASES)
    failed = 0
    for name in chosen:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                print(f"ok     {name}: {CASES[name](files, pathlib.Path(scratch))}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}: {error}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
