"""What the host supplies of the `slicer` package."""

import enum

import numpy as np
import pydicom
import pytest

import slicerhost


class TestDicomDatabase:
    def test_a_series_is_found_by_its_instances(self, slicer, ct_files):
        database = slicer.dicomDatabase
        for path in ct_files:
            database.insert(path, False, False)
        header = pydicom.dcmread(ct_files[0])
        uid = str(header.SOPInstanceUID)
        assert database.isOpen
        assert database.fileForInstance(uid) == ct_files[0]
        assert database.instanceForFile(ct_files[0]) == uid
        assert database.seriesForFile(ct_files[0]) == header.SeriesInstanceUID
        assert database.filesForSeries(header.SeriesInstanceUID) == tuple(ct_files)
        assert len(database.instancesForSeries(header.SeriesInstanceUID)) == len(ct_files)
        assert len(database.instancesForSeries(header.SeriesInstanceUID, 2)) == 2

    def test_the_hierarchy_leads_down_to_the_series(self, slicer, ct_files):
        database = slicer.dicomDatabase
        database.insert(ct_files[0])
        (patient,) = database.patients()
        (study,) = database.studiesForPatient(patient)
        (series,) = database.seriesForStudy(study)
        assert database.studyForSeries(series) == study
        assert database.patientForStudy(study) == patient
        assert series == database.seriesForFile(ct_files[0])

    def test_values_are_texts(self, slicer, ct_files):
        database = slicer.dicomDatabase
        database.insert(ct_files[0])
        uid = database.instanceForFile(ct_files[0])
        assert database.fileValue(ct_files[0], "0008,0060") == "CT"
        assert database.instanceValue(uid, "0028,0010") == "16"
        assert database.fileValue(ct_files[0], "0008,0008").startswith("ORIGINAL\\PRIMARY")

    def test_what_is_not_known_is_empty(self, slicer, tmp_path):
        database = slicer.dicomDatabase
        (tmp_path / "notes.txt").write_text("no DICOM")
        database.insert(str(tmp_path / "notes.txt"))
        assert database.patients() == ()
        assert database.fileForInstance("1.2.3") == ""
        assert database.filesForSeries("1.2.3") == ()
        assert database.instanceValue("1.2.3", "0008,0060") == ""


class Mode(enum.Enum):
    FAST = "fast"
    EXACT = "exact"

    def label(self) -> str:
        return self.value.title()


@pytest.fixture
def wrapper_class(slicer):
    from slicer import vtkMRMLSegmentationNode
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    class Parameters:
        segmentation: vtkMRMLSegmentationNode
        mode: Mode = Mode.FAST
        description: str = ""
        keep: bool = False
        count: int = 3

    return parameterNodeWrapper(Parameters)


@pytest.fixture
def parameters(slicer, wrapper_class):
    return wrapper_class(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))


class TestParameterNode:
    def test_defaults_are_written_and_kept(self, parameters, wrapper_class):
        assert parameters.mode is Mode.FAST
        parameters.count = 5
        assert wrapper_class(parameters.parameterNode).count == 5

    def test_a_wrong_type_is_refused(self, slicer, parameters):
        with pytest.raises(ValueError, match="count"):
            parameters.count = "many"
        with pytest.raises(TypeError, match="segmentation"):
            parameters.segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")

    def test_widgets_and_parameters_follow_each_other(self, slicer, parameters):
        import qt

        class Widgets:
            pass

        widgets = Widgets()
        widgets.combo, widgets.edit, widgets.box = qt.QComboBox(), qt.QLineEdit(), qt.QCheckBox()
        widgets.selector = slicer.qMRMLNodeComboBox()
        names = {"combo": "mode", "edit": "description", "box": "keep", "selector": "segmentation"}
        for widget, name in names.items():
            getattr(widgets, widget).setProperty("SlicerParameterName", name)
        widgets.selector.nodeTypes = ["vtkMRMLSegmentationNode"]
        widgets.selector.setMRMLScene(slicer.mrmlScene)
        tag = parameters.connectGui(widgets)
        assert [widgets.combo.itemText(index) for index in range(widgets.combo.count)] == ["Fast", "Exact"]
        widgets.combo.currentIndex = 1
        widgets.edit.text = "Liver"
        parameters.keep = True
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        parameters.segmentation = node
        assert parameters.mode is Mode.EXACT
        assert parameters.description == "Liver"
        assert widgets.box.checked
        assert widgets.selector.currentNode() is node
        parameters.disconnectGui(tag)
        widgets.edit.text = "Spleen"
        assert parameters.description == "Liver"

    def test_a_pair_that_slicer_does_not_know_is_refused(self, parameters):
        import ctk

        class Widgets:
            path = None

        widgets = Widgets()
        widgets.path = ctk.ctkPathLineEdit()
        widgets.path.setProperty("SlicerParameterName", "description")
        with pytest.raises(RuntimeError, match="no GUI connector"):
            parameters.connectGui(widgets)

    def test_a_name_that_is_no_parameter_is_refused(self, parameters):
        import qt

        class Widgets:
            pass

        widgets = Widgets()
        widgets.edit = qt.QLineEdit()
        widgets.edit.setProperty("SlicerParameterName", "descripton")
        with pytest.raises(ValueError, match="descripton"):
            parameters.connectGui(widgets)


def test_volumes_and_segmentations_are_saved_and_loaded(slicer, tmp_path):
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    volume = slicer.util.addVolumeFromArray(array)
    path = tmp_path / "volume.nrrd"
    assert slicer.util.saveNode(volume, str(path))
    loaded = slicer.util.loadVolume(str(path))
    assert (slicer.util.arrayFromVolume(loaded) == array).all()
    with pytest.raises(RuntimeError):
        slicer.util.loadVolume(str(tmp_path / "missing.nrrd"))


def test_packaging_installs_nothing_and_remembers(slicer, tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# comment\nnumpy>=1\nno-such-package-here>=1\n")
    loaded = slicer.packaging.load_requirements(requirements)
    assert not slicer.packaging.pip_check(loaded)
    slicer.packaging.pip_ensure(loaded, requester="test")
    assert slicer.packaging.calls == [(("numpy>=1", "no-such-package-here>=1"), "test")]
    slicer.app.setTestingEnabled(False)
    with pytest.raises(RuntimeError, match="refused"):
        slicer.packaging.pip_ensure(loaded)


def test_settings_are_empty_at_the_start_of_a_test_and_kept_within(slicer):
    import qt

    assert qt.QSettings().allKeys() == ()
    qt.QSettings().setValue("key", "value")
    assert slicer.util.settingsValue("key", None) == "value"


MODULE = """
from slicer.ScriptedLoadableModule import *
from slicer.i18n import tr as _
import slicer

class Sample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Sample")

class SampleWidget(ScriptedLoadableModuleWidget):
    log = []
    def setup(self):
        self.log.append("setup")
    def enter(self):
        self.log.append("enter")
    def exit(self):
        self.log.append("exit")
    def cleanup(self):
        self.log.append("cleanup")

class SampleLogic(ScriptedLoadableModuleLogic):
    pass

class SampleTest(ScriptedLoadableModuleTest):
    def test_nothing(self):
        self.assertTrue(slicer.modules.sample.title == "Sample")
        SampleWidget.log.append("tested")
"""


def test_a_module_lives_through_load_open_enter_exit_reload_and_close(slicer, tmp_path):
    path = tmp_path / "Sample.py"
    path.write_text(MODULE)
    entry = slicerhost.load_module(path)
    assert entry.title == "Sample"
    assert slicer.util.modulePath("Sample") == str(path)
    widget = slicerhost.open_widget(entry)
    assert widget.parent.isEntered
    slicerhost.leave(widget)
    slicer.selfTests["Sample"]()
    assert widget.log == ["setup", "enter", "exit", "tested"]
    reloaded = slicer.util.reloadScriptedModule("Sample")
    assert widget.log[-1] == "cleanup"
    assert reloaded.SampleWidget.log == ["setup"]
    slicerhost.close_widget(slicer.modules.SampleWidget)
    assert reloaded.SampleWidget.log == ["setup", "cleanup"]


def test_a_parameter_node_is_a_singleton_that_survives_closing_the_scene(slicer, tmp_path):
    path = tmp_path / "Sample.py"
    path.write_text(MODULE)
    slicerhost.load_module(path)
    import Sample

    logic = Sample.SampleLogic()
    node = logic.getParameterNode()
    assert logic.getParameterNode() is node
    slicer.mrmlScene.Clear(0)
    assert logic.getParameterNode().GetAttribute("ModuleName") == "Sample"


def test_the_module_entry_refuses_what_slicer_does_not_have(slicer):
    entry = slicer.qSlicerScriptedLoadableModule("Sample", "/Sample.py")
    with pytest.raises(AttributeError):
        entry.titel = "misspelt"
