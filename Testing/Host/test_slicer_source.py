"""Slicer's own template module and Python tests in the host; they run where SLICER_SOURCE names its sources.

None of Slicer's files is kept here. What they expect of Slicer is what the host has to do.
"""

import importlib.util
import os
import shutil
import sys
import unittest
from pathlib import Path

import pytest

import slicerhost

SOURCE = os.environ.get("SLICER_SOURCE", "")
pytestmark = pytest.mark.skipif(
    not SOURCE, reason="SLICER_SOURCE does not name a folder with the sources of 3D Slicer"
)
# Those of the observation mixin build modules of an older kind, which the host does not know.
TESTS = ("chdir", "getNodes")


@pytest.fixture
def template(tmp_path):
    """The module that Slicer's extension wizard makes, called Made."""
    folder = tmp_path / "Made"
    shutil.copytree(Path(SOURCE) / "Utilities" / "Templates" / "Modules" / "Scripted", folder)
    for path in sorted(folder.rglob("*TemplateKey*"), key=lambda path: -len(path.parts)):
        path.rename(path.with_name(path.name.replace("TemplateKey", "Made")))
    for path in [*folder.rglob("*.py"), *folder.rglob("*.ui")]:
        path.write_text(path.read_text(encoding="utf-8").replace("TemplateKey", "Made"), encoding="utf-8")
    yield folder / "Made.py"
    sys.modules.pop("Made", None)


# The template takes its observer away twice when its scene is closed after it was left.
@pytest.mark.filterwarnings("ignore:does not have observer")
def test_the_template_module_opens_and_closes(slicer, template):
    entry = slicerhost.load_module(template)
    widget = slicerhost.open_widget(entry)
    assert widget.ui.applyButton.text == "Apply"
    assert not widget.ui.applyButton.enabled
    slicerhost.leave(widget)
    slicerhost.enter(widget)
    slicer.mrmlScene.Clear(0)
    slicerhost.leave(widget)
    slicerhost.close_widget(widget)


@pytest.mark.parametrize("name", TESTS)
def test_slicers_own_tests_pass(slicer, name):
    file = Path(SOURCE) / "Base" / "Python" / "slicer" / "tests" / f"test_slicer_util_{name}.py"
    spec = importlib.util.spec_from_file_location(f"slicers_own_{name}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    assert result.testsRun
    assert [trace for _, trace in result.failures + result.errors] == []
