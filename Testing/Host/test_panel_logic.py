"""The logic without the panel, as from Slicer's Python console."""

import threading

import numpy as np
import pydicom
import pytest

import scenes


@pytest.fixture
def logic(module):
    import DicomSegIO

    return DicomSegIO.DicomSegIOLogic()


def segment_labels(file):
    return [item.SegmentLabel for item in pydicom.dcmread(file).SegmentSequence]


def test_the_volume_the_folder_or_the_files_can_be_the_reference(
    logic, segmentation, ct_volume, ct_folder, ct_files, tmp_path
):
    for number, reference in enumerate([None, ct_volume, ct_folder, str(ct_folder), ct_files]):
        file = tmp_path / f"{number}.dcm"
        result = logic.exportSegmentation(segmentation, file, reference)
        assert result.files == (file,)
        assert segment_labels(file) == ["Liver", "Spleen"]


def test_segments_are_chosen_by_name_or_id(logic, segmentation, tmp_path):
    spleen_id = segmentation.GetSegmentation().GetSegmentIdBySegmentName("Spleen")
    for segments in (["Spleen"], [spleen_id]):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm", segments=segments)
        assert segment_labels(tmp_path / "seg.dcm") == ["Spleen"]
    with pytest.raises(ValueError, match="no segment Tumour"):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm", segments=["Tumour"])


def test_missing_images_are_an_error_in_export_and_a_finding_in_validate(
    slicer, logic, segmentation, tmp_path
):
    import DicomSegIO

    slicer.dicomDatabase.clear()
    with pytest.raises(DicomSegIO.SourceImagesNotFound, match="3 of the 3"):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm")
    (finding,) = logic.validate(segmentation)
    assert finding.severity == "ERROR"
    assert "3 of the 3" in finding.text


def test_a_segmentation_without_a_volume_asks_for_one(slicer, logic):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    (finding,) = logic.validate(node)
    assert finding.text == "Choose the volume that was segmented, or the folder of its DICOM images."


def test_validate_blocks_what_export_would_refuse(logic, segmentation, ct_volume, tmp_path):
    from dicomsegcodec.errors import SegError

    scenes.add_segment(segmentation, ct_volume, scenes.Organ("Tumour", scenes.box(ct_volume, np.s_[0:2])))
    findings = logic.validate(segmentation, segmentationType="LABELMAP")
    assert [finding for finding in findings if finding.severity == "ERROR"]
    with pytest.raises(SegError):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm", segmentationType="LABELMAP")
    assert not (tmp_path / "seg.dcm").exists()


def test_progress_is_told_in_the_main_thread_and_can_cancel(logic, segmentation, tmp_path, slow_codec):
    from dicomsegcodec.errors import Cancelled

    told = []

    def progress(fraction, stage):
        told.append((threading.current_thread(), fraction))
        return len(told) > 2

    with pytest.raises(Cancelled):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm", progress=progress)
    assert {thread for thread, _ in told} == {threading.main_thread()}
    assert all(0 <= fraction <= 1 for _, fraction in told)
    assert not (tmp_path / "seg.dcm").exists()
    assert "DicomSegIO" not in [thread.name for thread in threading.enumerate()]


def test_a_progress_function_that_raises_leaves_no_thread_behind(logic, segmentation, tmp_path, slow_codec):
    def progress(fraction, stage):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        logic.exportSegmentation(segmentation, tmp_path / "seg.dcm", progress=progress)
    assert "DicomSegIO" not in [thread.name for thread in threading.enumerate()]


def test_a_file_is_loaded_onto_the_volume_it_belongs_to(logic, segmentation, ct_volume, tmp_path):
    logic.exportSegmentation(segmentation, tmp_path / "seg.dcm")
    for reference, expected in (("auto", ct_volume), (ct_volume, ct_volume), (None, None)):
        node = logic.loadSegmentation(tmp_path / "seg.dcm", reference)
        assert logic.referenceVolume(node) is expected
        for name in ("Liver", "Spleen"):
            wanted = scenes.voxels_of(segmentation, name, ct_volume)
            assert (scenes.voxels_of(node, name, ct_volume) == wanted).all()


def test_a_folder_with_too_many_files_is_refused_instead_of_searched(
    logic, segmentation, tmp_path, monkeypatch
):
    from DicomSegIOApp import SourceImages

    monkeypatch.setattr(SourceImages, "_MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").touch()
    (finding,) = logic.validate(segmentation, tmp_path)
    assert "too many files" in finding.text
