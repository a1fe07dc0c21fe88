"""What is written is what is read: layers and arrays, through a file."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomsegcodec as hd
from dicomsegcodec.errors import OverlappingSegments
from dicomsegcodec.geometry import Geometry
from dicomsegcodec.read import open_segmentation
from dicomsegcodec.write import WriteOptions, write_segmentation
from objects import construct, masks_of, stored_masks, uids_of
from strategies import ARRAY_DTYPES, Case, blobs, cases, series, shapes, strided

_NUMBER = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all examples of a property share."""
    return tmp_path_factory.mktemp("round-trip")


def assert_same_masks(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    assert sorted(found) == sorted(expected)
    for number, mask in expected.items():
        np.testing.assert_array_equal(found[number], mask, f"segment {number}")


def write(folder: Path, case: Case, **options: object) -> Path:
    path = folder / f"{next(_NUMBER)}.dcm"
    write_segmentation(path, case.segmentation, case.sources, WriteOptions(**options))
    return path


@given(case=cases(), keep=st.booleans())
def test_binary_layers_come_back_voxel_by_voxel_at_their_positions(
    folder: Path, case: Case, keep: bool
) -> None:
    stored = open_segmentation(write(folder, case, keep_empty_frames=keep))
    assert_same_masks(stored_masks(stored, case.segmentation.planes.positions_mm), case.masks)
    if keep:
        assert stored.number_of_frames == len(case.masks) * len(case.sources)
    else:
        taken = sum(int(mask.any(axis=(1, 2)).sum()) for mask in case.masks.values())
        assert stored.number_of_frames == (taken or len(case.masks) * len(case.sources))
    assert stored.segments_overlap == ("YES" if case.overlaps else "NO")
    assert [s.number for s in stored.segments] == list(case.segmentation.numbers)


@given(case=cases(disjoint=True), keep=st.booleans())
def test_label_map_layers_come_back_voxel_by_voxel_at_their_positions(
    folder: Path, case: Case, keep: bool
) -> None:
    stored = open_segmentation(write(folder, case, segmentation_type="LABELMAP", keep_empty_frames=keep))
    assert_same_masks(stored_masks(stored, case.segmentation.planes.positions_mm), case.masks)
    assert stored.bits == (8 if max(case.masks) < 256 else 16)
    taken = np.logical_or.reduce(list(case.masks.values())).any(axis=(1, 2)).sum()
    assert stored.number_of_frames == (len(case.sources) if keep or not taken else taken)


@given(case=cases())
def test_overlapping_layers_are_refused_by_a_label_map_and_only_they(folder: Path, case: Case) -> None:
    path = folder / "overlap.dcm"
    options = WriteOptions(segmentation_type="LABELMAP")
    if case.overlaps:
        with pytest.raises(OverlappingSegments):
            write_segmentation(path, case.segmentation, case.sources, options)
        assert not path.exists()
    else:
        write_segmentation(path, case.segmentation, case.sources, options)
        path.unlink()


@given(case=cases(gaps=False, shuffled=False), kind=st.sampled_from(("BINARY", "LABELMAP")))
def test_layers_read_on_the_grid_of_the_images_are_those_written(folder: Path, case: Case, kind: str) -> None:
    if kind == "LABELMAP" and case.overlaps:
        kind = "BINARY"
    stored = open_segmentation(write(folder, case, segmentation_type=kind))
    read = stored.read_layers(Geometry.of(case.segmentation.planes))
    assert_same_masks(masks_of(read), case.masks)
    assert read.numbers == case.segmentation.numbers


@given(case=cases(gaps=True, disjoint=True), kind=st.sampled_from(("BINARY", "LABELMAP")))
def test_the_grid_of_a_file_passes_through_the_positions_of_its_frames(
    folder: Path, case: Case, kind: str
) -> None:
    stored = open_segmentation(write(folder, case, segmentation_type=kind, keep_empty_frames=True))
    planes = stored.known_planes()
    try:
        geometry = stored.geometry()
    except hd.errors.IrregularPlanes:
        assert planes.spacing_between_slices_mm() is None
        return
    slices = (
        np.arange(geometry.shape[0])[:, None] * geometry.index_to_lps[:3, 0] + geometry.index_to_lps[:3, 3]
    )
    distance = np.linalg.norm(planes.positions_mm[:, None] - slices[None], axis=2)
    assert distance.min(axis=1).max() <= 0.01 * geometry.spacing_mm[0]
    assert np.linalg.det(geometry.index_to_lps[:3, :3]) > 0


# --- arrays -> Segmentation -> file -> arrays ---------------------------------------------------------------


@st.composite
def stacks(draw: st.DrawFn, disjoint: bool = False):
    """Return images and a stacked array of 0 and 1, (images, rows, columns, segments)."""
    shape = draw(shapes())
    count_ = draw(st.integers(1, 4))
    dtype = draw(st.sampled_from(ARRAY_DTYPES))
    array = np.stack([draw(blobs(shape, [1], dtype)) for _ in range(count_)], axis=3)
    if disjoint:
        array[np.cumsum(array != 0, axis=3) > 1] = 0
    return draw(series(shape)), draw(strided(array))


@st.composite
def label_arrays(draw: st.DrawFn, gaps: bool):
    """Return images, an array of labels, and the numbers that are described."""
    shape = draw(shapes())
    dtype = draw(st.sampled_from(ARRAY_DTYPES))
    limit = 1 if dtype is np.bool_ else min(int(np.iinfo(dtype).max), 65535)
    if gaps:
        numbers = sorted(draw(st.sets(st.integers(1, 65535) | st.integers(1, 300), min_size=1, max_size=5)))
    else:
        numbers = list(range(1, draw(st.integers(1, 5)) + 1))
    array = draw(blobs(shape, [n for n in numbers if n <= limit], dtype))
    return draw(series(shape)), draw(strided(array)), numbers


@given(drawn=stacks(), keep=st.booleans())
def test_stacked_arrays_come_back_by_source_image(folder: Path, drawn, keep: bool) -> None:
    images, array = drawn
    numbers = list(range(1, array.shape[3] + 1))
    seg = construct(images, array, numbers, "BINARY", omit_empty_frames=not keep)
    path = folder / f"{next(_NUMBER)}.dcm"
    seg.save_as(path)
    for one in (seg, hd.seg.segread(path), hd.seg.segread(path.read_bytes())):
        pixels = one.get_pixels_by_source_instance(uids_of(images))
        assert pixels.dtype == np.uint8
        np.testing.assert_array_equal(pixels, array != 0)


@given(drawn=stacks(), data=st.data())
def test_any_images_and_segments_come_back_in_the_order_asked_for(
    folder: Path, drawn, data: st.DataObject
) -> None:
    images, array = drawn
    path = folder / f"{next(_NUMBER)}.dcm"
    construct(images, array, list(range(1, array.shape[3] + 1)), "BINARY").save_as(path)
    places = data.draw(st.lists(st.integers(0, len(images) - 1), min_size=1, max_size=6), "images")
    wanted = data.draw(st.permutations(range(1, array.shape[3] + 1)), "segments")
    wanted = wanted[: data.draw(st.integers(1, len(wanted)))]
    pixels = hd.seg.segread(path).get_pixels_by_source_instance(
        [images[i].SOPInstanceUID for i in places], segment_numbers=wanted
    )
    np.testing.assert_array_equal(pixels, (array != 0)[places][..., [n - 1 for n in wanted]])


@given(drawn=label_arrays(gaps=True), relabel=st.booleans(), data=st.data())
def test_label_maps_with_gaps_come_back_combined_stacked_and_relabelled(
    folder: Path, drawn, relabel: bool, data: st.DataObject
) -> None:
    images, array, numbers = drawn
    path = folder / f"{next(_NUMBER)}.dcm"
    construct(images, array, numbers, "LABELMAP").save_as(path)
    seg = hd.seg.segread(path)
    labels = array.astype(np.int64)
    wanted = data.draw(st.permutations(numbers), "segments")
    wanted = wanted[: data.draw(st.integers(1, len(wanted)))]
    combined = seg.get_pixels_by_source_instance(
        uids_of(images), segment_numbers=wanted, combine_segments=True, relabel=relabel
    )
    expected = np.zeros_like(labels)
    for place, number in enumerate(wanted):
        expected[labels == number] = place + 1 if relabel else number
    np.testing.assert_array_equal(combined, expected)
    stacked = seg.get_pixels_by_source_instance(uids_of(images), segment_numbers=wanted)
    np.testing.assert_array_equal(stacked, np.stack([labels == n for n in wanted], axis=3))


@given(drawn=label_arrays(gaps=False), kind=st.sampled_from(("BINARY", "LABELMAP")))
def test_the_form_of_the_array_and_the_stored_type_are_independent(folder: Path, drawn, kind: str) -> None:
    images, array, numbers = drawn
    stacked = np.stack([array == n for n in numbers], axis=3)
    for form in (array, stacked):
        path = folder / f"{next(_NUMBER)}.dcm"
        construct(images, form, numbers, kind).save_as(path)
        seg = hd.seg.segread(path)
        assert seg.segmentation_type == kind
        np.testing.assert_array_equal(
            seg.get_pixels_by_source_instance(uids_of(images), combine_segments=True), array
        )
        np.testing.assert_array_equal(seg.get_pixels_by_source_instance(uids_of(images)), stacked)


@given(drawn=stacks(disjoint=True), kind=st.sampled_from(("BINARY", "LABELMAP")))
def test_volumes_hold_the_array_at_the_positions_of_the_images(folder: Path, drawn, kind: str) -> None:
    images, array = drawn
    path = folder / f"{next(_NUMBER)}.dcm"
    construct(images, array, list(range(1, array.shape[3] + 1)), kind, omit_empty_frames=False).save_as(path)
    volume = hd.seg.segread(path).get_volume()
    assert volume.shape == array.shape
    slices = np.arange(len(images))[:, None] * volume.affine[:3, 0] + volume.affine[:3, 3]
    for image, mask in zip(images, array != 0, strict=True):
        off = np.linalg.norm(slices - np.array(image.ImagePositionPatient, float), axis=1)
        assert off.min() < 1e-3
        np.testing.assert_array_equal(volume.array[off.argmin()], mask)
