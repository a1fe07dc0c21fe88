"""Real MRML from the slicer-core wheel: scenes, a series of images, and no silent VTK errors."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The synthetic series of the codec's tests.
sys.path.append(str(Path(__file__).resolve().parents[1] / "Python"))

from image_series import SHAPE, TURNED, Series

if importlib.util.find_spec("slicer") is None:
    if os.environ.get("DICOMSEGIO_REQUIRE_ALL") == "1":
        raise RuntimeError("could not import 'slicer'; install slicer-core")
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def segmentationsLogic():
    """The logic that registers Slicer's conversion rules, as when Slicer starts."""
    import slicer

    scene, logic = slicer.vtkMRMLScene(), slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    return scene, logic


@pytest.fixture(autouse=True)
def vtkErrors() -> Iterator[list[str]]:
    """Errors that VTK and MRML report instead of raising; a test that expects one clears the list."""
    import vtk

    errors: list[str] = []

    def note(_caller, _event, text: str) -> None:
        errors.append(text)

    note.CallDataType = vtk.VTK_STRING
    window = vtk.vtkOutputWindow.GetInstance()
    tag = window.AddObserver(vtk.vtkCommand.ErrorEvent, note)
    yield errors
    window.RemoveObserver(tag)
    assert not errors


@pytest.fixture
def scene():
    import slicer

    scene = slicer.vtkMRMLScene()
    yield scene
    scene.Clear(True)


@pytest.fixture(scope="session")
def oblique(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """A CT series whose axes run along none of the patient's."""
    return Series(tmp_path_factory.mktemp("oblique"), shape=SHAPE, turned=TURNED)


@pytest.fixture
def volume(scene, oblique: Series):
    """The series as a volume of the scene."""
    from segmentations import addVolume

    return addVolume(scene, oblique.images)
