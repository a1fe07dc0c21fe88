"""One run: a fresh process that does one task, watched from outside."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .commands import command, writes
from .environments import ROOT, EnvironmentMissing, Environments
from .measure import EXACT, LINE
from .rows import BEFORE, DCMQI, HIGHDICOM, LIMIT, OURS, PYDICOM_SEG, QUICK, SLICER, Row

TIMEOUT_SECONDS = 600


@dataclass
class Run:
    """What was measured.

    Parameters
    ----------
    seconds : float
        Of the task alone; of the whole process where it is a command.
    process_seconds : float
        From the start of the process to its result.
    cpu_seconds : float
        Of all threads together; on a busy machine it says more than `seconds`.
    memory : int
        Bytes above input and result; of a command, which reads its input itself, all that it had.
    stages : dict of str to float
        Seconds.
    file_bytes : int, optional
        Of the file that was written or read.
    exact : bool, optional
        Whether the result is the workload; None where that was not asked.
    failure : str
        Why there is no result; empty if there is one.
    rates : dict of str to float
        Of the machine, in MB/s.
    """

    seconds: float = 0.0
    process_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    file_bytes: int | None = None
    frames: int | None = None
    version: str = ""
    exact: bool | None = None
    failure: str = ""
    rates: dict[str, float] = field(default_factory=dict)


class Bench:
    """Where runs find their programs, inputs and files.

    Parameters
    ----------
    folder : Path
        Of everything that is made: workloads, files, profiles.
    environments : Environments
    size : str
        FULL or QUICK.
    before : Path, optional
        Another version's folder DicomSegIO.
    """

    def __init__(
        self, folder: Path, environments: Environments, size: str, before: Path | None = None
    ) -> None:
        self._sources = {OURS: ROOT / "DicomSegIO", BEFORE: before}
        self.environments, self.size, self.folder = environments, size, folder
        self.workloads = folder / "workloads" / size
        self.files, self.profiles = folder / "files" / size, folder / "profiles" / size
        for made in (self.workloads, self.files, self.profiles):
            made.mkdir(parents=True, exist_ok=True)

    def make_workload(self, name: str) -> None:
        made = [self.environments.python(OURS), "-m", "Benchmarks.workloads", self.workloads, self.size, name]
        subprocess.run(made, check=True, env=self._variables(OURS))

    def file_of(self, row: Row, by: str) -> Path:
        """Return the file that `by` writes, or that everybody reads."""
        name = row.file.replace("/", "-") if row.file else f"{row.name}-{by}"
        return self.files / f"{name}.dcm"

    def run(self, row: Row, by: str, *, check: bool = False, profile: bool = False) -> Run:
        """Run a row's task once.

        Parameters
        ----------
        check : bool
            Compare the result with the workload afterwards.
        profile : bool
            Leave statistics of cProfile in `profiles`; the times are then worth nothing.
        """
        # Files of before are written out now, not while the clock runs.
        os.sync()
        if not row.file and by != LIMIT:
            self.file_of(row, by).unlink(missing_ok=True)
        try:
            if row.task in ("encode", "decode") or by == DCMQI:
                return self._run_command(row, by, check)
            spec = self._spec(row, by) | {"check": check}
            if profile:
                spec["profile"] = str(self.profiles / f"{row.name}-{by}.prof")
            return self._drive(_driver(row, by), _environment(row, by), by, spec)
        except EnvironmentMissing as error:
            return Run(failure=str(error))

    def machine(self) -> Run:
        """Measure what the machine does by itself, on the labels of W1."""
        self.make_workload("w1")
        spec = {
            "task": "machine",
            "workload": str(self.workloads / "w1"),
            "scratch": str(self.files / "scratch"),
            "bytes": 1 << (20 if self.size == QUICK else 29),
        }
        return self._drive("drive_limits", OURS, OURS, spec)

    def _spec(self, row: Row, by: str) -> dict[str, Any]:
        spec = row.spec_of(by) | {"task": row.task, "by": by, "file": str(self.file_of(row, by))}
        if row.workload:
            spec["workload"] = str(self.workloads / row.workload)
        if by == LIMIT:
            file = self.file_of(row, OURS)
            spec |= {"task": "limit", "parts": row.limit, "file": str(file)}
            spec |= {"bytes": file.stat().st_size, "scratch": str(self.files / "scratch")}
        spec["library"] = HIGHDICOM if by == HIGHDICOM else "dicomsegcodec"
        if row.task == "region":
            spec["region"] = (500, 700) if self.size == QUICK else (9_000, 11_000)
        return spec

    def _drive(self, driver: str, environment: str, by: str, spec: dict[str, Any]) -> Run:
        """Run a driver and take down what it says, and when it says that it is done."""
        python = self.environments.python(environment)
        called = [str(python), "-m", f"Benchmarks.{driver}", json.dumps(spec)]
        run = Run(failure="ended without a result")
        with tempfile.TemporaryFile("w+") as errors:
            start = time.perf_counter()
            process = subprocess.Popen(
                called, env=self._variables(by), text=True, stdout=subprocess.PIPE, stderr=errors
            )
            with _deadline(process):
                for line in process.stdout or ():
                    if line.startswith(LINE):
                        run = _measured(json.loads(line[len(LINE) :]), time.perf_counter() - start)
                    elif line.startswith(EXACT):
                        run.exact = json.loads(line[len(EXACT) :])
                status = process.wait()
            if status:
                run.failure = _last_line(errors) or f"ended with status {status}"
        return run

    def _run_command(self, row: Row, by: str, check: bool) -> Run:
        environment = _environment(row, by)
        file, python = self.file_of(row, by), self.environments.python(environment)
        with tempfile.TemporaryDirectory(dir=self.files) as folder, tempfile.TemporaryFile("w+") as said:
            called = command(row, by, python, self.workloads / row.workload, file, Path(folder))
            start = time.perf_counter()
            process = subprocess.Popen(
                list(map(str, called)), env=self._variables(by), stdout=said, stderr=subprocess.STDOUT
            )
            with _deadline(process):
                _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode or not file.exists():
                return Run(failure=_last_line(said) or f"ended with status {process.returncode}")
            unit = 1 if sys.platform == "darwin" else 1024
            cpu = usage.ru_utime + usage.ru_stime
            run = Run(seconds, seconds, cpu, usage.ru_maxrss * unit, file_bytes=file.stat().st_size)
            run.version = self.environments.versions(environment).get("dcmqi", "")
            if check and not writes(row):
                volumes = list(Path(folder).glob("*.mh[ad]"))
                run.exact = len(volumes) == 1 and self._compare(row, volumes[0])
        return run

    def _variables(self, by: str) -> dict[str, str]:
        """Return the environment variables of a process; peers do not find our sources."""
        folders = [ROOT / "Testing", self._sources.get(by)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return {**kept, "PYTHONPATH": os.pathsep.join(str(folder) for folder in folders if folder)}

    def _compare(self, row: Row, volume: Path) -> bool:
        """Tell whether a label volume is the workload."""
        spec = {
            "library": "dicomsegcodec",
            "task": "compare",
            "file": str(volume),
            "workload": str(self.workloads / row.workload),
        }
        called = [self.environments.python(OURS), "-m", "Benchmarks.drive_library", json.dumps(spec)]
        done = subprocess.run(called, env=self._variables(OURS), capture_output=True, text=True)
        return EXACT + "true" in done.stdout


@contextmanager
def _deadline(process: subprocess.Popen) -> Iterator[None]:
    timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _measured(found: dict[str, Any], process_seconds: float) -> Run:
    return Run(
        found["seconds"],
        process_seconds,
        found["cpu_seconds"],
        found["memory"],
        found["stages"],
        found.get("bytes"),
        found.get("frames"),
        found.get("version", ""),
        rates=found.get("rates", {}),
    )


def _last_line(file: Any) -> str:
    file.seek(0)
    lines = file.read().strip().splitlines()
    return lines[-1][:300] if lines else ""


def _driver(row: Row, by: str) -> str:
    if by == LIMIT:
        return "drive_limits"
    if row.name.startswith("mrml-"):
        return "drive_mrml"
    if row.name.startswith("import-"):
        return "drive_imports"
    return "drive_pydicom_seg" if by == PYDICOM_SEG else "drive_library"


def _environment(row: Row, by: str) -> str:
    """Return the name of the environment that a run needs."""
    if row.name.startswith("mrml-") or row.task == "import-module":
        return SLICER
    return OURS if by in (LIMIT, BEFORE) else by
