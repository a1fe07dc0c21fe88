"""Segmentations of other writers are read as they mean them; of plain ones all that highdicom finds is found.

The files and their source images lie beside the repository; their manifest says what is special about each.
"""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from pydicom.pixels import pixel_array

import dicomsegcodec as hd
from dicomsegcodec.errors import MissingAttribute
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.sources import read_sources
from dicomsegcodec.write import write_segmentation
from objects import masks_of, stored_masks

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def rows() -> list[dict[str, str]]:
    """Return the manifest, nothing without the corpus."""
    file = CORPUS / "manifest.csv"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# Native BINARY and LABELMAP files with patient positions: what others cannot read of the rest is left to
# test_corpus_expectations.py.
COVERED = {
    "highdicom/seg_image_ct_binary.dcm",
    "highdicom/seg_image_ct_binary_overlap.dcm",
    "highdicom/seg_image_ct_binary_single_frame.dcm",
    "dcmqi/23x38x3_seg_label.seg.dcm",
    "dcmqi/24x38x3_seg_label.seg.dcm",
    "dcmqi/liver.dcm",
    "dcmqi/partial_overlaps.dcm",
    "dcmqi/sparse-labelmap-noppv.dcm",
    "dcmqi/sparse-labelmap-ppv5.dcm",
    "pydicom-data/liver_nonbyte_aligned.dcm",
    "pydicom/liver_1frame.dcm",
}
every_file = pytest.mark.parametrize("name", [row["file"] for row in rows()])
covered = pytest.mark.parametrize("name", sorted(COVERED))


def test_the_list_of_covered_files_is_about_files_that_are_there(corpus: Path) -> None:
    assert {row["file"] for row in rows()} >= COVERED


@every_file
def test_every_file_is_read(name: str, corpus: Path) -> None:
    stored = open_segmentation(corpus / name)
    frames = list(stored.frames.frames(range(stored.number_of_frames)))
    assert len(frames) == stored.number_of_frames > 0
    assert stored.source_instances
    seg = hd.seg.segread(corpus / name)
    assert seg.get_segment_numbers(segment_label="no such label") == []
    assert len(seg.segment_numbers) == len(stored.segments)
    try:
        seg.get_volume(skip_overlap_checks=True)
    except MissingAttribute as error:
        assert stored.planes is None and "source image" in str(error)


@covered
def test_the_frames_of_a_covered_file_are_pydicoms(name: str, corpus: Path) -> None:
    stored = open_segmentation(corpus / name)
    expected = pixel_array(corpus / name)
    found = np.stack(list(stored.frames.frames(range(stored.number_of_frames))))
    np.testing.assert_array_equal(found, expected.reshape(found.shape))
    np.testing.assert_array_equal(hd.seg.segread(corpus / name).pixel_array, expected)


def highdicoms(file: Path):
    """Return a file as highdicom reads it; what it warns of in files of others is not our concern."""
    highdicom = pytest.importorskip("highdicom")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return highdicom.seg.segread(file)


@covered
def test_the_segments_of_a_covered_file_are_highdicoms(name: str, corpus: Path) -> None:
    theirs = highdicoms(corpus / name)
    ours = hd.seg.segread(corpus / name)
    # It takes a background that Pixel Padding Value does not name for a segment.
    assert ours.segment_numbers == [n for n in theirs.segment_numbers if n != 0]
    for number in ours.segment_numbers:
        one, other = ours.get_segment_description(number), theirs.get_segment_description(number)
        assert one.segment_label == other.segment_label
        assert one.algorithm_type == other.algorithm_type.value
        assert one.segmented_property_type == other.segmented_property_type
        assert one.segmented_property_category == other.segmented_property_category
        assert one.tracking_uid == other.tracking_uid
    assert ours.get_source_image_uids() == [tuple(uids) for uids in theirs.get_source_image_uids()]


@covered
def test_the_volume_of_a_covered_file_is_highdicoms(name: str, corpus: Path) -> None:
    ours = hd.seg.segread(corpus / name).get_volume()
    theirs = highdicoms(corpus / name).get_volume(segment_numbers=ours.get_channel_values("SegmentNumber"))
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=1e-5)
    np.testing.assert_array_equal(ours.array, theirs.array)


@covered
def test_the_layers_of_a_covered_file_are_its_volume(name: str, corpus: Path) -> None:
    stored = open_segmentation(corpus / name)
    volume = hd.seg.segread(corpus / name).get_volume()
    masks = masks_of(stored.read_layers())
    numbers = volume.get_channel_values("SegmentNumber")
    assert list(masks) == numbers
    for channel, number in enumerate(numbers):
        np.testing.assert_array_equal(masks[number], volume.array[..., channel] != 0)


@covered
def test_a_covered_file_written_anew_holds_the_same_voxels(name: str, corpus: Path, tmp_path: Path) -> None:
    stored = open_segmentation(corpus / name)
    folder = corpus / next(row["sources"] for row in rows() if row["file"] == name)
    sources = read_sources(folder)
    layers = stored.read_layers()
    write_segmentation(tmp_path / "again.dcm", layers, sources)
    again = open_segmentation(tmp_path / "again.dcm")
    written = stored_masks(again, layers.planes.positions_mm)
    for number, mask in masks_of(layers).items():
        np.testing.assert_array_equal(written[number], mask)


def test_frames_that_are_not_there_are_left_out_and_said_to_be(corpus: Path) -> None:
    stored = open_segmentation(corpus / "pydicom" / "liver_1frame.dcm")
    assert stored.number_of_frames == 1
    assert any("3" in finding.text and "frames" in finding.text for finding in stored.findings)


def test_a_background_that_is_coded_as_one_is_no_segment(corpus: Path) -> None:
    for name in ("sparse-labelmap-ppv5.dcm", "sparse-labelmap-noppv.dcm"):
        seg = hd.seg.segread(corpus / "dcmqi" / name)
        assert seg.segment_numbers == [1]
        assert seg.number_of_segments == 1
        assert np.unique(seg.get_volume(combine_segments=True).array).tolist() == [0, 1]
        assert [f for f in seg.findings if f.where == "PixelPaddingValue"]
