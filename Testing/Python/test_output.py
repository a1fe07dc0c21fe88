"""Output appears whole or not at all."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dicomsegcodec.errors import OutputError
from dicomsegcodec.output import whole_file

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_appears_when_the_block_ends_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "out.dcm"
    with whole_file(target) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_after_an_exception_nothing_is_there_that_was_not_there_before(
    error: type[BaseException], tmp_path: Path
) -> None:
    target = tmp_path / "out.dcm"
    for before in (None, b"before"):
        if before is not None:
            target.write_bytes(before)
        with pytest.raises(OutputError if error is OSError else error), whole_file(target) as file:
            file.write(b"half")
            raise error
        assert [p.read_bytes() for p in tmp_path.iterdir()] == ([] if before is None else [before])


def test_a_file_of_that_name_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out.dcm"
    target.write_bytes(b"something longer")
    target.chmod(0o640)
    with whole_file(target) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with whole_file(tmp_path / "out.dcm"):
        pass
    assert (tmp_path / "out.dcm").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_places_that_cannot_hold_a_file_are_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target, words in (
        (tmp_path / "none" / "out.dcm", "There is no folder"),
        (tmp_path / "file" / "out.dcm", "There is no folder"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(OutputError, match=words), whole_file(target):
            pytest.fail("the work began")


def test_a_disk_without_room_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="free"), whole_file(tmp_path / "out.dcm", 1 << 60):
        pytest.fail("the work began")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def without_rights() -> Iterator[Path]:
    """Give a folder that may be read and not written; root, who may write everywhere, is nobody meanwhile."""
    folder = Path(tempfile.mkdtemp())  # not tmp_path, whose parents are closed to others
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_folder_that_is_not_writable_is_said_to_be_so() -> None:
    with without_rights() as folder:
        with pytest.raises(OutputError, match="not writable"), whole_file(folder / "out.dcm"):
            pytest.fail("the work began")
        assert list(folder.iterdir()) == []


WRITE_WITH_A_LIMIT = """
import resource, signal, sys
sys.path[:0] = sys.argv[2:]
import numpy as np
from dicomsegcodec.errors import OutputError
from objects import construct
from series import make_series

images = make_series((4, 64, 64))
noise = np.random.default_rng(0).integers(0, 2, (4, 64, 64), dtype=np.uint8)
seg = construct(images, noise, [1], sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in (0, 100, 2000, 4000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        seg.save_as("full.dcm")
    except OutputError as error:
        print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
seg.save_as("enough.dcm")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="the limit on the size of files is of POSIX")
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_full_disk_leaves_nothing_and_the_object_can_be_saved_elsewhere(kind: str, tmp_path: Path) -> None:
    folders = [str(ROOT / "DicomSegIO"), str(ROOT / "Testing" / "Python")]
    run = subprocess.run(
        [sys.executable, "-c", WRITE_WITH_A_LIMIT, kind, *folders],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == 4
    assert all("disk is full or a limit is reached" in line and "full.dcm" in line for line in lines)
    assert [p.name for p in tmp_path.iterdir()] == ["enough.dcm"]
