"""A history of samples, written as OpenMetrics and made into blocks of Prometheus."""

import subprocess
import time


class History:
    """Series that end now."""

    def __init__(self, scratch):
        self.end = int(time.time()) // 60 * 60
        self.samples = 0
        self._scratch = scratch
        self._path = scratch / "history.txt"
        self._file = self._path.open("w")

    def add(self, name, labels, length, step, value, rises):
        """A series of this length that rises by a constant amount."""
        count = length // step + 8
        start = self.end - count * step
        self.put(name, labels, ((start + n * step, value + n * rises) for n in range(1, count + 1)))

    def put(self, name, labels, samples):
        """A series of times and values."""
        pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
        lines = [f"{name}{{{pairs}}} {value:g} {at}\n" for at, value in samples]
        self.samples += len(lines)
        self._file.writelines(lines)

    def finish(self):
        self._file.write("# EOF\n")
        self._file.close()

    def blocks(self):
        """The directory with the blocks."""
        data = self._scratch / "data"
        make = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration", "72h", self._path,
                data]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        self._path.unlink()
        return data
