"""A segmentation node to a DICOM SEG file and back: nothing is lost, and nothing moves."""

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from image_series import SHAPE, TURNED, Series
from pydicom import dcmread
from segmentations import (
    REPRESENTATION,
    TISSUE_ENTRY,
    Layer,
    Looks,
    addSegmentation,
    addVolume,
    arrayOf,
    ijkToRasOf,
    state,
    voxels,
)

from dicomsegcodec.errors import ArgumentError, Cancelled
from dicomsegcodec.read import open_segmentation
from DicomSegIOLib import (
    ExportOptions,
    ExportSession,
    ImportSession,
    SegmentationNode,
    describeFile,
    exportSegmentation,
    loadSegmentation,
)

LUNG = (
    "My own list~SCT^49755003^Morphologically Abnormal Structure~SCT^4147007^Mass~SCT^7771000^Left"
    "~My own regions~SCT^39607008^Lung~SCT^261183002^Upper"
)
LIVER = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
    "~SCT^10200004^Liver~^^~Anatomic codes - DICOM master list~^^~^^"
)
SEGMENTS = {
    "liver": Looks("Fígado", (128 / 255, 174 / 255, 128 / 255), {"TerminologyEntry": LIVER}),
    "S_x8Fq": Looks(
        "肝臓 – " + "x" * 80,
        (1.0, 0.0, 0.0),
        {
            "TerminologyEntry": LUNG,
            "Description": "two lines,\nof | all ~ the ^ signs \\ there are",
            "DICOM.SegmentAlgorithmType": "SEMIAUTOMATIC",
            "DICOM.SegmentAlgorithmName": "Grow from seeds",
        },
    ),
    "empty": Looks("  leading ~ ^ | \\ signs", (0.0, 0.0, 1.0), {"Segmentation.Status": "inprogress"}),
    "Segment_1": Looks(
        "Segment_1",
        (0.0, 1.0, 250 / 255),
        {"DICOM.TrackingID": "lesion 1", "DICOM.TrackingUID": "1.2.3", "own tag": "own: value"},
    ),
}


def pixels(*labels: int, shape=(4, 8, 6), dtype=np.uint8, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).choice([0, 0, *labels], shape).astype(dtype)


APART = [
    Layer(pixels(1, 2), {"liver": 1, "S_x8Fq": 2}, (3, 4, 1)),
    Layer(pixels(300, shape=(1, 3, 4), dtype=np.int16), {"Segment_1": 300}, (0, 0, 0)),
]
OVERLAPPING = [
    Layer(pixels(1, 2), {"liver": 1, "S_x8Fq": 2}, (3, 4, 1)),
    Layer(pixels(7, seed=2, dtype=np.uint16), {"Segment_1": 7}, (2, 3, 2)),
]


@dataclass
class Seen:
    """All of a node that a user sees."""

    names: list[str]
    ids: list[str]
    colors: list[tuple[float, ...]]
    tags: list[dict[str, str]]

    @classmethod
    def of(cls, node) -> "Seen":
        segmentation = node.GetSegmentation()
        segments = [segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments())]
        return cls(
            [segment.GetName() for segment in segments],
            list(segmentation.GetSegmentIDs()),
            [segment.GetColor() for segment in segments],
            [SegmentationNode.readTags(segment) for segment in segments],
        )


def assertSameVoxels(one, other, volume, otherVolume=None) -> None:
    for segmentId in one.GetSegmentation().GetSegmentIDs():
        np.testing.assert_array_equal(
            voxels(other, segmentId, otherVolume or volume), voxels(one, segmentId, volume), segmentId
        )


@pytest.mark.parametrize(
    ("kind", "layers"),
    [("BINARY", APART), ("BINARY", OVERLAPPING), ("LABELMAP", APART)],
    ids=["BINARY", "BINARY overlapping", "LABELMAP"],
)
def test_everything_comes_back(scene, volume, oblique, tmp_path, kind, layers) -> None:
    node = addSegmentation(scene, SEGMENTS, layers, volume=volume, name="Ségmentation")
    before = state(scene)
    options = ExportOptions(segmentationType=kind)
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    assert state(scene) == before
    assert result.files == (tmp_path / "seg.dcm",)
    assert dcmread(result.files[0]).SegmentationType == kind

    back = loadSegmentation(result.files[0], scene)
    assert Seen.of(back) == Seen.of(node)
    assert Seen.of(node).tags[2] == {"TerminologyEntry": TISSUE_ENTRY, "Segmentation.Status": "inprogress"}
    assertSameVoxels(node, back, volume)
    assert voxels(back, "liver", volume).any() and not voxels(back, "empty", volume).any()
    assert back.GetName() == "Ségmentation"
    assert back.GetNodeReference("referenceImageGeometryRef") is volume
    assert back.GetDisplayNode() is not None
    matrix = vtk.vtkMatrix4x4()
    for segmentId in ("liver", "Segment_1"):
        back.GetSegmentation().GetSegment(segmentId).GetRepresentation(REPRESENTATION).GetImageToWorldMatrix(
            matrix
        )
        np.testing.assert_allclose(arrayOf(matrix), ijkToRasOf(oblique.images), rtol=0, atol=1e-6)
    newNodes = 2 if back.GetDisplayNode() else 1
    assert scene.GetNumberOfNodes() == len(before["nodes"]) + newNodes

    exportSegmentation(back, tmp_path / "again.dcm", oblique.files, options)
    again = loadSegmentation(tmp_path / "again.dcm", scene)
    assert Seen.of(again) == Seen.of(node)
    assertSameVoxels(node, again, volume)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_volume_that_runs_against_the_series(scene, oblique, tmp_path, kind, keep) -> None:
    volume = addVolume(scene, oblique.images[::-1])
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    options = ExportOptions(segmentationType=kind, keepEmptyFrames=keep)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assert back.GetNodeReference("referenceImageGeometryRef") is volume
    assertSameVoxels(node, back, volume)
    other = addVolume(scene, oblique.images)
    assertSameVoxels(node, loadSegmentation(tmp_path / "seg.dcm", scene, other), volume, volume)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_single_slice_whatever_distance_slicer_gives_it(scene, tmp_path, kind) -> None:
    series = Series(tmp_path / "images", shape=(1, 14, 11), turned=TURNED)
    volume = addVolume(scene, series.images)
    volume.SetSpacing(*volume.GetSpacing()[:2], 1.0)
    layers = [Layer(pixels(1, 2, shape=(1, 5, 6)), {"liver": 1, "S_x8Fq": 2}, (3, 4, 0))]
    node = addSegmentation(scene, SEGMENTS, layers, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", series.files, ExportOptions(segmentationType=kind))
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assertSameVoxels(node, back, volume)
    assert voxels(back, "liver", volume).any()


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_hundred_segments(scene, volume, oblique, tmp_path, kind) -> None:
    segments = {f"s{n}": Looks(f"segment {n}", (n / 255, 0.2, (255 - n) / 255)) for n in range(1, 101)}
    layers = [Layer(pixels(*range(1, 101), shape=SHAPE), {f"s{n}": n for n in range(1, 101)})]
    node = addSegmentation(scene, segments, layers, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, ExportOptions(segmentationType=kind))
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assert Seen.of(back) == Seen.of(node)
    assertSameVoxels(node, back, volume)


def test_more_than_255_segments_in_a_label_map(scene, volume, oblique, tmp_path) -> None:
    segments = {f"s{n}": Looks(f"segment {n}") for n in range(1, 301)}
    layers = [
        Layer(pixels(*range(1, 301), shape=SHAPE, dtype=np.uint16), {f"s{n}": n for n in range(1, 301)})
    ]
    node = addSegmentation(scene, segments, layers, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, ExportOptions(segmentationType="LABELMAP"))
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assertSameVoxels(node, back, volume)


def test_chosen_segments(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, OVERLAPPING, volume=volume)
    exportSegmentation(
        node, tmp_path / "seg.dcm", oblique.files, ExportOptions(segmentIds=("Segment_1", "S_x8Fq"))
    )
    assert [segment["number"] for segment in describeFile(tmp_path / "seg.dcm")["segments"]] == [1, 2]
    back = loadSegmentation(tmp_path / "seg.dcm", scene)
    assert back.GetSegmentation().GetSegmentIDs() == ("S_x8Fq", "Segment_1")
    for segmentId in ("S_x8Fq", "Segment_1"):
        np.testing.assert_array_equal(voxels(back, segmentId, volume), voxels(node, segmentId, volume))


def test_segments_of_the_loaded_node_share_images_as_they_can(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, OVERLAPPING, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    back = loadSegmentation(tmp_path / "seg.dcm", scene).GetSegmentation()
    images = [
        back.GetSegment(name).GetRepresentation(REPRESENTATION) for name in ("liver", "S_x8Fq", "Segment_1")
    ]
    assert images[0] is images[1] and images[2] is not images[0]


# --- options and words of the file --------------------------------------------------------------------------


def test_options_stand_in_the_file(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    options = ExportOptions(
        seriesDescription="Mine",
        seriesNumber=77,
        contentLabel="LABEL",
        contentDescription="what",
        contentCreatorName="A^B",
    )
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, options)
    header = dcmread(tmp_path / "seg.dcm")
    assert (header.SeriesDescription, header.SeriesNumber, header.ContentLabel) == ("Mine", 77, "LABEL")
    assert (header.ContentDescription, header.ContentCreatorName) == ("what", "A^B")
    assert header.PatientName == oblique.images[0].PatientName
    assert header.StudyInstanceUID == oblique.images[0].StudyInstanceUID


def test_a_node_may_be_called_anything(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    node.SetName("Leber\\Milz" + "ü" * 80)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    header = dcmread(tmp_path / "seg.dcm")
    assert header.SeriesDescription == ("Leber/Milz" + "ü" * 80)[:64]
    with pytest.raises(ArgumentError, match="64"):
        exportSegmentation(node, tmp_path / "x.dcm", oblique.files, ExportOptions(seriesDescription="x" * 65))


def test_a_folder_is_as_good_as_its_files(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.folder)
    assert len(open_segmentation(tmp_path / "seg.dcm").source_instances) == len(oblique.files)


def test_what_a_file_says(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, ExportOptions(segmentationType="LABELMAP"))
    said = describeFile(tmp_path / "seg.dcm")
    segments, series, spacing = (
        said.pop("segments"),
        said.pop("referencedSeries"),
        said["grid"].pop("spacingMm"),
    )
    assert said == {
        "type": "LABELMAP",
        "sopClass": "Label Map Segmentation Storage",
        "transferSyntax": "Explicit VR Little Endian",
        "bits": 8,
        "frames": 5,
        "rows": SHAPE[1],
        "columns": SHAPE[2],
        "seriesDescription": "segmentation",
        "overlap": "NO",
        "background": 0,
        "grid": {"isRegular": True, "planes": 5, "isTiled": False, "timePoints": [], "reason": ""},
        "findings": [],
    }
    np.testing.assert_allclose(spacing, (2.5, 0.75, 0.5), rtol=1e-6)
    assert [entry["uid"] for entry in series] == [oblique.images[0].SeriesInstanceUID]
    assert sorted(series[0]["instances"]) == sorted(str(image.SOPInstanceUID) for image in oblique.images)
    assert segments[0] == {
        "number": 1,
        "label": "Fígado",
        "category": "Anatomical Structure",
        "type": "Liver",
        "region": "",
        "algorithm": "MANUAL",
        "color": SEGMENTS["liver"].color,
        "frames": None,
        "isEmpty": False,
    }
    assert [segment["isEmpty"] for segment in segments] == [False, False, True, False]
    assert [segment["number"] for segment in segments] == [1, 2, 3, 4]


# --- which volume -------------------------------------------------------------------------------------------


@pytest.fixture
def file(scene, volume, oblique, tmp_path) -> Path:
    """A SEG file, and nothing of it in the scene but the volume."""
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    scene.RemoveNode(node)
    return tmp_path / "seg.dcm"


def test_the_volume_is_found_by_its_images(scene, volume, oblique, file, tmp_path) -> None:
    other = Series(tmp_path / "other", shape=SHAPE, turned=TURNED)
    addVolume(scene, other.images, "another series")
    plain = addVolume(scene, oblique.images, "not from DICOM")
    plain.RemoveAttribute("DICOM.instanceUIDs")
    part = addVolume(scene, oblique.images, "first slice")
    part.SetAttribute("DICOM.instanceUIDs", str(oblique.images[0].SOPInstanceUID))
    assert loadSegmentation(file, scene).GetNodeReference("referenceImageGeometryRef") is volume


def test_the_volume_of_another_series_is_not_taken(file, tmp_path) -> None:
    scene = slicer.vtkMRMLScene()
    addVolume(scene, Series(tmp_path / "other", shape=SHAPE, turned=TURNED).images)
    assert loadSegmentation(file, scene).GetNodeReferenceID("referenceImageGeometryRef") is None


def test_a_volume_can_be_given(scene, volume, oblique, file) -> None:
    given = addVolume(scene, oblique.images, "the same again")
    assert loadSegmentation(file, scene, given).GetNodeReference("referenceImageGeometryRef") is given


def test_without_the_volume_the_source_geometry_stays_open(oblique, file) -> None:
    empty = slicer.vtkMRMLScene()
    node = loadSegmentation(file, empty)
    geometry = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    assert node.GetSegmentation().GetConversionParameter(geometry) == ""
    assert node.GetNodeReferenceID("referenceImageGeometryRef") is None
    volume = addVolume(empty, oblique.images)
    again = loadSegmentation(file, empty)
    assertSameVoxels(again, node, volume)


def test_no_volume_is_looked_for_if_none_is_wanted(scene, volume, file) -> None:
    assert loadSegmentation(file, scene, None).GetNodeReferenceID("referenceImageGeometryRef") is None


def test_a_volume_that_comes_later_becomes_the_source_geometry(oblique, file) -> None:
    scene, logic = slicer.vtkMRMLScene(), slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)  # it hears of UIDs, as in the application
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    node = loadSegmentation(file, scene)
    item = hierarchy.GetItemByDataNode(node)
    uids = hierarchy.GetItemAttribute(item, "DICOM.ReferencedInstanceUIDs").split()
    assert sorted(uids) == sorted(str(image.SOPInstanceUID) for image in oblique.images)
    volume = addVolume(scene, oblique.images)
    later = hierarchy.CreateItem(hierarchy.GetSceneItemID(), volume)
    hierarchy.SetItemUID(later, "DICOMInstanceUID", volume.GetAttribute("DICOM.instanceUIDs"))
    assert node.GetNodeReference("referenceImageGeometryRef") is volume


def test_the_node_knows_its_file(scene, volume, file) -> None:
    node = loadSegmentation(file, scene)
    assert node.GetAttribute("DICOM.instanceUIDs") == dcmread(file).SOPInstanceUID


def test_a_volume_on_another_grid_is_not_used_and_that_is_said(scene, volume, oblique, file) -> None:
    volume.SetSpacing(0.9, 0.9, 2.5)
    session = ImportSession(file, scene, "auto")
    session.run()
    node = session.finish().segmentationNode
    assert ["does not lie on the voxels of volume 'volume'" in f.text for f in session.findings] == [True]
    assert node.GetNodeReferenceID("referenceImageGeometryRef") is None
    assertSameVoxels(node, loadSegmentation(file, scene, None), addVolume(scene, oblique.images))


def test_a_moved_volume_takes_its_segmentation_along(scene, volume, oblique, file, tmp_path) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 12.5)
    transform.SetMatrixTransformToParent(matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    node = loadSegmentation(file, scene)
    assert node.GetParentTransformNode() is transform
    exportSegmentation(node, tmp_path / "again.dcm", oblique.files)
    again = loadSegmentation(tmp_path / "again.dcm", scene)
    assertSameVoxels(node, again, volume)


# --- threads, progress, cancel ------------------------------------------------------------------------------


def test_the_work_runs_in_another_thread(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    session = ExportSession(node, oblique.files, tmp_path / "seg.dcm")
    session.prepare()
    thread = threading.Thread(target=session.run)
    thread.start()
    thread.join()
    assert session.result.files == (tmp_path / "seg.dcm",)
    loading = ImportSession(tmp_path / "seg.dcm", scene, "auto")
    thread = threading.Thread(target=loading.run)
    thread.start()
    thread.join()
    assertSameVoxels(node, loading.finish().segmentationNode, volume)


def test_what_is_written_is_taken_from_the_node_first(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    session = ExportSession(node, oblique.files, tmp_path / "seg.dcm")
    with pytest.raises(RuntimeError, match="prepare"):
        session.run()
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_forward_and_names_its_stages(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    steps: list[tuple[float, str]] = []
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, progress=lambda *step: steps.append(step))
    fractions = [fraction for fraction, _ in steps]
    assert fractions == sorted(fractions) and fractions[0] >= 0 and 0.2 < fractions[-1] <= 1
    assert len({stage for _, stage in steps}) >= 2


@pytest.mark.parametrize("step", range(4))
def test_a_cancelled_export_leaves_nothing(scene, volume, oblique, tmp_path, step) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    before = state(scene)
    steps: list[str] = []

    def progress(_fraction: float, stage: str) -> bool:
        steps.append(stage)
        return len(steps) > step * 2

    with pytest.raises(Cancelled):
        exportSegmentation(node, tmp_path / "seg.dcm", oblique.files, progress=progress)
    assert list(tmp_path.iterdir()) == []
    assert state(scene) == before


def test_a_cancelled_import_leaves_nothing(scene, volume, file) -> None:
    before = state(scene)
    with pytest.raises(Cancelled):
        loadSegmentation(file, scene, progress=lambda _fraction, _stage: True)
    assert state(scene) == before


# --- .seg.nrrd ----------------------------------------------------------------------------------------------


def test_a_loaded_segmentation_goes_through_slicers_own_file(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, SEGMENTS, APART, volume=volume)
    node.GetSegmentation().GetSegment("S_x8Fq").SetTag("Description", "of all ~ the ^ signs")
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    loaded = loadSegmentation(tmp_path / "seg.dcm", scene)
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(tmp_path / "loaded.seg.nrrd"))
    assert storage.WriteData(loaded)
    back = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert storage.ReadData(back)
    tags = [SegmentationNode.readTags(back.GetSegmentation().GetNthSegment(n)) for n in range(4)]
    assert [
        {k: v for k, v in mine.items() if k in old}
        for mine, old in zip(tags, Seen.of(loaded).tags, strict=True)
    ] == Seen.of(loaded).tags
    assertSameVoxels(loaded, back, volume)
