"""Time and memory of one piece of work, in the process that does it.

Memory is what the process has resident: the highest it gets during the work, less what it had before
(modules, input arrays, headers of images), less the pages of the result that have been touched. Linux tells
all three under /proc/self; elsewhere the highest is that of the whole life of the process, so that memory
is an upper limit there.
"""

import gc
import json
import os
import resource
import struct
import sys
import time

LINE = "bench: "
"""Begins the line that a driver prints as soon as its work is done; the harness notes when it comes."""
EXACT = "exact: "
"""Begins the line that says whether the result is what the workload holds; it comes after the timed part."""

_PAGE = resource.getpagesize()


class Watch:
    """Times a `with` block.

        with Watch(spec) as watch:
            seg = read(file)
            watch.lap("open")
            array = seg.pixels()
        watch.report(result=array)

    Parameters
    ----------
    spec : dict
        Of the task. `profile` names a file for the statistics of cProfile.
    """

    def __init__(self, spec):
        self.stages = {}
        self._profile = None
        if spec.get("profile"):
            import cProfile

            self._profile, self._profile_file = cProfile.Profile(), spec["profile"]

    def __enter__(self):
        gc.collect()
        self._precise = _forget_peak()
        self._base = resident_bytes() if self._precise else _peak_bytes()
        self._start_cpu = time.process_time()
        self._start = self._last = time.perf_counter()
        if self._profile is not None:
            self._profile.enable()
        return self

    def __exit__(self, *_exception):
        self.seconds = time.perf_counter() - self._start
        self.cpu_seconds = time.process_time() - self._start_cpu
        if self._profile is not None:
            self._profile.disable()
            self._profile.dump_stats(self._profile_file)
        self.over_base = max(0, _peak_bytes() - self._base)

    def lap(self, name):
        """Give the time since the last lap a name."""
        now = time.perf_counter()
        self.stages[name], self._last = now - self._last, now

    def report(self, result=None, **more):
        """Print what was measured; `result` is an array whose memory is not counted."""
        held = touched_bytes(result) if result is not None else 0
        measured = {
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "stages": self.stages,
            "memory": max(0, self.over_base - held),
            "result": held,
            **more,
        }
        print(LINE + json.dumps(measured), flush=True)


def say_exact(exact):
    print(EXACT + json.dumps(bool(exact)), flush=True)


def resident_bytes():
    """Return what the process has in memory now."""
    return _status("VmRSS")


def _peak_bytes():
    """Return the most that the process had in memory, since `_forget_peak` where that works."""
    if os.path.exists("/proc/self/status"):
        return _status("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _forget_peak():
    """Let the peak count from now on; False where the system cannot."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


def _status(key):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(key)


def touched_bytes(array):
    """Return how much of a NumPy array's own memory is resident: pages never written to are not."""
    while array.base is not None and hasattr(array.base, "__array_interface__"):
        array = array.base
    start = array.__array_interface__["data"][0]
    first, last = start // _PAGE, -(-(start + array.nbytes) // _PAGE)
    try:
        with open("/proc/self/pagemap", "rb") as file:
            file.seek(first * 8)
            entries = file.read((last - first) * 8)
    except OSError:
        return array.nbytes
    # Bit 63 of an entry: the page is in memory.
    present = sum(entry >> 63 for (entry,) in struct.iter_unpack("<Q", entries))
    return min(array.nbytes, present * _PAGE)
