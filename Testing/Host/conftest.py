"""Fixtures of the GUI tests: the host, a clean scene around each test, and no exception left unseen."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (REPOSITORY / "DicomSegIO", Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_configure(config):
    # vtk 9.6 sets the shape of arrays in place, which NumPy 2.5 deprecates; nothing of ours does.
    known = "ignore:Setting the shape on a NumPy array:DeprecationWarning"
    config.addinivalue_line("filterwarnings", known)


import scenes  # noqa: E402  (needs the path above)
import slicerhost  # noqa: E402
from panel import Panel  # noqa: E402
from slicerhost import faults  # noqa: E402

LIVER = "~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~~^^~^^"
LIVER_COLOR = (0.87, 0.51, 0.4)


@pytest.fixture(scope="session")
def _slicer_installed():
    return slicerhost.install()


@pytest.fixture(autouse=True)
def slicer(_slicer_installed):
    """The `slicer` module with an empty scene; fails when a slot or an observer raised."""
    slicerhost.reset()
    faults.take()
    yield _slicer_installed
    slicerhost.process_events()
    raised = faults.take()
    slicerhost.reset()
    raised += faults.take()
    assert not raised, f"raised where nobody can catch it: {raised}"


@pytest.fixture
def ct_files():
    """Three adjacent CT images of 16 x 16 pixels that come with pydicom."""
    folder = Path(get_testdata_file("DICOMDIR", read=False)).parent / "77654033" / "CT2"
    return [str(folder / name) for name in ("17136", "17166", "17196")]


@pytest.fixture
def ct_folder(ct_files, tmp_path):
    """The series in a folder of its own, together with a file that is no DICOM."""
    folder = tmp_path / "ct"
    folder.mkdir()
    for file in ct_files:
        shutil.copy(file, folder / f"{Path(file).name}.dcm")
    (folder / "notes.txt").write_text("received on Monday")
    return folder


@pytest.fixture
def ct_volume(slicer, ct_files):
    """The volume of the series, as loaded from the DICOM database, which knows the files."""
    for file in ct_files:
        slicer.dicomDatabase.insert(file)
    return scenes.load_volume(ct_files)


@pytest.fixture
def segmentation(ct_volume):
    """Two segments that do not overlap, one of them with a code."""
    liver = scenes.Organ(
        "Liver", scenes.box(ct_volume, np.s_[0:2], np.s_[2:9], np.s_[1:7]), LIVER_COLOR, LIVER
    )
    spleen = scenes.Organ("Spleen", scenes.box(ct_volume, np.s_[1:3], np.s_[10:15], np.s_[9:14]))
    return scenes.add_segmentation(ct_volume, [liver, spleen])


@pytest.fixture
def module(slicer):
    """The module, loaded anew."""
    return slicerhost.load_module(REPOSITORY / "DicomSegIO" / "DicomSegIO.py")


@pytest.fixture
def panel(module):
    """The open panel, 420 pixels wide."""
    opened = Panel(slicerhost.open_widget(module, 420, 800))
    opened.settle()
    yield opened
    slicerhost.close_widget(sys.modules["slicer"].modules.DicomSegIOWidget)


@pytest.fixture
def slow_codec(monkeypatch):
    """Make the codec report often and slowly enough for a user to click meanwhile."""
    import time

    from DicomSegIOLib import ExportSession, ImportSession

    def slow(run):
        def run_slowly(self, progress=None):
            for step in range(5):
                time.sleep(0.02)
                if progress and progress(step / 100, "Waiting"):
                    break  # the codec itself has to notice
            run(self, progress)

        return run_slowly

    for session in (ExportSession, ImportSession):
        monkeypatch.setattr(session, "run", slow(session.run))
