"""Files that an earlier version wrote are read forever; each says in the manifest why it is there."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

import dicomsegcodec as hd
import golden
from dicomsegcodec.read import open_segmentation
from objects import stored_masks

FOLDER = Path(__file__).resolve().parents[1] / "Data"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
every_file = pytest.mark.parametrize("name", MANIFEST)


def expected_masks(name: str) -> dict[int, np.ndarray]:
    row = MANIFEST[name]
    numbers = [int(number) for number in row["segments"]]
    shape = (len(numbers), *row["shape"])
    with np.load(FOLDER / "arrays.npz") as arrays:
        bits = np.unpackbits(arrays[name], count=int(np.prod(shape)))
    return dict(zip(numbers, bits.reshape(shape).astype(bool), strict=True))


def test_every_golden_file_is_in_the_manifest_and_has_its_reason() -> None:
    assert {path.name for path in FOLDER.glob("*.dcm")} == set(MANIFEST)
    assert {one.name for one in golden.goldens()} <= set(MANIFEST)
    assert all(len(row["why"]) > 20 for row in MANIFEST.values())


@every_file
def test_a_golden_file_is_the_one_that_was_written(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == MANIFEST[name]["sha256"]


@every_file
def test_a_golden_file_is_read_voxel_by_voxel_at_its_positions(name: str) -> None:
    row, masks = MANIFEST[name], expected_masks(name)
    stored = open_segmentation(FOLDER / name)
    assert (stored.segmentation_type, stored.bits) == (row["type"], row["bits"])
    assert stored.number_of_frames == row["frames"]
    assert stored.findings == ()
    positions = np.array([[float(v) for v in text.split("\\")] for text in row["positions"]])
    found = stored_masks(stored, positions)
    assert list(found) == list(masks)
    for number, mask in masks.items():
        np.testing.assert_array_equal(found[number], mask)
    assert {str(s.number): s.label for s in stored.segments} == row["segments"]


@every_file
def test_a_golden_file_is_read_by_its_source_images(name: str) -> None:
    masks = expected_masks(name)
    seg = hd.seg.segread(FOLDER / name)
    uids = [uid for _study, _series, uid in seg.get_source_image_uids()]
    pixels = seg.get_pixels_by_source_instance(uids)
    np.testing.assert_array_equal(pixels, np.stack(list(masks.values()), axis=3))


def test_all_that_a_segment_can_say_is_read() -> None:
    written = next(one for one in golden.goldens() if one.name == "labelmap-words.dcm")
    stored = open_segmentation(FOLDER / written.name)
    assert stored.segments == written.segments


@pytest.mark.parametrize("one", golden.goldens(), ids=lambda one: one.name)
def test_what_is_written_today_says_the_same_as_the_golden_file(one: golden.Golden, tmp_path: Path) -> None:
    golden.write(one, tmp_path / one.name)
    new, old = dcmread(tmp_path / one.name), dcmread(FOLDER / one.name)
    assert new.PixelData == old.PixelData
    assert new.PerFrameFunctionalGroupsSequence == old.PerFrameFunctionalGroupsSequence
    assert new.SharedFunctionalGroupsSequence == old.SharedFunctionalGroupsSequence
    assert new.SegmentSequence == old.SegmentSequence
    assert new.ReferencedSeriesSequence == old.ReferencedSeriesSequence
