"""What is said before an export."""

import shutil

import numpy as np
import pytest
import slicer
import vtk
from pydicom import dcmread
from segmentations import SURFACE, TISSUE_ENTRY, Layer, Looks, addSegmentation, state
from test_mrml_round_trip import LIVER, LUNG

from DicomSegIOLib import ExportOptions, exportSegmentation, validateExport

ONES = np.ones((2, 3, 4), np.uint8)
CODED = {"TerminologyEntry": LIVER}


def said(node, files, **options) -> list[tuple[str, str]]:
    return [
        (str(finding.severity), finding.text)
        for finding in validateExport(node, files, ExportOptions(**options))
    ]


def test_nothing_is_said_about_a_segmentation_that_is_all_right(scene, volume, oblique) -> None:
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=volume)
    before = state(scene)
    assert said(node, oblique.files) == []
    assert said(node, oblique.folder) == []
    assert validateExport(node, oblique.files) == []
    assert state(scene) == before


def test_everything_that_is_doubtful_is_said_at_once(scene, volume, oblique) -> None:
    node = addSegmentation(
        scene,
        {
            "a": Looks("A", tags={"TerminologyEntry": TISSUE_ENTRY}),
            "b": Looks("B" * 65, tags=CODED),
            "c": Looks("C"),
            "d": Looks("D", tags={"TerminologyEntry": "nonsense"}),
        },
        [Layer(ONES, {"a": 1, "b": 2})],
        volume=volume,
    )
    assert said(node, oblique.files) == [
        ("WARNING", "Segment 'D' has no terminology that can be read; Tissue is written."),
        ("WARNING", "3 segments have still the default code Tissue."),
        ("NOTE", "1 segment has a name longer than 64 characters; other programs show its beginning only."),
        ("NOTE", "3 segments have no voxel; the file only describes them."),
    ]


def test_the_same_is_found_by_the_export(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A", tags={"TerminologyEntry": "nonsense"})},
        [Layer(ONES, {"a": 1})],
        volume=volume,
    )
    result = exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    assert [finding.text for finding in result.findings] == [
        "Segment 'A' has no terminology that can be read; Tissue is written."
    ]


@pytest.mark.parametrize("files", [None, [], ()])
def test_no_source_image(scene, volume, files) -> None:
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=volume)
    assert said(node, files) == [("ERROR", "No source image: choose the volume that was segmented.")]


def test_missing_source_files_are_counted(scene, volume, oblique, tmp_path) -> None:
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=volume)
    ((severity, text),) = said(node, [*oblique.files[:-2], tmp_path / "x.dcm", tmp_path / "y.dcm"])
    assert severity == "ERROR" and text.startswith("2 of 6 source files are missing; the first is ")
    ((severity, text),) = said(node, tmp_path / "nowhere")
    assert severity == "ERROR" and text.startswith("There is no file or folder ")


def test_no_segmentation(oblique) -> None:
    assert said(None, oblique.files) == [("ERROR", "No segmentation: choose the one to export.")]
    assert len(said(None, None)) == 2


def test_several_errors_come_together(scene, volume) -> None:
    tags = {"DICOM.SegmentAlgorithmType": "AUTOMATIC"} | CODED
    node = addSegmentation(scene, {"a": Looks("A", tags=tags)}, [Layer(ONES, {"a": 1})], volume=volume)
    texts = [text for severity, text in said(node, [], contentLabel="x") if severity == "ERROR"]
    assert ["Content Label" in texts[0], "No source image" in texts[1], "no algorithm name" in texts[2]] == [
        True
    ] * 3
    assert len(texts) == 3


def test_overlap_is_said_for_a_label_map_only(scene, volume, oblique) -> None:
    segments = {"a": Looks("A", tags=CODED), "b": Looks("B", tags={"TerminologyEntry": LUNG})}
    far = addSegmentation(
        scene, segments, [Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1}, (5, 5, 3))], volume=volume
    )
    near = addSegmentation(
        scene, segments, [Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1}, (3, 2, 1))], volume=volume
    )
    for node in (far, near):
        assert said(node, oblique.files) == []
    assert said(far, oblique.files, segmentationType="LABELMAP") == []
    assert said(near, oblique.files, segmentationType="LABELMAP", segmentIds=("a",)) == []
    ((severity, text),) = said(near, oblique.files, segmentationType="LABELMAP")
    assert severity == "ERROR" and "'A'" in text and "'B'" in text and "overlap in 1 voxels" in text


def test_segments_of_one_label_and_image_overlap(scene, volume, oblique) -> None:
    segments = {"a": Looks("A", tags=CODED), "b": Looks("B", tags=CODED)}
    node = addSegmentation(scene, segments, [Layer(ONES, {"a": 1, "b": 1})], volume=volume)
    ((severity, text),) = said(node, oblique.files, segmentationType="LABELMAP")
    assert severity == "ERROR" and "overlap" in text


def test_surfaces_are_not_converted_just_to_look(scene, volume, oblique) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.GetSegmentation().SetSourceRepresentationName(SURFACE)
    segment = slicer.vtkSegment()
    segment.SetName("A")
    segment.SetTag("TerminologyEntry", LIVER)
    segment.AddRepresentation(SURFACE, vtk.vtkPolyData())
    assert node.GetSegmentation().AddSegment(segment, "a")
    ((severity, text),) = said(node, oblique.files)
    assert severity == "ERROR" and "set its source geometry" in text
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    before = state(scene)
    assert said(node, oblique.files) == [
        ("NOTE", "The segments are stored as Closed surface; the export makes voxels of them.")
    ]
    assert state(scene) == before


@pytest.mark.parametrize("whole", [True, False], ids=["folder", "files"])
def test_headers_are_read_again_when_a_file_has_changed(scene, volume, oblique, tmp_path, whole) -> None:
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=volume)
    files = [shutil.copy(file, tmp_path) for file in oblique.files]
    given = tmp_path if whole else files
    assert said(node, given) == said(node, given) == []
    image = dcmread(files[2])
    image.ImagePositionPatient[2] += 1
    image.save_as(files[2])
    ((severity, _),) = said(node, given)
    assert severity == "ERROR"
