"""Frames: planned, cut out of layers, and put together to layers again."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.assemble import LayerBuilder
from dicomsegcodec.encodings import SegmentationType
from dicomsegcodec.errors import OverlappingSegments
from dicomsegcodec.frames import plan_frames
from dicomsegcodec.geometry import Geometry, Planes
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.mosaic import Mosaic
from dicomsegcodec.occupancy import find_label_planes, find_occupancy
from dicomsegcodec.raster import LabelCutter, patches, relabel, segments_overlap
from dicomsegcodec.samples import SampleFormat
from objects import masks_of
from strategies import ARRAY_DTYPES, Case, blobs, cases, plain_segments, strided

PLANES = Planes(tuple(f"0\\0\\{-k}" for k in range(3)), "1\\0\\0\\0\\1\\0", "1\\1", (4, 5), "1.2")


@given(case=cases(), keep=st.booleans())
def test_binary_frames_go_by_segment_and_then_along_the_stack(case: Case, keep: bool) -> None:
    occupancy, planes = find_occupancy(case.segmentation), case.segmentation.planes
    table = plan_frames(occupancy, planes, SegmentationType.BINARY, keep_empty=keep)
    assert table.segment.dtype == np.uint16
    order = [case.segmentation.numbers.index(n) for n in table.segment.tolist()]
    along = planes.distances_mm()[table.plane]
    assert sorted(zip(order, along, strict=True)) == list(zip(order, along, strict=True))
    filled = {
        (number, plane)
        for number, mask in case.masks.items()
        for plane in np.flatnonzero(mask.any(axis=(1, 2))).tolist()
    }
    everything = {(n, p) for n in case.masks for p in range(len(planes))}
    found = list(zip(table.segment.tolist(), table.plane.tolist(), strict=True))
    assert set(found) == (everything if keep or not filled else filled)
    assert len(found) == len(set(found)) == len(table)


@given(case=cases(), keep=st.booleans())
def test_label_frames_go_along_the_stack_once(case: Case, keep: bool) -> None:
    occupancy, planes = find_occupancy(case.segmentation), case.segmentation.planes
    table = plan_frames(occupancy, planes, SegmentationType.LABELMAP, keep_empty=keep)
    assert not table.segment.any()
    assert (np.diff(planes.distances_mm()[table.plane]) > 0).all()
    filled = np.flatnonzero(np.logical_or.reduce(list(case.masks.values())).any(axis=(1, 2)))
    assert set(table.plane.tolist()) == set(
        range(len(planes)) if keep or not filled.size else filled.tolist()
    )


@given(case=cases(), keep=st.booleans())
def test_a_patch_holds_all_of_a_segment_in_a_plane(case: Case, keep: bool) -> None:
    occupancy = find_occupancy(case.segmentation)
    table = plan_frames(occupancy, case.segmentation.planes, SegmentationType.BINARY, keep_empty=keep)
    cut = patches(case.segmentation, occupancy, table)
    for number, plane, patch in zip(table.segment.tolist(), table.plane.tolist(), cut, strict=True):
        frame = np.zeros(case.segmentation.planes.shape, bool)
        if patch is not None:
            frame[patch.rows, patch.columns] = patch.pixels == patch.value
        np.testing.assert_array_equal(frame, case.masks[number][plane])
        assert (patch is None) == (not frame.any())


@given(case=cases(disjoint=True), dtype=st.sampled_from((np.dtype("<u2"),)))
def test_labels_of_a_plane_are_the_segment_numbers(case: Case, dtype: np.dtype) -> None:
    cutter = LabelCutter(case.segmentation, find_occupancy(case.segmentation), dtype)
    for plane in range(len(case.sources)):
        expected = sum(n * mask[plane].astype(np.uint16) for n, mask in case.masks.items())
        labels = np.zeros(case.segmentation.planes.shape, dtype)
        cutter.into(plane, labels)
        np.testing.assert_array_equal(labels, expected)
        direct = cutter.direct(plane)
        if direct is not None:
            np.testing.assert_array_equal(direct, expected)


@given(case=cases())
def test_overlap_is_told_and_refused_exactly_where_it_is(case: Case) -> None:
    occupancy = find_occupancy(case.segmentation)
    assert segments_overlap(case.segmentation, occupancy) == case.overlaps
    cutter = LabelCutter(case.segmentation, occupancy, np.dtype("<u2"))
    for plane in range(len(case.sources)):
        count = np.sum([mask[plane] for mask in case.masks.values()], axis=0)
        labels = np.zeros(case.segmentation.planes.shape, np.uint16)
        if (count > 1).any():
            with pytest.raises(OverlappingSegments, match=f"slice {plane + 1};"):
                cutter.into(plane, labels)
        else:
            cutter.into(plane, labels)


@given(data=st.data())
def test_relabelling_gives_segment_numbers_and_nothing_else(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(ARRAY_DTYPES))
    limit = 1 if dtype is np.bool_ else min(int(np.iinfo(dtype).max), 70000)
    # Also values that the array's type cannot hold: a table of segments is not made for an array.
    values = data.draw(
        st.lists(st.integers(-3, -1) | st.integers(1, 70000), min_size=1, max_size=5, unique=True)
    )
    numbers = data.draw(st.lists(st.integers(1, 65535), min_size=5, max_size=5, unique=True))[: len(values)]
    present = [v for v in values if 0 < v <= limit] or [1]
    pixels = data.draw(strided(data.draw(blobs((2, 4, 5), present, dtype))))
    layer = LabelLayer(pixels, dict(zip(values, numbers, strict=True)))
    expected = np.zeros(pixels.shape, np.uint16)
    for value, number in layer.segments.items():
        expected[pixels.astype(np.int64) == value] = number
    np.testing.assert_array_equal(relabel(pixels, layer, np.dtype(np.uint16)), expected)


def test_segments_whose_values_the_layers_type_cannot_hold_are_empty() -> None:
    pixels = np.ones((3, 4, 5), np.uint8)
    layers = (LabelLayer(pixels, {1: 1, 300: 300, -1: 7}), LabelLayer(pixels, {1: 2, 70000: 8}))
    segmentation = LayeredSegmentation(PLANES, plain_segments([1, 2, 7, 8, 300]), layers)
    occupancy = find_occupancy(segmentation)
    assert occupancy.present.any(axis=1).tolist() == [True, True, False, False, False]
    assert segments_overlap(segmentation, occupancy)
    single = LayeredSegmentation(PLANES, plain_segments([1, 7, 300]), layers[:1])
    labels = np.zeros((4, 5), np.uint16)
    LabelCutter(single, find_occupancy(single), np.dtype("<u2")).into(0, labels)
    assert (labels == 1).all()


# --- and back -----------------------------------------------------------------------------------------------


class MaskFrames:
    """Frames in memory."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels
        self.count, self.shape, self.samples = len(pixels), pixels.shape[1:], SampleFormat(8)

    def frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        return (self._pixels[index] for index in indices)


@given(case=cases(gaps=False), corner=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_segments_are_laid_into_as_few_layers_as_their_overlaps_need_at_most(
    case: Case, corner: tuple[int, int]
) -> None:
    slices, rows, columns = case.segmentation.shape
    grid = Geometry(np.eye(4), (slices, rows + corner[0], columns + corner[1]))
    frames = MaskFrames(np.concatenate([mask.astype(np.uint8) for mask in case.masks.values()]))
    corners = np.array([(k, *corner) for _mask in case.masks for k in range(slices)])
    mosaic = Mosaic(grid.shape, (rows, columns), np.arange(len(corners)), corners)
    builder = LayerBuilder(frames, mosaic, list(case.masks))
    for place, number in enumerate(case.masks):
        builder.add_segment(mosaic.take(np.arange(place * slices, (place + 1) * slices)), number)
    layers = builder.layers(case.segmentation.segments)
    rebuilt = LayeredSegmentation(Planes.of(grid), case.segmentation.segments, layers)
    for number, mask in masks_of(rebuilt).items():
        np.testing.assert_array_equal(mask[:, corner[0] :, corner[1] :], case.masks[number])
        assert mask.sum() == case.masks[number].sum()
    if not case.overlaps:
        assert len(layers) == 1
    most = int(np.sum(list(case.masks.values()), axis=0).max())
    assert most <= len(layers) <= len(case.masks)


@given(case=cases())
def test_planes_with_labels_are_those_with_boxes(case: Case) -> None:
    boxes, planes = find_occupancy(case.segmentation), find_label_planes(case.segmentation)
    np.testing.assert_array_equal(planes.present[0], boxes.present.any(axis=0))
    assert planes.strays == boxes.strays
    assert planes.numbers.tolist() == boxes.numbers.tolist()


@given(
    pixels=blobs((3, 4, 5), (1, 2, 3, 5), np.uint8),
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16]),
    values=st.sampled_from([(1, 2, 3), (1, 3), (2, 7), (3, 2, 1)]),
)
def test_values_of_no_segment_are_noticed(pixels: np.ndarray, dtype: type, values: tuple[int, ...]) -> None:
    layer = LabelLayer(pixels.astype(dtype), {value: number for number, value in enumerate(values, start=1)})
    segmentation = LayeredSegmentation(PLANES, plain_segments(range(1, len(values) + 1)), (layer,))
    found = find_label_planes(segmentation)
    assert found.strays == (bool((~np.isin(layer.pixels, (0, *values))).any()),)
    np.testing.assert_array_equal(found.present[0], np.isin(layer.pixels, values).any(axis=(1, 2)))
