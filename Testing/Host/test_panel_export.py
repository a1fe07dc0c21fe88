"""The Export section, used as a user does, on real MRML and real DICOM files."""

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID

import scenes
import slicerhost

# Of the two storage classes (PS3.4 B.5): label maps have one of their own.
SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.4")
LABEL_MAP_SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.7")


class TestNothingChosenYet:
    def test_the_button_says_what_is_missing(self, panel):
        assert not panel.ui.exportButton.enabled
        assert panel.ui.exportButton.toolTip == "Choose the segmentation to export."
        assert panel.export_status == "Choose the segmentation to export."
        assert not panel.ui.exportFindingsWidget.visible
        assert not panel.ui.progressWidget.visible

    def test_with_a_segmentation_everything_is_ready_for_the_database(self, segmentation, panel):
        assert panel.ui.addToDatabaseCheckBox.checked
        assert panel.ui.exportButton.enabled

    def test_who_does_not_want_the_database_is_asked_for_a_file(self, segmentation, panel):
        panel.ui.addToDatabaseCheckBox.checked = False
        panel.settle()
        assert not panel.ui.exportButton.enabled
        assert panel.export_status == (
            "Choose the file to save the segmentation in, or add it to the DICOM database."
        )


class TestSourceImages:
    def test_the_segmentation_brings_its_volume_and_the_database_the_files(
        self, segmentation, ct_volume, panel
    ):
        assert panel.ui.segmentationSelector.currentNode() is segmentation
        assert panel.ui.referenceVolumeSelector.currentNode() is ct_volume
        assert panel.ui.sourceStatusLabel.text == "3 images in the DICOM database"
        assert panel.blocking == []

    def test_a_segmentation_that_arrives_later_is_treated_alike(self, panel, ct_volume):
        scenes.add_segmentation(ct_volume, [scenes.Organ("Liver", scenes.box(ct_volume, np.s_[0:1]))])
        panel.settle()
        assert panel.ui.referenceVolumeSelector.currentNode() is ct_volume

    def test_another_segmentation_brings_another_volume(self, slicer, segmentation, ct_files, panel):
        other_volume = scenes.load_volume(ct_files, "Follow-up")
        other = scenes.add_segmentation(
            other_volume, [scenes.Organ("Liver", scenes.box(other_volume, np.s_[0:1]))], "Later"
        )
        panel.ui.segmentationSelector.setCurrentNode(other)
        panel.settle()
        assert panel.ui.referenceVolumeSelector.currentNode() is other_volume
        assert panel.ui.seriesDescriptionLineEdit.placeholderText == "Later"

    def test_images_that_the_database_lost_are_counted(self, slicer, segmentation, ct_files, panel):
        slicer.dicomDatabase.clear()
        slicer.dicomDatabase.insert(ct_files[0])
        segmentation.Modified()
        panel.settle()
        assert panel.blocking == [
            "2 of the 3 DICOM images of CT are missing from the DICOM database. Add them."
        ]
        assert panel.ui.sourceStatusLabel.text == "Not found"
        assert not panel.ui.exportButton.enabled

    def test_a_closed_database_is_said(self, slicer, segmentation, panel):
        slicer.dicomDatabase.closeDatabase()
        segmentation.Modified()
        panel.settle()
        assert panel.blocking == ["The DICOM database is not open. Open it, or choose a DICOM folder."]

    def test_a_volume_from_another_file_needs_a_folder(
        self, slicer, ct_files, ct_folder, panel, tmp_path, segmentation, ct_volume
    ):
        ct_volume.RemoveAttribute("DICOM.instanceUIDs")
        segmentation.Modified()
        panel.settle()
        assert panel.blocking == ["CT was not loaded from DICOM. Choose the folder with its DICOM images."]
        panel.choose_source_folder(ct_folder)
        assert panel.ui.sourceStatusLabel.text == "3 images in the folder"
        assert panel.blocking == []

    def test_a_folder_without_images_is_said(self, segmentation, panel, tmp_path):
        panel.choose_source_folder(tmp_path)
        assert panel.blocking == [
            f"There are no DICOM images in {tmp_path}. Choose the folder of the images that were segmented."
        ]

    def test_an_emptied_folder_leads_back_to_the_database(self, segmentation, ct_folder, panel):
        panel.choose_source_folder(ct_folder)
        assert panel.ui.sourceStatusLabel.text == "3 images in the folder"
        panel.choose_source_folder("")
        assert panel.ui.sourceStatusLabel.text == "3 images in the DICOM database"

    def test_a_folder_with_a_part_of_the_images_is_not_enough(self, segmentation, ct_folder, panel):
        sorted(ct_folder.glob("*.dcm"))[0].unlink()
        panel.choose_source_folder(ct_folder)
        assert panel.blocking == [f"1 of the 3 DICOM images of CT are missing from {ct_folder}. Add them."]

    def test_other_series_in_the_folder_do_not_matter(self, segmentation, ct_folder, panel):
        other = pydicom.dcmread(sorted(ct_folder.glob("*.dcm"))[0])
        other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        other.SeriesInstanceUID = pydicom.uid.generate_uid()
        other.save_as(ct_folder / "scout.dcm")
        panel.choose_source_folder(ct_folder)
        assert panel.ui.sourceStatusLabel.text == "3 images in the folder"
        assert panel.blocking == []


class TestFindings:
    def test_a_new_segment_is_looked_at(self, segmentation, ct_volume, panel):
        before = panel.findings
        scenes.add_segment(segmentation, ct_volume, scenes.Organ("Nothing", scenes.box(ct_volume) & False))
        panel.settle()
        assert len(panel.findings) > len(before)
        (label,) = panel.labels_of("1 segment has no voxel")
        assert "Nothing" in label.toolTip

    def test_overlap_blocks_a_label_map_and_nothing_else(self, segmentation, ct_volume, panel, tmp_path):
        overlapping = scenes.Organ("Tumour", scenes.box(ct_volume, np.s_[0:2], np.s_[4:6], np.s_[3:5]))
        scenes.add_segment(segmentation, ct_volume, overlapping)
        panel.choose_output(tmp_path / "seg.dcm")
        assert panel.ui.exportButton.enabled
        panel.choose_type("Label map")
        assert len(panel.blocking) == 1
        assert "Liver" in panel.blocking[0] or "Tumour" in panel.blocking[0]
        assert panel.ui.exportButton.toolTip == panel.blocking[0]
        assert panel.export_status == "Not ready to export: see what is in bold."
        assert not panel.ui.exportButton.enabled
        panel.choose_type("Binary")
        assert panel.blocking == []
        assert panel.ui.exportButton.enabled

    def test_the_worst_stands_first(self, panel, segmentation, ct_volume):
        scenes.add_segment(segmentation, ct_volume, scenes.Organ("Tumour", scenes.box(ct_volume, np.s_[0:2])))
        panel.choose_type("Label map")
        assert len(panel.findings) > 1
        assert panel.findings[0] == panel.blocking[0]


class TestOutput:
    def test_a_missing_folder_is_said(self, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "no" / "seg.dcm")
        assert panel.export_status == f"There is no folder {tmp_path / 'no'} to save in."
        assert not panel.ui.exportButton.enabled

    def test_a_name_alone_is_not_enough(self, segmentation, panel):
        panel.choose_output(Path("seg.dcm"))
        assert panel.export_status == "Give the full path of the file to save, not only seg.dcm."

    def test_a_folder_that_cannot_be_written_to_is_said(self, segmentation, panel, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
        panel.choose_output(tmp_path / "seg.dcm")
        assert panel.export_status == f"Files cannot be saved in {tmp_path}."
        assert not panel.ui.exportButton.enabled

    def test_in_a_folder_the_file_is_named_after_the_segmentation(self, segmentation, panel, tmp_path):
        segmentation.SetName("Liver: before/after")
        (tmp_path / "out").mkdir()
        panel.choose_output(tmp_path / "out")
        panel.export()
        panel.export()
        names = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert names == ["Liver_ before_after 2.dcm", "Liver_ before_after.dcm"]

    def test_an_ending_is_added(self, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg")
        panel.export()
        assert (tmp_path / "seg.dcm").is_file()

    @pytest.mark.parametrize("agrees", [True, False])
    def test_an_existing_file_is_replaced_only_if_the_user_agrees(
        self, slicer, segmentation, panel, tmp_path, monkeypatch, agrees
    ):
        asked = []

        def answer(text):
            asked.append(text)
            return agrees

        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", answer)
        file = tmp_path / "seg.dcm"
        file.write_bytes(b"precious")
        panel.choose_output(file)
        panel.export()
        assert asked == [f"{file} exists already. Replace it?"]
        assert (file.read_bytes() == b"precious") is not agrees

    def test_the_path_is_remembered_for_the_next_time(self, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert panel.ui.outputPathEdit.comboBox().itemText(0) == str(tmp_path / "seg.dcm")


class TestTheDatabase:
    def test_it_gets_the_file_and_nothing_else_stays(self, slicer, segmentation, panel):
        before = set(slicer.dicomDatabase.patients()), len(_instances(slicer))
        panel.export()
        assert panel.export_status.startswith("Added to the DICOM database (")
        (uid,) = _instances(slicer) - set(_source_instances(slicer, segmentation))
        written = pydicom.dcmread(slicer.dicomDatabase.fileForInstance(uid))
        assert written.Modality == "SEG"
        assert set(slicer.dicomDatabase.patients()) == before[0], "the patient of the source images"

    def test_a_file_that_stays_is_linked(self, slicer, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        uid = pydicom.dcmread(tmp_path / "seg.dcm").SOPInstanceUID
        assert slicer.dicomDatabase.fileForInstance(str(uid)) == str(tmp_path / "seg.dcm")

    def test_who_does_not_want_it_leaves_it_alone(self, slicer, segmentation, panel, tmp_path):
        panel.ui.addToDatabaseCheckBox.checked = False
        panel.choose_output(tmp_path / "seg.dcm")
        before = _instances(slicer)
        panel.export()
        assert (tmp_path / "seg.dcm").is_file()
        assert _instances(slicer) == before

    def test_after_cancel_nothing_is_in_it(self, slicer, segmentation, panel, during, slow_codec):
        before = _instances(slicer)
        assert during(panel.ui.cancelButton.click) == []
        panel.export()
        assert "ancelled" in panel.export_status
        assert _instances(slicer) == before


def _instances(slicer):
    database = slicer.dicomDatabase
    studies = [study for patient in database.patients() for study in database.studiesForPatient(patient)]
    series = [one for study in studies for one in database.seriesForStudy(study)]
    return {uid for one in series for uid in database.instancesForSeries(one)}


def _source_instances(slicer, segmentation):
    volume = segmentation.GetNodeReference(segmentation.GetReferenceImageGeometryReferenceRole())
    return volume.GetAttribute("DICOM.instanceUIDs").split()


class TestFileNames:
    def test_the_pattern_names_files_in_a_folder(self, segmentation, panel, tmp_path):
        panel.ui.fileNamePatternLineEdit.text = "{series} {type} of {segmentation}"
        panel.ui.seriesDescriptionLineEdit.text = "Abdomen"
        panel.choose_output(tmp_path)
        panel.export()
        panel.export()
        names = sorted(path.name for path in tmp_path.glob("*.dcm"))
        assert names == ["Abdomen binary of Organs 2.dcm", "Abdomen binary of Organs.dcm"]

    def test_an_unknown_place_is_said(self, segmentation, panel, tmp_path):
        panel.ui.fileNamePatternLineEdit.text = "{patient}"
        panel.settle()
        assert "{patient}" in panel.export_status
        assert not panel.ui.exportButton.enabled


def test_the_copied_python_code_does_the_same(slicer, segmentation, panel, tmp_path):
    import qt

    panel.choose_type("Label map")
    panel.check(0, False)
    panel.choose_output(tmp_path / "seg.dcm")
    panel.ui.copyPythonButton.click()
    code = qt.QApplication.clipboard().text()
    assert not (tmp_path / "seg.dcm").exists()
    exec(code, {"slicer": slicer})
    written = pydicom.dcmread(tmp_path / "seg.dcm")
    assert written.SegmentationType == "LABELMAP"
    assert [item.SegmentLabel for item in written.SegmentSequence if item.SegmentNumber][-1] == "Spleen"


class TestFixes:
    def test_a_click_on_a_fix_does_it(self, segmentation, panel, monkeypatch):
        from DicomSegIOLib.Findings import blocking

        def overlapping(*arguments, overlap="REFUSE", **options):
            found = blocking("Liver and Spleen overlap.", "splitOverlap", "laterWins", "unknownToThePanel")
            return [found] if overlap == "REFUSE" else []

        monkeypatch.setattr(panel.widget.logic, "validate", overlapping)
        panel.choose_type("Label map")
        assert panel.blocking == ["Liver and Spleen overlap."]
        panel.fix("Let later segments win")
        assert panel.blocking == []
        assert panel.ui.overlapComboBox.currentText == "Later segments win"

    def test_a_folder_is_asked_for(self, slicer, segmentation, panel, ct_folder, monkeypatch):
        slicer.dicomDatabase.clear()
        segmentation.Modified()
        panel.settle()
        assert len(panel.blocking) == 1
        monkeypatch.setattr(
            panel.ui.sourceFolderEdit.__class__, "browse", lambda edit: edit.setCurrentPath(str(ct_folder))
        )
        panel.fix("Choose DICOM folder…")
        assert panel.blocking == []

    def test_rows_that_stay_are_not_made_anew(self, segmentation, ct_volume, panel):
        view = panel.widget._exportSection.findingsView
        before = view.filled
        segmentation.Modified()
        panel.settle()
        assert view.filled == before


class TestExport:
    @pytest.mark.parametrize(
        ("kind", "type_", "sop_class"),
        [("Binary", "BINARY", SEGMENTATION), ("Label map", "LABELMAP", LABEL_MAP_SEGMENTATION)],
    )
    def test_the_file_holds_the_segmentation(
        self, segmentation, panel, tmp_path, ct_files, kind, type_, sop_class
    ):
        file = tmp_path / "seg.dcm"
        panel.choose_type(kind)
        panel.ui.seriesDescriptionLineEdit.text = "Abdomen"
        panel.choose_output(file)
        assert panel.export_status == "Ready to export."
        panel.export()
        size = -(-file.stat().st_size // 1000)
        assert panel.export_status == f"Saved {file} ({size} kB). It is in the DICOM database, too."
        written, source = pydicom.dcmread(file), pydicom.dcmread(ct_files[0])
        assert written.SOPClassUID == sop_class
        assert written.SegmentationType == type_
        assert written.SeriesDescription == "Abdomen"
        assert written.PatientID == source.PatientID
        assert written.StudyInstanceUID == source.StudyInstanceUID
        labels = {item.SegmentNumber: item.SegmentLabel for item in written.SegmentSequence}
        labels.pop(0, None)  # a label map may describe its background
        assert labels == {1: "Liver", 2: "Spleen"}

    @pytest.mark.parametrize(("keep", "frames"), [(False, 4), (True, 6)])
    def test_empty_frames_are_kept_on_demand(self, segmentation, panel, tmp_path, keep, frames):
        panel.ui.keepEmptyFramesCheckBox.checked = keep
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert pydicom.dcmread(tmp_path / "seg.dcm").NumberOfFrames == frames

    def test_without_a_description_the_series_has_the_segmentations_name(self, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert pydicom.dcmread(tmp_path / "seg.dcm").SeriesDescription == "Organs"

    def test_a_click_right_after_a_change_uses_the_change(self, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        panel.ui.segmentationTypeComboBox.setCurrentText("Label map")
        panel.ui.exportButton.click()
        assert pydicom.dcmread(tmp_path / "seg.dcm").SegmentationType == "LABELMAP"

    def test_a_click_right_after_a_blocking_change_writes_nothing(self, segmentation, panel, tmp_path):
        panel.ui.addToDatabaseCheckBox.checked = False
        panel.choose_output(tmp_path / "seg.dcm")
        panel.ui.outputPathEdit.currentPath = ""
        panel.ui.exportButton.click()
        assert not (tmp_path / "seg.dcm").exists()
        assert not panel.ui.exportButton.enabled

    def test_the_scene_stays_as_it_was(self, slicer, segmentation, panel, tmp_path):
        panel.choose_output(tmp_path / "seg.dcm")
        nodes = slicer.mrmlScene.GetNumberOfNodes()
        panel.export()
        assert slicer.mrmlScene.GetNumberOfNodes() == nodes


@pytest.fixture
def during(panel, monkeypatch):
    """Call a function once, while something runs, as a click of the user would be."""

    def install(function):
        row = panel.widget._progressRow
        shown = row.report
        called = []

        def report(fraction, stage):
            if row.isRunning and panel.ui.progressWidget.visible and not called:
                called.append(True)
                function()
            return shown(fraction, stage)

        monkeypatch.setattr(row, "report", report)
        return called

    return install


class TestWhileItRuns:
    def test_only_the_progress_and_cancel_can_be_used(self, segmentation, panel, tmp_path, during):
        seen = {}

        def look():
            seen["sections"] = (
                panel.ui.exportCollapsibleButton.enabled,
                panel.ui.importCollapsibleButton.enabled,
            )
            seen["inputs"] = (panel.ui.segmentationSelector.enabled, panel.ui.exportButton.enabled)
            seen["cancel"] = panel.ui.cancelButton.enabled

        panel.choose_output(tmp_path / "seg.dcm")
        assert during(look) == []
        panel.export()
        assert seen == {"sections": (False, False), "inputs": (False, False), "cancel": True}
        assert not panel.ui.progressWidget.visible
        assert panel.ui.exportCollapsibleButton.enabled
        assert panel.ui.exportButton.enabled

    def test_cancel_leaves_nothing_behind(self, segmentation, panel, tmp_path, during, slow_codec):
        (tmp_path / "out").mkdir()
        panel.choose_output(tmp_path / "out" / "seg.dcm")
        clicked = during(panel.ui.cancelButton.click)
        panel.export()
        assert clicked
        assert list((tmp_path / "out").iterdir()) == []
        assert "ancelled" in panel.export_status
        assert panel.ui.exportButton.enabled

    def test_the_progress_names_the_stage(self, segmentation, panel, tmp_path, slow_codec):
        shown = []
        panel.ui.progressBar.connect(
            "valueChanged(int)", lambda value: shown.append(panel.ui.progressBar.format)
        )
        panel.choose_output(tmp_path / "seg.dcm")
        panel.export()
        assert any(len(text) > len(" %p%") for text in shown)

    def test_closing_the_scene_stops_the_export(
        self, slicer, segmentation, panel, tmp_path, during, slow_codec
    ):
        panel.choose_output(tmp_path / "seg.dcm")
        during(lambda: slicer.mrmlScene.Clear(0))
        panel.export()
        assert not (tmp_path / "seg.dcm").exists()
        assert panel.ui.segmentationSelector.currentNode() is None

    def test_a_change_meanwhile_is_looked_at_afterwards(
        self, segmentation, panel, tmp_path, during, slow_codec
    ):
        panel.ui.addToDatabaseCheckBox.checked = False
        panel.choose_output(tmp_path / "seg.dcm")
        during(lambda: setattr(panel.widget._parameterNode, "outputPath", ""))
        panel.export()
        assert panel.export_status == (
            "Choose the file to save the segmentation in, or add it to the DICOM database."
        )


class TestWhenItFails:
    def test_an_output_error_is_one_sentence_in_the_status(self, segmentation, panel, tmp_path, monkeypatch):
        folder = tmp_path / "out"
        folder.mkdir()
        panel.choose_output(folder / "seg.dcm")
        monkeypatch.setattr(panel.widget, "updatePanel", folder.rmdir)  # gone after the last look
        panel.ui.exportButton.click()
        assert str(folder) in panel.export_status
        assert "Traceback" not in panel.export_status
        assert panel.ui.exportButton.enabled

    def test_an_image_that_vanished_is_one_sentence_in_the_status(
        self, slicer, segmentation, panel, ct_folder, tmp_path, monkeypatch
    ):
        panel.choose_source_folder(ct_folder)
        panel.choose_output(tmp_path / "seg.dcm")
        file = sorted(ct_folder.glob("*.dcm"))[0]
        monkeypatch.setattr(panel.widget, "updatePanel", file.unlink)  # gone after the last look
        panel.ui.exportButton.click()
        assert file.name in panel.export_status
        assert not (tmp_path / "seg.dcm").exists()

    def test_a_defect_is_shown_and_raised_and_the_panel_works_on(
        self, slicer, segmentation, panel, tmp_path, monkeypatch
    ):
        def fail(*arguments, **options):
            raise ZeroDivisionError("a defect")

        panel.choose_output(tmp_path / "seg.dcm")
        monkeypatch.setattr(panel.widget.logic, "exportSegmentation", fail)
        panel.export()
        (raised,) = slicerhost.faults.take()
        assert isinstance(raised, ZeroDivisionError)
        assert panel.export_status == "a defect"
        assert panel.ui.exportCollapsibleButton.enabled
        assert not panel.ui.progressWidget.visible


def test_what_does_not_matter_to_the_findings_is_not_checked_again(
    segmentation, panel, tmp_path, monkeypatch
):
    checked = []
    validate = panel.widget.logic.validate

    def count(*arguments, **choices):
        checked.append(choices)
        return validate(*arguments, **choices)

    monkeypatch.setattr(panel.widget.logic, "validate", count)
    panel.choose_output(tmp_path / "seg.dcm")
    panel.ui.inputsGroupBox.collapsed = True
    assert checked == []
    panel.choose_type("Label map")
    assert len(checked) == 1
    segmentation.Modified()
    panel.settle()
    assert len(checked) == 2
    slicerhost.leave(panel.widget)
    slicerhost.enter(panel.widget)  # the user may have imported images meanwhile
    panel.settle()
    assert len(checked) == 3
