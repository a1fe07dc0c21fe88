"""The extension configured and installed as Slicer does it, with Testing/FakeSlicer in Slicer's place."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scripts_list

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def cmake() -> str:
    """Return the cmake of this environment, or else the machine's."""
    found = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    if found is None:
        pytest.skip("cmake is not installed; `make test` installs it")
    return found


def configure(cmake: str, source: Path, build: Path) -> subprocess.CompletedProcess[str]:
    fake = source / "Testing" / "FakeSlicer"
    return subprocess.run(
        [
            *(cmake, "-S", source, "-B", build, f"-DSlicer_DIR={fake}"),
            f"-DCMAKE_TOOLCHAIN_FILE={fake / 'NoCompiler.cmake'}",
        ],
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def installed(cmake: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which Slicer would look for scripted modules, after an installation into it."""
    folder = tmp_path_factory.mktemp("slicer")
    configured = configure(cmake, ROOT, folder / "build")
    assert configured.returncode == 0, configured.stderr
    subprocess.run(
        [cmake, "--install", folder / "build", "--prefix", folder / "install"],
        check=True,
        capture_output=True,
    )
    return folder / "install" / "lib" / "Slicer" / "qt-scripted-modules"


def test_the_installed_tree_is_the_folder(installed: Path) -> None:
    expected = {name for names in scripts_list.present().values() for name in names}
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert found == expected
    for name in expected:
        assert (installed / name).read_bytes() == (scripts_list.MODULE / name).read_bytes()


def test_the_installed_codec_can_be_imported_without_the_repository(installed: Path) -> None:
    program = (
        "import importlib, pkgutil, sys\n"
        "sys.dont_write_bytecode = True\n"
        f"sys.path.insert(0, {str(installed)!r})\n"
        "import dicomsegcodec\n"
        "for found in pkgutil.walk_packages(dicomsegcodec.__path__, 'dicomsegcodec.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        print(importlib.import_module(found.name).__file__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=installed.parent, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    files = {Path(line) for line in run.stdout.splitlines()}
    assert files and all(path.is_relative_to(installed) for path in files)


def test_ctest_runs_the_module_and_every_scene_test(cmake: str, tmp_path: Path) -> None:
    assert configure(cmake, ROOT, tmp_path).returncode == 0
    listing = subprocess.run(
        [Path(cmake).with_name("ctest"), "-N"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    scene_tests = sorted(path.stem for path in (ROOT / "Testing" / "Slicer").glob("test_*.py"))
    assert re.findall(r"Test +#\d+: (\S+)", listing) == [
        f"py_{name}" for name in ("DicomSegIO", *scene_tests)
    ]


# --- what must not pass -------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what the configuration reads, to be damaged."""
    source = tmp_path / "source"
    for name in ("DicomSegIO", "Testing/FakeSlicer", "Testing/Slicer"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CMakeLists.txt", "Testing/CMakeLists.txt"):
        shutil.copy(ROOT / name, source / name)
    return source


def test_a_listed_file_that_is_missing_stops_the_configuration(cmake: str, copy: Path) -> None:
    (copy / "DicomSegIO" / "dicomsegcodec" / "errors.py").unlink()
    run = configure(cmake, copy, copy.parent / "build")
    assert run.returncode != 0
    assert "nonexistent file 'dicomsegcodec/errors.py'" in " ".join(run.stderr.split())


@pytest.mark.parametrize(
    "name", ["HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS", "DEPENDS"]
)
def test_metadata_that_is_not_set_stops_the_configuration(cmake: str, copy: Path, name: str) -> None:
    text = (copy / "CMakeLists.txt").read_text(encoding="utf-8")
    without, count = re.subn(rf"^set\(EXTENSION_{name} .*\n", "", text, flags=re.MULTILINE)
    assert count == 1
    (copy / "CMakeLists.txt").write_text(without, encoding="utf-8")
    run = configure(cmake, copy, copy.parent / "build")
    assert run.returncode != 0
    assert f"EXTENSION_{name} is not set" in run.stderr


def test_a_keyword_that_slicer_does_not_know_stops_the_configuration(cmake: str, copy: Path) -> None:
    lists = copy / "DicomSegIO" / "CMakeLists.txt"
    lists.write_text(lists.read_text(encoding="utf-8").replace("  NAME ${", "  MODULE ${"), encoding="utf-8")
    run = configure(cmake, copy, copy.parent / "build")
    assert run.returncode != 0
    assert "slicerMacroBuildScriptedModule does not know" in run.stderr
