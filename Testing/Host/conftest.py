"""Fixtures of the GUI tests: the host, a clean scene around each test, and no exception left unseen."""

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (REPOSITORY / "DicomSegIO", Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_configure(config):
    # vtk 9.6 sets the shape of arrays in place, which NumPy 2.5 deprecates; nothing of ours does.
    known = "ignore:Setting the shape on a NumPy array:DeprecationWarning"
    config.addinivalue_line("filterwarnings", known)


import slicerhost  # noqa: E402  (needs the path above)
from slicerhost import faults  # noqa: E402


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
