"""An environment for each program that is measured: their requirements exclude each other.

What pyproject.toml names already is taken from there, so that tests and benchmarks meet the same peers.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """What is installed, and from which to which minor version of Python 3 it can be."""

    requirements: tuple[str, ...]
    newest: int = 14

    def stamp(self, version: str) -> str:
        return hashlib.sha256(json.dumps([self.requirements, version]).encode()).hexdigest()


def environments() -> dict[str, Environment]:
    """Return them by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    peers = {requirement.split("==")[0]: requirement for requirement in extras["peers"]}
    codec = (*project["dependencies"], *extras["compression"])
    return {
        "ours": Environment(codec),
        # Its extra: without pylibjpeg it compresses nothing.
        "highdicom": Environment((*codec, peers["highdicom"], "pylibjpeg")),
        "dcmqi": Environment((peers["dcmqi"],)),
        # Its last version, of 2022, needs what pydicom 3, NumPy 2 and setuptools 81 have dropped.
        "pydicom-seg": Environment(
            ("pydicom-seg==0.4.1", "pydicom<3", "numpy<2", "setuptools<81"), newest=12
        ),
        "slicer": Environment((*codec, *extras["slicer"], *extras["gui"], peers["dcmqi"]), newest=13),
        "figure": Environment(("matplotlib>=3.9",)),
    }


class Environments:
    """Makes environments in a folder when they are asked for.

    Parameters
    ----------
    folder : Path
    shared : Path, optional
        An interpreter that stands for all of them, whatever is installed in it.
    """

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self._folder, self._shared = folder, shared
        self._known = environments()

    def python(self, name: str) -> Path:
        """Return the interpreter of an environment, which is made or brought up to date first."""
        if self._shared is not None:
            return self._shared
        environment, folder = self._known[name], self._folder / name
        python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        base = _interpreter(environment.newest)
        memory = folder / "installed.json"
        stamp = environment.stamp(base[1])
        if python.exists() and memory.exists() and json.loads(memory.read_text()) == stamp:
            return python
        print(f"Making the environment of {name} in {folder}; this is done once", flush=True)
        _run([base[0], "-m", "venv", "--clear", folder])
        _run([python, "-m", "pip", "install", "--quiet", *environment.requirements])
        memory.write_text(json.dumps(stamp))
        return python

    @cache  # noqa: B019  (one for the whole run)
    def versions(self, name: str) -> dict[str, str]:
        """Return the versions of the packages that decide how fast a program is."""
        code = (
            "import json, platform; from importlib import metadata as m\n"
            "named = ('numpy', 'pydicom', 'highdicom', 'dcmqi', 'pydicom-seg', 'SimpleITK', 'pyjpegls', "
            "'pylibjpeg-openjpeg', 'slicer-core', 'vtk')\n"
            "found = {d.metadata['Name'].lower() for d in m.distributions()}\n"
            "print(json.dumps({'Python': platform.python_version(), "
            "**{n: m.version(n) for n in named if n.lower() in found}}))"
        )
        printed = subprocess.run([self.python(name), "-c", code], capture_output=True, text=True, check=True)
        return json.loads(printed.stdout)


def _interpreter(newest: int) -> tuple[str, str]:
    """Return command and version of a Python that is not too new; this one if it is not."""
    if sys.version_info[1] <= newest:
        return sys.executable, sys.version
    for minor in range(newest, 9, -1):
        command = f"python3.{minor}"
        try:
            found = subprocess.run(
                [command, "-c", "import sys; print(sys.version)"], capture_output=True, text=True
            )
        except FileNotFoundError:
            continue
        if found.returncode == 0:
            return command, found.stdout.strip()
    raise EnvironmentMissing(f"needs Python 3.{newest} or older, which is not on the path")


class EnvironmentMissing(Exception):
    """An environment cannot be made here."""


def _run(command: list) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise EnvironmentMissing(f"{' '.join(map(str, command[:5]))} … failed: {done.stdout.strip()[-400:]}")
