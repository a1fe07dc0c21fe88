"""Layers: what fits together, and where in the grid each segment is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.errors import ArgumentError, ArgumentTypeError
from dicomsegcodec.geometry import Planes
from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
from dicomsegcodec.occupancy import find_occupancy, values_in
from objects import masks_of
from strategies import LAYER_DTYPES, Case, blobs, cases, plain_segments, strided

PLANES = Planes(tuple(f"0\\0\\{-k}" for k in range(3)), "1\\0\\0\\0\\1\\0", "1\\1", (4, 5), "1.2")
ONES = np.ones((3, 4, 5), np.uint8)


@given(case=cases())
def test_the_voxels_of_a_segment_are_those_of_its_value_in_its_layer(case: Case) -> None:
    found = masks_of(case.segmentation)
    for number, mask in case.masks.items():
        np.testing.assert_array_equal(found[number], mask)


@pytest.mark.parametrize(
    ("segments", "layers", "words"),
    [
        ([1, 1], [], "not unique"),
        ([1], [LabelLayer(ONES, {1: 1}, (1, 0, 0))], "beyond the grid"),
        ([1], [LabelLayer(ONES, {1: 1}, (0, 0, -1))], "beyond the grid"),
        ([1], [LabelLayer(np.ones((3, 4, 6), np.uint8), {1: 1})], "beyond the grid"),
        ([1], [LabelLayer(ONES, {1: 2})], "described"),
        ([1], [LabelLayer(ONES, {1: 1}), LabelLayer(ONES, {1: 1})], "one layer only"),
        ([1], [LabelLayer(ONES, {1: 1, 2: 1})], "one layer only"),
    ],
)
def test_layers_that_do_not_fit_are_refused(
    segments: list[int], layers: list[LabelLayer], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        LayeredSegmentation(PLANES, plain_segments(segments), tuple(layers))


def test_a_layer_of_other_than_three_axes_or_of_floats_is_refused() -> None:
    with pytest.raises(ArgumentError, match="2 axes"):
        LabelLayer(np.ones((4, 5), np.uint8), {1: 1})
    with pytest.raises(ArgumentTypeError, match="float64"):
        LabelLayer(np.ones((3, 4, 5)), {1: 1})
    with pytest.raises(ArgumentError, match="background"):
        LabelLayer(ONES, {0: 1})


@given(case=cases())
def test_the_box_of_a_segment_in_a_plane_is_the_smallest_that_holds_it(case: Case) -> None:
    occupancy = find_occupancy(case.segmentation)
    assert occupancy.numbers.tolist() == list(case.segmentation.numbers)
    for place, number in enumerate(case.segmentation.numbers):
        for plane, mask in enumerate(case.masks[number]):
            assert occupancy.present[place, plane] == mask.any()
            if mask.any():
                rows, columns = np.nonzero(mask)
                box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
                assert occupancy.box(place, plane) == box


@given(case=cases())
def test_a_layer_has_strays_where_a_value_other_than_0_is_no_segment(case: Case) -> None:
    strays = find_occupancy(case.segmentation).strays
    for layer, stray in zip(case.segmentation.layers, strays, strict=True):
        known = np.isin(layer.pixels.astype(np.int64), [0, *layer.segments])
        assert stray == bool((~known).any())


@given(data=st.data())
def test_the_values_of_an_array_are_found_without_sorting_it(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(LAYER_DTYPES))
    low, high = (0, 1) if dtype is np.bool_ else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    values = data.draw(
        st.lists(st.sampled_from((low, high, 1)) | st.integers(low, high), min_size=1, max_size=4)
    )
    array = data.draw(strided(data.draw(blobs((3, 4, 5), values, dtype))))
    assert values_in(array).tolist() == np.unique(array).tolist()


def test_occupancy_of_a_volume_needs_no_memory_of_its_size() -> None:
    import tracemalloc

    pixels = np.zeros((40, 512, 512), np.uint8)
    pixels[:, 100:400, 100:400] = 1
    planes = Planes(tuple(f"0\\0\\{-k}" for k in range(40)), "1\\0\\0\\0\\1\\0", "1\\1", (512, 512), "1.2")
    segmentation = LayeredSegmentation(planes, plain_segments([1]), (LabelLayer(pixels, {1: 1}),))
    tracemalloc.start()
    find_occupancy(segmentation)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < pixels.nbytes
