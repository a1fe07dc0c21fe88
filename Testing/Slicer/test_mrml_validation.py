"""What is said before an export."""

import shutil
import warnings

import numpy as np
import pytest
import slicer
import vtk
from pydicom import dcmread
from segmentations import SURFACE, TISSUE_ENTRY, Layer, Looks, addSegmentation, addVolume, ijkToRasOf, state
from test_mrml_round_trip import LIVER, LUNG

from DicomSegIOLib import (
    ExportOptions,
    estimateSize,
    exportSegmentation,
    possibleCompressions,
    validateExport,
)
from DicomSegIOLib.Findings import FIXES, OPTIONS
from series import make_series, write_series

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
    assert severity == "ERROR" and "'A'" in text and "'B'" in text and "overlap in 1 voxel;" in text


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
    ((severity, text),) = said(node, given)
    assert severity == "NOTE" and "not evenly spaced" in text


# --- what could be done about it ----------------------------------------------------------------------------


def found(node, files, *, estimate: bool = False, fractionVolumes=None, **options):
    return validateExport(node, files, ExportOptions(**options), fractionVolumes, estimate)


def one(node, files, severity: str = "ERROR", **options):
    """Return the only finding of a severity."""
    (finding,) = [f for f in found(node, files, **options) if f.severity == severity]
    assert all(fix in FIXES for fix in finding.fixes)
    assert finding.fix == (finding.fixes[0] if finding.fixes else "")
    return finding


@pytest.fixture
def plain(scene, volume):
    return addSegmentation(scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=volume)


def test_every_fix_is_one_that_a_panel_can_know() -> None:
    assert set(OPTIONS) < set(FIXES)
    for key, changes in OPTIONS.items():
        ExportOptions(**changes).forCodec()
        assert FIXES[key][0].isupper() and not FIXES[key].endswith(".")


def test_options_that_fix_a_finding_do(scene, volume, oblique) -> None:
    fine = ijkToRasOf(oblique.images) @ np.diag([0.5, 0.5, 1, 1])
    pair = {"a": Looks("A"), "b": Looks("B")}
    label = {"segmentationType": "LABELMAP"}
    cases = [
        ([Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1})], label),
        ([Layer(ONES, {"a": 1}, ijkToRas=fine)], {}),
        ([Layer(ONES, {"a": 1}, (-2, 0, 0))], {}),
        ([Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1}, (5, 5, 3))], label | {"segmentNumbers": "KEEP"}),
        ([Layer(ONES, {"a": 1})], {"compression": "RLE"}),
    ]
    tried = set()
    for layers, options in cases:
        node = addSegmentation(scene, pair, layers, volume=volume)
        finding = one(node, oblique.files, **options)
        for key in set(finding.fixes) & set(OPTIONS):
            fixed = found(node, oblique.files, **(options | OPTIONS[key]))
            assert not [f for f in fixed if f.severity == "ERROR"], (key, fixed)
            tried.add(key)
    assert tried == set(OPTIONS) - {"writeLabelMap"}


def test_fixes_of_inputs(scene, volume, oblique, plain, tmp_path) -> None:
    assert one(plain, None).fixes == ("chooseReference", "chooseFolder")
    assert one(plain, [*oblique.files, tmp_path / "x.dcm"]).fix == "chooseFolder"
    assert one(plain, tmp_path / "nowhere").fix == "chooseFolder"
    assert one(None, oblique.files).fix == "chooseSegmentation"
    assert one(plain, oblique.files, segmentIds=()).fix == "chooseSegments"
    assert one(plain, oblique.files, contentLabel="small letters").fix == "changeOptions"
    (tmp_path / "text.dcm").write_text("no image")
    assert one(plain, [*oblique.files, tmp_path / "text.dcm"]).fix == "chooseFolder"
    empty = addSegmentation(scene, {}, [], ijkToRas=np.eye(4))
    assert one(empty, oblique.files).fix == "chooseSegmentation"


def test_fixes_of_segments_name_them(scene, volume, oblique) -> None:
    node = addSegmentation(
        scene,
        {
            "u": Looks("Uncoded", tags={"TerminologyEntry": TISSUE_ENTRY}),
            "l": Looks("L" * 70, tags=CODED),
            "n": Looks("Nonsense", tags={"TerminologyEntry": "x"}),
            "e": Looks("Empty", tags=CODED),
        },
        [Layer(np.arange(1, 4, dtype=np.uint8)[None, None].repeat(2, 0), {"u": 1, "l": 2, "n": 3})],
        volume=volume,
    )
    assert [(f.fix, f.segmentIds) for f in found(node, oblique.files)] == [
        ("matchCodes", ("n",)),
        ("matchCodes", ("u", "n")),
        ("renameLong", ("l",)),
        ("", ("e",)),
    ]
    unnamed = addSegmentation(
        scene,
        {"a": Looks("A", tags={"DICOM.SegmentAlgorithmType": "AUTOMATIC"} | CODED)},
        [Layer(ONES, {"a": 1})],
        volume=volume,
    )
    finding = one(unnamed, oblique.files)
    assert (finding.fix, finding.segmentIds) == ("nameAlgorithm", ("a",))


def test_what_is_mended_in_the_source_is_said(scene, tmp_path) -> None:
    with warnings.catch_warnings(action="ignore"):
        images = make_series((3, 6, 5), PatientAge="42")[::-1]
        files = write_series(tmp_path, images)
    volume = addVolume(scene, images)
    layers = [Layer(ONES[:, :, :2], {"a": 1})]
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, layers, volume=volume)
    (finding,) = found(node, files)
    assert "PatientAge" in finding.where + finding.text and finding.severity != "ERROR"
    result = exportSegmentation(node, tmp_path / "seg.dcm", files)
    assert finding.text in [f.text for f in result.findings]


def test_a_tilt_is_said(scene, tmp_path) -> None:
    images = make_series((4, 6, 5))
    for k, image in enumerate(images):
        position = np.add(np.array(image.ImagePositionPatient, float), [0, 0.6 * k, 0])
        image.ImagePositionPatient = [f"{v:.8g}" for v in position]
    images = images[::-1]
    files = write_series(tmp_path, images)
    volume = addVolume(scene, images)
    layers = [Layer(ONES[:, :, :2], {"a": 1})]
    node = addSegmentation(scene, {"a": Looks("A", tags=CODED)}, layers, volume=volume)
    assert said(node, files) == [
        ("NOTE", "The images are tilted by 13.5 degrees against their stack; each keeps its position.")
    ]


def test_a_transform_is_said(scene, volume, oblique, plain) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    matrix = vtk.vtkMatrix4x4()
    for axis, value in enumerate(ijkToRasOf(oblique.images)[:3, 2]):
        matrix.SetElement(axis, 3, value)  # a slice further
    transform.SetMatrixTransformToParent(matrix)
    plain.SetAndObserveTransformNodeID(transform.GetID())
    finding = one(plain, oblique.files, "NOTE")
    assert finding.fix == "hardenTransform" and "it is applied" in finding.text


def test_a_compression_that_cannot_be_is_said_before(plain, oblique) -> None:
    for key, words in {"JPEGLS": "at least 16 x 16", "JPEG2000": "at least 32 x 32"}.items():
        finding = one(plain, oblique.files, segmentationType="LABELMAP", compression=key)
        assert words in finding.text and finding.fix == "noCompression"


def test_a_missing_package_is_a_finding(scene, tmp_path, monkeypatch) -> None:
    from dicomsegcodec.codecs.packages import OptionalPackage

    images = make_series((2, 40, 36))[::-1]
    files = write_series(tmp_path, images)
    node = addSegmentation(
        scene, {"a": Looks("A", tags=CODED)}, [Layer(ONES, {"a": 1})], volume=addVolume(scene, images)
    )
    assert found(node, files, compression="JPEG2000") == []
    monkeypatch.setattr(OptionalPackage, "find", lambda self: None)
    finding = one(node, files, compression="JPEG2000")
    assert "pylibjpeg-openjpeg" in finding.text and finding.fixes == ("installPackage", "noCompression")


# --- nothing is looked at twice -----------------------------------------------------------------------------


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """What was looked at: voxels of layers, headers of images, words of segments."""
    from dicomsegcodec import occupancy, sources
    from DicomSegIOLib import Terminology

    seen: list[str] = []

    def spy(module, name: str, word: str) -> None:
        real = getattr(module, name)

        def call(*arguments, **keywords):
            layered = arguments[0]
            if word != "voxels" or layered.layers or layered.fractions:
                seen.append(word)
            return real(*arguments, **keywords)

        monkeypatch.setattr(module, name, call)

    spy(occupancy, "find_occupancy", "voxels")
    spy(sources, "read_sources", "headers")
    spy(Terminology, "describeSegment", "words")
    return seen


def test_what_has_not_changed_is_not_looked_at_again(scene, volume, oblique, looks, tmp_path) -> None:
    files = [shutil.copy(file, tmp_path) for file in oblique.files]
    node = addSegmentation(
        scene,
        {"a": Looks("A", tags=CODED), "b": Looks("B", tags=CODED)},
        [Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1}, (5, 5, 3))],
        volume=volume,
    )

    def again(**options) -> list[str]:
        looks.clear()
        assert not [f for f in found(node, files, **options) if f.severity == "ERROR"]
        return sorted(looks)

    assert again() == ["headers", "voxels", "voxels", "words", "words"]
    assert again() == []
    assert again(segmentationType="LABELMAP", seriesDescription="x") == []
    assert again(segmentIds=("a",)) == []
    segment = node.GetSegmentation().GetSegment("a")
    segment.SetName("new")
    assert again() == ["words"]
    image = segment.GetRepresentation("Binary labelmap")
    image.GetPointData().GetScalars().SetValue(0, 0)
    image.GetPointData().GetScalars().Modified()
    assert again() == ["voxels"]
    header = dcmread(files[0])
    header.SeriesDescription = "new"
    header.save_as(files[0])
    assert again() == ["headers"]
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    matrix = vtk.vtkMatrix4x4()
    for axis, value in enumerate(ijkToRasOf(oblique.images)[:3, 2]):
        matrix.SetElement(axis, 3, value)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert again(outside="CUT") == ["voxels", "voxels"]
    for _ in range(5):
        again(segmentIds=("b",))
    node.SetAndObserveTransformNodeID(None)
    assert again() == ["voxels", "voxels", "words", "words"]  # what nobody asked for is forgotten


def test_a_change_of_voxels_changes_what_is_said(scene, volume, oblique) -> None:
    node = addSegmentation(
        scene,
        {"a": Looks("A", tags=CODED), "b": Looks("B", tags=CODED)},
        [Layer(ONES, {"a": 1}), Layer(np.zeros((6, 14, 11), np.uint8), {"b": 1})],
        volume=volume,
    )
    image = node.GetSegmentation().GetSegment("b").GetRepresentation("Binary labelmap")
    scalars = image.GetPointData().GetScalars()
    label = {"segmentationType": "LABELMAP"}
    ((_, text),) = said(node, oblique.files, **label)
    assert text == "1 segment has no voxel; the file only describes it."
    scalars.SetValue(0, 1)
    scalars.Modified()
    assert "'A' and 'B' overlap in 1 voxel" in one(node, oblique.files, **label).text
    scalars.SetValue(0, 0)
    scalars.SetValue(scalars.GetNumberOfValues() - 1, 1)
    scalars.Modified()
    assert said(node, oblique.files, **label) == []


# --- how large ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segmentationType", "compression"),
    [
        (segmentationType, row.key)
        for segmentationType in ("BINARY", "LABELMAP", "FRACTIONAL")
        for row in possibleCompressions(segmentationType)
        if row.isPossible
    ],
)
def test_the_estimate_is_near_the_file(scene, tmp_path, segmentationType, compression) -> None:
    images = make_series((24, 160, 160))[::-1]
    files = write_series(tmp_path, images)
    k, j, i = np.ogrid[:24, :160, :160]
    pixels = np.zeros((24, 160, 160), np.uint8)
    for n in range(1, 6):
        pixels[(k - 4 * n) ** 2 * 60 + (j - 28 * n) ** 2 + (i - 80) ** 2 < 30**2] = n
    node = addSegmentation(
        scene,
        {str(n): Looks(str(n), tags=CODED) for n in range(1, 6)},
        [Layer(pixels, {str(n): n for n in range(1, 6)})],
        volume=addVolume(scene, images),
    )
    options = ExportOptions(segmentationType=segmentationType, compression=compression)
    size = estimateSize(node, files, options)
    (path,) = exportSegmentation(node, tmp_path / "seg.dcm", files, options).files
    assert size.files == 1
    assert size.frames == dcmread(path).NumberOfFrames
    assert abs(size.bytes / path.stat().st_size - 1) < 0.25
    if segmentationType == "LABELMAP":
        assert size.labelMapBytes is None
        return
    assert size.labelMapFrames <= size.frames
    asLabels = ExportOptions(segmentationType="LABELMAP", compression=compression)
    (path,) = exportSegmentation(node, tmp_path / "labels.dcm", files, asLabels).files
    assert abs(size.labelMapBytes / path.stat().st_size - 1) < 0.25
    told = found(node, files, segmentationType=segmentationType, compression=compression, estimate=True)
    assert told[-1].text == f"Estimated: {size}."
    assert (told[-1].fix == "writeLabelMap") == (2 * size.labelMapBytes < size.bytes)


def test_the_estimate_of_several_files(scene, volume, oblique, tmp_path) -> None:
    layers = [Layer(ONES, {"a": 1}), Layer(ONES, {"b": 1})]
    node = addSegmentation(scene, {"a": Looks("A"), "b": Looks("B")}, layers, volume=volume)
    size = estimateSize(node, oblique.files, ExportOptions(segmentationType="LABELMAP", overlap="SPLIT"))
    assert (size.frames, size.files) == (4, 2)
    assert str(size).startswith("4 frames, ") and str(size).endswith(" in 2 files")


def test_sizes_are_said_in_the_users_words() -> None:
    from DicomSegIOLib.Estimating import sizeText

    assert [sizeText(n) for n in (1, 999_999, 1_900_000, 565_000_000, 4_000_000_000)] == [
        "1 kB", "1000 kB", "1.9 MB", "565 MB", "4 GB"
    ]  # fmt: skip
