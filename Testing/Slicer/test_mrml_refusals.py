"""What cannot be exported or loaded: the right error, nothing left behind, node and scene as they were."""

import os
import shutil

import numpy as np
import pytest
from image_series import SHAPE, TURNED, Series
from segmentations import Layer, Looks, addSegmentation, ijkToRasOf, state

from dicomsegcodec import errors
from DicomSegIOLib import ExportOptions, describeFile, exportSegmentation, loadSegmentation, validateExport
from series import make_series, write_series

ONES = np.ones((2, 3, 4), np.uint8)
AUTOMATIC = {"DICOM.SegmentAlgorithmType": "AUTOMATIC"}


@pytest.fixture
def node(scene, volume):
    return addSegmentation(
        scene,
        {"a": Looks("Liver"), "b": Looks("Tumor")},
        [Layer(ONES, {"a": 1}, (1, 1, 1)), Layer(ONES, {"b": 1}, (2, 2, 2))],
        volume=volume,
    )


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def refuse(scene, node, out, files, error: type, words: str, options: ExportOptions | None = None) -> None:
    """Check that an export is refused, that validation says the same, and that nothing happened."""
    before = state(scene)
    with pytest.raises(error, match=words):
        exportSegmentation(node, out / "seg.dcm", files, options)
    assert state(scene) == before
    assert list(out.iterdir()) == []
    blocking = [
        str(finding.text) for finding in validateExport(node, files, options) if finding.severity == "ERROR"
    ]
    assert len(blocking) == 1
    assert state(scene) == before


def test_no_segments(scene, oblique, out) -> None:
    node = addSegmentation(scene, {}, [], ijkToRas=np.eye(4))
    refuse(scene, node, out, oblique.files, errors.ArgumentError, "no segments")


def test_unknown_ids(scene, node, oblique, out) -> None:
    options = ExportOptions(segmentIds=("a", "x"))
    refuse(
        scene,
        node,
        out,
        oblique.files,
        errors.ArgumentError,
        "no segment with the ID x; it has a, b",
        options,
    )


def test_no_chosen_segment(scene, node, oblique, out) -> None:
    options = ExportOptions(segmentIds=())
    refuse(scene, node, out, oblique.files, errors.ArgumentError, "No segment is chosen", options)


def test_overlap_in_a_label_map(scene, node, oblique, out) -> None:
    options = ExportOptions(segmentationType="LABELMAP")
    words = "'Liver'.*'Tumor'.* overlap"
    refuse(scene, node, out, oblique.files, errors.OverlappingSegments, words, options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ExportOptions(segmentationType="OTHER"), "OTHER"),
        (ExportOptions(contentLabel="no capitals"), "no capitals"),
        (ExportOptions(seriesNumber=0), "0"),
    ],
)
def test_options_that_cannot_be_written(scene, node, oblique, out, options, words) -> None:
    refuse(scene, node, out, oblique.files, errors.ArgumentError, words, options)


def test_an_algorithm_without_a_name(scene, volume, oblique, out) -> None:
    node = addSegmentation(
        scene, {"a": Looks("Tumor", tags=AUTOMATIC)}, [Layer(ONES, {"a": 1})], volume=volume
    )
    refuse(
        scene, node, out, oblique.files, errors.ArgumentError, "'Tumor' has algorithm type AUTOMATIC but no"
    )


def test_a_series_with_a_missing_image(scene, node, oblique, out) -> None:
    files = [file for n, file in enumerate(oblique.files) if n != 2]
    refuse(scene, node, out, files, errors.IrregularPlanes, "missing|not evenly")


def test_a_series_that_ends_before_the_segments(scene, node, oblique, out) -> None:
    refuse(
        scene,
        node,
        out,
        oblique.files[:3],
        errors.ArgumentError,
        "voxels of segment .* outside of the source",
    )


def test_another_series(scene, node, tmp_path, out) -> None:
    other = Series(tmp_path / "other", shape=SHAPE)
    refuse(scene, node, out, other.files, errors.GeometryMismatch, "Segment 'Liver' cannot be written on")


def test_segments_that_are_finer_than_the_images(scene, volume, oblique, out) -> None:
    fine = ijkToRasOf(oblique.images) @ np.diag([0.5, 0.5, 1, 1])
    node = addSegmentation(
        scene, {"a": Looks("Liver")}, [Layer(ONES, {"a": 1}, ijkToRas=fine)], volume=volume
    )
    refuse(scene, node, out, oblique.files, errors.GeometryMismatch, "voxels of 0.25 x 0.375 x 2.5 mm where")


def test_voxels_outside_of_the_images(scene, volume, oblique, out) -> None:
    node = addSegmentation(scene, {"a": Looks("Liver")}, [Layer(ONES, {"a": 1}, (-1, 0, 0))], volume=volume)
    refuse(
        scene,
        node,
        out,
        oblique.files,
        errors.ArgumentError,
        r"^6 voxels of segment 'Liver' \(25 %\) lie outside",
    )


def test_no_source_images(scene, node, out) -> None:
    refuse(scene, node, out, [], errors.SourceError, "No source image|no image series")


def test_a_source_file_that_is_not_there(scene, node, oblique, tmp_path, out) -> None:
    refuse(scene, node, out, [*oblique.files, tmp_path / "gone.dcm"], errors.FileMissing, "gone.dcm")


def test_a_source_file_that_is_not_dicom(scene, node, oblique, tmp_path, out) -> None:
    (tmp_path / "text.dcm").write_text("no image")
    refuse(scene, node, out, [*oblique.files, tmp_path / "text.dcm"], errors.NotDicom, "text.dcm")


def test_images_of_two_series(scene, node, oblique, tmp_path, out) -> None:
    other = write_series(tmp_path / "other", make_series(SHAPE, turned=TURNED))
    refuse(scene, node, out, [*oblique.files, *other], errors.MixedSources, "2 series")


def export(node, path, files) -> None:
    exportSegmentation(node, path, files)


def test_a_folder_that_is_not_there(scene, node, oblique, out) -> None:
    before = state(scene)
    with pytest.raises(errors.OutputError, match="There is no folder"):
        export(node, out / "no" / "seg.dcm", oblique.files)
    assert list(out.iterdir()) == [] and state(scene) == before


def test_a_file_that_is_a_folder(scene, node, oblique, out) -> None:
    with pytest.raises(errors.OutputError, match="is a folder"):
        export(node, out, oblique.files)
    assert list(out.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(scene, node, oblique, out) -> None:
    out.chmod(0o500)
    with pytest.raises(errors.OutputError):
        export(node, out / "seg.dcm", oblique.files)
    assert list(out.iterdir()) == []


def test_a_full_disk_is_said_and_the_former_file_stays(scene, node, oblique, out, monkeypatch) -> None:
    (out / "seg.dcm").write_text("former")
    usage = shutil.disk_usage(out)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=10))
    before = state(scene)
    with pytest.raises(errors.OutputError, match="free"):
        export(node, out / "seg.dcm", oblique.files)
    assert [path.name for path in out.iterdir()] == ["seg.dcm"]
    assert (out / "seg.dcm").read_text() == "former"
    assert state(scene) == before


# --- files that cannot be loaded ----------------------------------------------------------------------------


@pytest.fixture
def file(scene, node, oblique, tmp_path):
    exportSegmentation(node, tmp_path / "seg.dcm", oblique.files)
    return tmp_path / "seg.dcm"


def dontLoad(scene, path, error: type, words: str) -> None:
    before = state(scene)
    with pytest.raises(error, match=words):
        loadSegmentation(path, scene)
    assert state(scene) == before


def test_no_file(scene, tmp_path) -> None:
    dontLoad(scene, tmp_path / "none.dcm", errors.FileMissing, "none.dcm")


def test_no_dicom(scene, tmp_path) -> None:
    (tmp_path / "text.dcm").write_text("no image " * 100)
    dontLoad(scene, tmp_path / "text.dcm", errors.NotDicom, "text.dcm")
    with pytest.raises(errors.NotDicom):
        describeFile(tmp_path / "text.dcm")


def test_no_segmentation(scene, oblique) -> None:
    dontLoad(scene, oblique.files[0], errors.NotSegmentation, "CT Image Storage")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file(scene, file, tmp_path, part) -> None:
    data = file.read_bytes()
    (tmp_path / "cut.dcm").write_bytes(data[: int(len(data) * part)])
    dontLoad(scene, tmp_path / "cut.dcm", errors.ReadError, "truncated|ends")
