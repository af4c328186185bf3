"""Starts a separate systemd as the first process of its own namespaces, to test the unit.

Files for it are overlay layers above the files of this machine. They are removed when it ends.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from running.processes import until

PATIENCE_SECONDS = 30
HIERARCHIES = [pathlib.Path("/sys/fs/cgroup/unified"), pathlib.Path("/sys/fs/cgroup")]
LAYERS = ["/etc", "/usr/local/bin", "/var/lib"]
# This systemd sees only the units of the test. The units of this machine, such as the one that
# empties /tmp, must not run. If one runs anyway, it has a read-only disk and a private /tmp.
INSIDE = """
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
for layer in $LAYERS; do
  top=$SCRATCH/layers$layer
  mkdir -p "$top" "$SCRATCH/work$layer"
  mount -t overlay overlay -o "lowerdir=$layer,upperdir=$top,workdir=$SCRATCH/work$layer" "$layer"
done
mount --bind "$LONGSHORE" /usr/local/bin/longshore
mount -t tmpfs tmpfs /run
mkdir -p /run/units/longshore.service.d /run/none
cp "$SCRATCH"/units/* /run/units/
cp "$SCRATCH"/dropins/* /run/units/longshore.service.d/
printf '[Unit]\\nDefaultDependencies=no\\n' | tee /run/units/test.target > /run/units/longshore.service.d/alone.conf
for away in /tmp /var/tmp /root /home; do mount -t tmpfs tmpfs "$away"; done
mount --bind /proc/sys /proc/sys
for fixed in / /proc/sys; do mount -o remount,bind,ro "$fixed"; done
cd /
if touch /written 2> /run/none/why; then echo "the disk can be written to" >&2; exit 1; fi
export container=test SYSTEMD_UNIT_PATH=/run/units SYSTEMD_GENERATOR_PATH=/run/none
exec /lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=0
"""
# systemd creates some of these units itself; the test adds the other two.
OWN = {"-.mount", "-.slice", "init.scope", "system.slice", "test.target", "longshore.service"}


def obstacle():
    """The reason why the test cannot run here, or None."""
    if not os.environ.get("CI"):
        return "it starts systemd as root, which it does only if CI is set"
    if os.geteuid() != 0:
        return "it needs root"
    if not pathlib.Path("/lib/systemd/systemd").exists():
        return "systemd is not installed"
    if hierarchy() is None:
        return "there is no writable cgroup v2 hierarchy"
    tried = subprocess.run(["unshare", "--fork", "--pid", "--mount", "--mount-proc", "--cgroup", "true"],
                           capture_output=True, text=True, check=False)
    return tried.stderr.strip() or None


def hierarchy():
    for place in HIERARCHIES:
        if (place / "cgroup.procs").exists() and os.access(place, os.W_OK):
            return place
    return None


class Machine:
    """The running systemd, identified by its first process."""

    def __init__(self, first):
        self.first = first

    def systemctl(self, *words):
        enter = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--ipc"]
        return subprocess.run([*enter, "systemctl", *words], capture_output=True, text=True, timeout=PATIENCE_SECONDS,
                              check=False)

    def property(self, name):
        return self.systemctl("show", "--value", "--property", name, "longshore").stdout.strip()

    def is_ready(self):
        return self.systemctl("is-system-running").stdout.strip() in ("running", "degraded", "starting")

    def strangers(self):
        """Loaded units that the test did not install, of the types that start something."""
        kinds = "--type=service,timer,path,socket,target"
        listed = self.systemctl("list-units", "--all", "--plain", "--no-legend", kinds).stdout
        return {line.split()[0] for line in listed.splitlines() if " loaded " in line} - OWN

    def inside(self, path):
        """The path of a file inside the namespaces, as seen from outside."""
        return pathlib.Path(f"/proc/{self.first}/root{path}")

    def log(self):
        log = self.inside("/run/longshore.log")
        return log.read_text() if log.exists() else ""


@contextlib.contextmanager
def booted(longshore, unit, dropins, files):
    """Starts systemd with this unit, these drop-ins (by name) and these files (path: text and mode)."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        scratch.chmod(0o755)
        lay_out(scratch, unit, dropins, files)
        cgroup = hierarchy() / f"longshore-test-{os.getpid()}"
        cgroup.mkdir()
        with open(scratch / "output", "w") as output:
            process = subprocess.Popen(
                ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc", "--cgroup", "--uts", "--ipc",
                 "bash", "-c", INSIDE],
                env={**os.environ, "SCRATCH": str(scratch), "LAYERS": " ".join(LAYERS), "LONGSHORE": longshore},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=lambda: (cgroup / "cgroup.procs").write_text("0"))
            try:
                machine = Machine(until("a first process", lambda: child_of(process)))
                until("systemd", machine.is_ready)
                assert not machine.strangers(), machine.strangers()
                yield machine
            except AssertionError as error:
                raise AssertionError(f"{error}\n{(scratch / 'output').read_text()}") from error
            finally:
                # Killing the first process ends all processes in the namespace. SIGTERM would make
                # systemd re-execute itself.
                process.kill()
                process.wait()
                until("the end of its cgroup", lambda: emptied(cgroup))


def lay_out(scratch, unit, dropins, files):
    for directory in ("units", "dropins", "layers", "work"):
        (scratch / directory).mkdir()
    shutil.copy(unit, scratch / "units")
    for name, text in dropins.items():
        (scratch / "dropins" / name).write_text(text)
    # The binary is bind-mounted over this file, so the file must exist.
    for path, (text, mode) in {"/usr/local/bin/longshore": ("", 0o755), **files}.items():
        place = scratch / "layers" / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)


def child_of(process):
    assert process.poll() is None, "unshare has ended"
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if children else None


def emptied(cgroup):
    """Removes a cgroup with its children. Returns False if it cannot."""
    try:
        for place, _, _ in os.walk(cgroup, topdown=False):
            os.rmdir(place)
    except OSError:
        return False
    return True
