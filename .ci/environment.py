"""Make or bring up to date the virtual environment that a make target works in.

    python3 .ci/environment.py .venv test

What an environment holds stands in pyproject.toml under tool.dicomsegio. The folder remembers in
installed.json which Python, which pyproject.toml and which version of the package it was made from; when
nothing of that has changed, pip is not called at all, so that a second run starts at once and needs no
network.

Read by whatever `python3` is, so it keeps to what Python 3.6 can parse until it has said that it needs a
newer one.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "pyproject.toml"
VERSION = ROOT / "DicomSegIO" / "dicomsegcodec" / "_version.py"


def main(folder: str, name: str) -> None:
    """Leave `folder` as an environment in which everything listed under `name` is installed."""
    if sys.version_info < OLDEST:
        sys.exit(f"{sys.executable} is {too_old(sys.version)}: name a newer one with PYTHON=…")
    environment = Path(folder)
    memory = environment / "installed.json"
    stamp = hashlib.sha256(SETTINGS.read_bytes() + VERSION.read_bytes() + bytes(ROOT)).hexdigest()
    # An environment that was moved, or whose Python was replaced, does not work any more.
    made_of = {"python": sys.version, "folder": str(environment.resolve())}
    remembered = json.loads(memory.read_text()) if memory.exists() else {}
    works = {key: remembered.get(key) for key in made_of} == made_of and python_of(environment).exists()
    installed = remembered["installed"] if works else {}
    if installed.get(name) == stamp:
        return

    make(environment, afresh=bool(remembered) and not works)
    groups = install(environment, name)
    installed.update({other: stamp for other in covered_by(name, groups)})
    memory.write_text(json.dumps({**made_of, "installed": installed}, indent=2) + "\n")


def python_of(environment: Path) -> Path:
    """Return the path of the interpreter in an environment."""
    windows = environment / "Scripts" / "python.exe"
    return windows if windows.exists() else environment / "bin" / "python"


def make(environment: Path, *, afresh: bool) -> None:
    """Create the environment, unless it is there; `afresh` empties one that this script made earlier."""
    if python_of(environment).exists() and not afresh:
        found = subprocess.run(
            [
                python_of(environment),
                "-c",
                f"import sys; print(sys.version); sys.exit(sys.version_info < {OLDEST})",
            ],
            capture_output=True,
            text=True,
        )
        if found.returncode:
            sys.exit(f"{environment} holds {too_old(found.stdout)}: remove it, or name another with VENV=…")
        return
    if environment.exists() and any(environment.iterdir()) and not (environment / "pyvenv.cfg").exists():
        sys.exit(f"{environment} is a folder of something else; name another with VENV=…")
    print(f"Making {environment} with Python {sys.version.split()[0]}", flush=True)
    clear = ["--clear"] if environment.exists() else []
    run([sys.executable, "-m", "venv", *clear, environment])


def install(environment: Path, name: str) -> dict:
    """Install the package, editable, with the extras of `name`; return all environments of pyproject.toml."""
    import tomllib

    ours = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["tool"]["dicomsegio"]
    groups = ours["environments"]
    bare = [
        requirement
        for other in covered_by(name, groups)
        for requirement in ours["without-dependencies"].get(other, [])
    ]
    print(f"Installing what `{name}` needs into {environment}; this is done once", flush=True)
    pip = [python_of(environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # pip would otherwise list the packages that nilearn is deliberately without.
    run([*pip, "--no-warn-conflicts", "--editable", f".[{','.join(groups[name])}]"])
    if bare:
        run([*pip, "--no-deps", *bare])
    return groups


def covered_by(name: str, groups: dict) -> list:
    """Return the environments whose extras are all among those of `name`."""
    return [other for other, extras in groups.items() if set(extras) <= set(groups[name])]


def run(command: list) -> None:
    """Run a command in the repository, or end with its name and status."""
    status = subprocess.run(command, cwd=ROOT).returncode
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed with status {status}")


def too_old(version: str) -> str:
    """Return the part of a sentence that says which Python was found and which is needed."""
    return f"Python {version.split()[0]}, where DicomSegIO needs {'.'.join(map(str, OLDEST))} or newer"


if __name__ == "__main__":
    main(*sys.argv[1:])
