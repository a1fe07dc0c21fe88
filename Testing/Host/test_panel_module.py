"""The module as Slicer handles it: opened, left, reloaded, closed with its scene."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import scenes
import slicerhost
from slicerhost.slicerparts.translation import TRANSLATABLE

UI_FILE = Path(__file__).resolve().parents[2] / "DicomSegIO" / "Resources" / "UI" / "DicomSegIO.ui"
INPUTS = (
    "ctkCollapsibleButton",
    "ctkCollapsibleGroupBox",
    "ctkPathLineEdit",
    "qMRMLNodeComboBox",
    "QCheckBox",
    "QComboBox",
    "QLineEdit",
    "QListWidget",
    "QProgressBar",
    "QPushButton",
    "QTreeWidget",
    "QSpinBox",
    "ctkSliderWidget",
    "qMRMLSegmentsTableView",
)


def test_the_module_introduces_itself(module):
    assert module.title == "DICOM SEG IO"
    assert module.categories == ["Informatics"]
    assert module.contributors
    assert "DICOM Segmentation" in module.helpText
    assert module.acknowledgementText.strip()
    assert "DICOM SEG IO" in TRANSLATABLE


def test_opening_slicer_does_not_load_the_codec():
    import subprocess
    import sys

    host = Path(__file__).resolve().parent
    code = (
        f"import sys; sys.path.insert(0, {str(host)!r})\n"
        "import slicerhost; slicerhost.install()\n"
        "before = set(sys.modules)\n"
        f"slicerhost.load_module({str(UI_FILE.parents[2] / 'DicomSegIO.py')!r})\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = printed.splitlines()[-1]
    assert "'DicomSegIO'" in loaded
    assert not {"dicomsegcodec", "DicomSegIOLib", "SimpleITK"} & set(
        loaded.replace("'", "").strip("[]").split(", ")
    )


def test_the_modules_own_test_passes(slicer, module):
    slicer.selfTests["DicomSegIO"]()


def test_every_control_has_a_tooltip_and_every_text_ends_well():
    root = ElementTree.parse(UI_FILE).getroot()
    controls = [widget for widget in root.iter("widget") if widget.get("class") in INPUTS]
    assert len(controls) > 15
    for control in controls:
        tip = control.find("property[@name='toolTip']/string")
        assert tip is not None, control.get("name")
        assert tip.text.endswith("."), control.get("name")


def test_every_label_belongs_to_a_control():
    root = ElementTree.parse(UI_FILE).getroot()
    names = {widget.get("name") for widget in root.iter("widget")}
    buddies = [
        element.find("cstring").text for element in root.iter("property") if element.get("name") == "buddy"
    ]
    assert len(buddies) >= 8
    assert set(buddies) <= names


def test_choices_survive_leaving_and_coming_back(slicer, segmentation, ct_files, panel, tmp_path):
    other = scenes.load_volume(ct_files, "Chosen by hand")
    panel.ui.referenceVolumeSelector.setCurrentNode(other)
    panel.choose_type("Label map")
    panel.choose_output(tmp_path / "seg.dcm")
    slicerhost.leave(panel.widget)
    panel.ui.seriesDescriptionLineEdit.text = "typed while away"
    slicerhost.enter(panel.widget)
    panel.settle()
    assert panel.ui.referenceVolumeSelector.currentNode() is other
    assert panel.ui.segmentationTypeComboBox.currentText == "Label map"
    assert panel.ui.outputPathEdit.currentPath == str(tmp_path / "seg.dcm")
    assert panel.ui.seriesDescriptionLineEdit.text == ""


def test_a_module_that_was_left_does_not_look_at_changes(slicer, segmentation, panel, monkeypatch):
    looked = []
    monkeypatch.setattr(panel.widget.logic, "validate", lambda *arguments, **options: looked.append(1) or [])
    slicerhost.leave(panel.widget)
    segmentation.Modified()
    panel.settle()
    assert looked == []


def test_closing_the_scene_starts_afresh(slicer, segmentation, panel, tmp_path):
    panel.choose_output(tmp_path / "seg.dcm")
    panel.choose_type("Label map")
    slicer.mrmlScene.Clear(0)
    panel.settle()
    assert panel.ui.segmentationSelector.currentNode() is None
    assert panel.ui.outputPathEdit.currentPath == ""
    assert panel.ui.segmentationTypeComboBox.currentText == "Binary"
    assert panel.export_status == "Choose the segmentation to export."


def test_the_choices_of_the_last_export_are_remembered(slicer, segmentation, panel, tmp_path):
    panel.choose_type("Label map")
    panel.ui.addToDatabaseCheckBox.checked = False
    panel.choose_output(tmp_path / "seg.dcm")
    panel.export()
    slicer.mrmlScene.Clear(0)
    panel.settle()
    assert panel.ui.segmentationTypeComboBox.currentText == "Label map"
    assert not panel.ui.addToDatabaseCheckBox.checked
    assert panel.ui.outputPathEdit.currentPath == ""


def test_what_was_remembered_does_not_change_a_loaded_scene(slicer, segmentation, panel, tmp_path):
    slicer.app.userSettings().setValue("DicomSegIO/segmentationType", "LABELMAP")
    slicerhost.leave(panel.widget)
    slicerhost.enter(panel.widget)
    panel.settle()
    assert panel.ui.segmentationTypeComboBox.currentText == "Binary"


def test_a_setting_that_no_longer_exists_is_passed_over(slicer, segmentation, panel):
    slicer.app.userSettings().setValue("DicomSegIO/segmentationType", "HOLOGRAM")
    slicer.mrmlScene.Clear(0)
    panel.settle()
    assert panel.ui.segmentationTypeComboBox.currentText == "Binary"


def test_removing_the_segmentation_leaves_the_panel_working(slicer, segmentation, panel):
    slicer.mrmlScene.RemoveNode(segmentation)
    panel.settle()
    assert panel.export_status == "Choose the segmentation to export."


def test_a_saved_scene_brings_the_choices_back(slicer, segmentation, panel, tmp_path):
    panel.choose_type("Label map")
    panel.ui.keepEmptyFramesCheckBox.checked = True
    node = panel.widget._parameterNode.parameterNode
    assert node.GetParameter("segmentationType") == "LABELMAP", "by its name: never rename it"
    assert node.GetParameter("keepEmptyFrames") == "True"
    assert node.GetNodeReference("segmentation") is segmentation


def test_reloading_gives_a_new_panel_with_the_same_choices(slicer, segmentation, panel, tmp_path):
    panel.choose_output(tmp_path / "seg.dcm")
    old = panel.widget
    old.onReload()
    slicerhost.process_events()
    new = slicer.modules.DicomSegIOWidget
    assert new is not old
    assert new.ui.outputPathEdit.currentPath == str(tmp_path / "seg.dcm")
    slicerhost.wait_until(lambda: not new._updateTimer.active)
    new.ui.exportButton.click()
    assert (tmp_path / "seg.dcm").is_file()


def test_after_cleanup_nothing_is_observed(slicer, segmentation, panel):
    panel.widget.cleanup()
    segmentation.Modified()
    slicer.mrmlScene.Clear(0)
    slicerhost.process_events()
    assert panel.widget.Observations == []
