"""The Import section, used as a user does, with files that the Export section wrote."""

import os
import shutil

import numpy as np
import pydicom
import pytest

import scenes


@pytest.fixture(params=["BINARY", "LABELMAP"])
def seg_file(request, slicer, module, segmentation, tmp_path):
    """A file with the segmentation, which is then taken out of the scene."""
    import DicomSegIO

    file = tmp_path / "seg.dcm"
    logic = DicomSegIO.DicomSegIOLogic()
    logic.exportSegmentation(segmentation, file, segmentationType=request.param, seriesDescription="Abdomen")
    slicer.mrmlScene.RemoveNode(segmentation)
    return file


def columns(tree):
    """Return the texts of a tree's rows."""
    rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount)]
    return [tuple(row.text(column) for column in range(tree.columnCount)) for row in rows]


def test_before_a_file_is_chosen_there_is_nothing_to_see(panel):
    panel.ui.importCollapsibleButton.collapsed = False
    assert not panel.ui.loadButton.enabled
    assert panel.ui.loadButton.toolTip == "Choose the DICOM Segmentation file to load."
    for widget in (panel.ui.importSegmentsTreeWidget, panel.ui.importSummaryLabel, panel.ui.contentsLabel):
        assert not widget.visible


def test_the_header_is_shown_before_anything_is_loaded(slicer, seg_file, panel):
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    panel.choose_file_to_load(seg_file)
    kind, size, syntax = panel.ui.importSummaryLabel.text.split("\n")
    header = pydicom.dcmread(seg_file)
    assert (
        kind == {"BINARY": "Binary, 2 segments", "LABELMAP": "Label map, 2 segments"}[header.SegmentationType]
    )
    assert size == f"{header.NumberOfFrames} frames of 16 × 16 pixels"
    assert syntax == header.file_meta.TransferSyntaxUID.name
    liver, spleen = columns(panel.ui.importSegmentsTreeWidget)
    assert liver == ("1", "Liver", "Anatomical Structure", "Liver")
    assert spleen[:2] == ("2", "Spleen")
    assert panel.import_status == "Ready to load."
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes


def test_what_is_loaded_is_what_was_exported(slicer, seg_file, ct_volume, panel):
    panel.choose_file_to_load(seg_file)
    panel.load()
    (node,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert panel.import_status == f"Loaded {node.GetName()} with 2 segments."
    assert node.GetName() == "Abdomen"
    liver = scenes.box(ct_volume, np.s_[0:2], np.s_[2:9], np.s_[1:7])
    spleen = scenes.box(ct_volume, np.s_[1:3], np.s_[10:15], np.s_[9:14])
    assert (scenes.voxels_of(node, "Liver", ct_volume) == liver).all()
    assert (scenes.voxels_of(node, "Spleen", ct_volume) == spleen).all()
    segment = node.GetSegmentation().GetSegment(node.GetSegmentation().GetSegmentIdBySegmentName("Liver"))
    assert segment.GetColor() == pytest.approx((0.87, 0.51, 0.4), abs=0.02)
    role = node.GetReferenceImageGeometryReferenceRole()
    assert node.GetNodeReference(role) is ct_volume, "found by the images that the file refers to"


def test_the_volume_can_be_chosen(slicer, seg_file, ct_volume, ct_files, panel):
    other = scenes.load_volume(ct_files, "Copy", from_dicom=False)
    panel.choose_file_to_load(seg_file)
    panel.ui.importReferenceVolumeSelector.setCurrentNode(other)
    panel.load()
    (node,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is other


def test_an_exported_file_can_be_loaded_in_the_same_panel(slicer, segmentation, ct_volume, panel, tmp_path):
    panel.choose_output(tmp_path / "seg.dcm")
    panel.export()
    panel.choose_file_to_load(tmp_path / "seg.dcm")
    panel.load()
    _, loaded = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    for name in ("Liver", "Spleen"):
        expected = scenes.voxels_of(segmentation, name, ct_volume)
        assert (scenes.voxels_of(loaded, name, ct_volume) == expected).all()


def test_a_file_that_changed_is_looked_at_again(slicer, seg_file, panel):
    panel.choose_file_to_load(seg_file)
    assert panel.ui.loadButton.enabled
    seg_file.write_bytes(b"something else")
    os.utime(seg_file, (1, 1))
    panel.load()
    assert not panel.ui.loadButton.enabled
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []


@pytest.mark.parametrize("name", ["missing.dcm", "notes.txt", "ct.dcm", "folder"])
def test_what_cannot_be_loaded_is_one_sentence_in_the_status(panel, ct_files, tmp_path, name):
    (tmp_path / "notes.txt").write_text("received on Monday")
    shutil.copy(ct_files[0], tmp_path / "ct.dcm")
    (tmp_path / "folder").mkdir()
    panel.choose_file_to_load(tmp_path / name)
    assert not panel.ui.loadButton.enabled
    assert panel.ui.loadButton.toolTip == panel.import_status
    assert panel.import_status.endswith(".")
    assert len(panel.import_status) > 20
    assert not panel.ui.importSegmentsTreeWidget.visible


def test_a_truncated_file_is_a_sentence_and_leaves_no_node(slicer, seg_file, panel):
    data = seg_file.read_bytes()
    seg_file.write_bytes(data[:-40])
    panel.choose_file_to_load(seg_file)
    if panel.ui.loadButton.enabled:
        panel.load()
    assert not panel.import_status.startswith("Loaded")
    assert "Traceback" not in panel.import_status
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []


def test_cancel_adds_nothing_to_the_scene(slicer, seg_file, panel, slow_codec, monkeypatch):
    panel.choose_file_to_load(seg_file)
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    row = panel.widget._progressRow
    shown = row.report

    def report(fraction, stage):
        if fraction > 0:
            panel.ui.cancelButton.click()
        return shown(fraction, stage)

    monkeypatch.setattr(row, "report", report)
    panel.load()
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes
    assert "ancelled" in panel.import_status
    assert panel.ui.loadButton.enabled


def test_a_slow_disk_does_not_stop_the_panel(seg_file, panel, monkeypatch):
    import time

    from DicomSegIOApp import ImportSection

    describe = ImportSection._describe

    def slowly(path):
        time.sleep(0.3)
        return describe(path)

    monkeypatch.setattr(panel.widget._importSection.header, "_describe", slowly)
    panel.ui.importCollapsibleButton.collapsed = False
    panel.ui.importPathEdit.currentPath = str(seg_file)
    start = time.monotonic()
    panel.widget.updatePanel()
    assert time.monotonic() - start < 0.2
    assert panel.import_status == "Reading the header…"
    assert not panel.ui.loadButton.enabled
    panel.settle()
    assert panel.import_status == "Ready to load."


def test_of_two_files_the_last_is_shown(seg_file, panel, tmp_path, monkeypatch):
    import time

    from DicomSegIOApp import ImportSection

    describe = ImportSection._describe
    other = tmp_path / "other.dcm"
    other.write_bytes(b"something else")

    def first_slowly(path):
        time.sleep(0.2 if path == str(other) else 0)
        return describe(path)

    monkeypatch.setattr(panel.widget._importSection.header, "_describe", first_slowly)
    panel.ui.importPathEdit.currentPath = str(other)
    panel.widget.updatePanel()
    panel.choose_file_to_load(seg_file)
    time.sleep(0.3)
    panel.settle()
    assert panel.import_status == "Ready to load."


def test_a_folder_stands_for_the_only_segmentation_in_it(slicer, seg_file, ct_files, panel):
    shutil.copy(ct_files[0], seg_file.with_name("ct.dcm"))
    seg_file.with_name("notes.txt").write_text("received on Monday")
    panel.choose_file_to_load(seg_file.parent)
    assert panel.import_status == "Ready to load."
    panel.load()
    assert panel.import_status == "Loaded Abdomen with 2 segments."


def test_of_several_segmentations_in_a_folder_one_has_to_be_chosen(seg_file, panel):
    shutil.copy(seg_file, seg_file.with_name("second.dcm"))
    panel.choose_file_to_load(seg_file.parent)
    assert panel.import_status == (
        f"{seg_file.parent} is a folder with 2 segmentations. Choose one of the files."
    )
    assert not panel.ui.loadButton.enabled
