"""Fractions: probabilities and occupancies, stored as 8-bit samples of 0 to Maximum Fractional Value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from dicomsegcodec.errors import ArgumentError, ReadError
from dicomsegcodec.read import open_segmentation
from series import make_series

SHAPE = (3, 5, 7)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))


def segmentation(array: np.ndarray, segments: int = 1, **keywords: object) -> hd.Segmentation:
    descriptions = [
        hd.seg.SegmentDescription(n, f"Segment {n}", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
        for n in range(1, segments + 1)
    ]
    return hd.Segmentation(
        IMAGES,
        array,
        "FRACTIONAL",
        descriptions,
        hd.UID(),
        1,
        hd.UID(),
        1,
        "Maker",
        "Model",
        "1",
        "1",
        **keywords,
    )


fractions = st.integers(1, 3).flatmap(
    lambda segments: arrays.arrays(
        st.sampled_from([np.float32, np.float64]),
        (*SHAPE, segments),
        elements=st.floats(0, 1, width=32),
        fill=st.just(0.0),
    )
)


@given(array=fractions, maximum=st.integers(1, 255), keep=st.booleans())
def test_fractions_come_back_to_half_a_step(array: np.ndarray, maximum: int, keep: bool) -> None:
    before = array.copy()
    seg = segmentation(array, array.shape[3], max_fractional_value=maximum, omit_empty_frames=not keep)
    uids = [image.SOPInstanceUID for image in IMAGES]
    back = seg.get_pixels_by_source_instance(uids)
    assert back.dtype == np.float32
    assert np.abs(back - array).max() <= 0.5 / maximum + 1e-6
    stored = seg.get_pixels_by_source_instance(uids, rescale_fractional=False)
    np.testing.assert_array_equal(stored, np.rint(array * array.dtype.type(maximum)))
    np.testing.assert_array_equal(array, before)


def test_fractions_that_all_round_to_zero_are_stored_as_empty_frames() -> None:
    seg = segmentation(np.full(SHAPE, 0.001), max_fractional_value=10)
    assert seg.NumberOfFrames == SHAPE[0]
    assert not seg.get_volume().array.any()


def test_an_integer_array_is_stored_as_zero_and_the_maximum_and_is_not_changed() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[1, 2:4], labels[2, 1] = 1, 2
    before = labels.copy()
    seg = segmentation(labels, 2, max_fractional_value=200, omit_empty_frames=False)
    assert set(np.unique(seg.pixel_array)) == {0, 200}
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, labels)
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("maximum", [0, 256, -1])
def test_the_maximum_is_what_8_bits_hold(maximum: int) -> None:
    with pytest.raises(ArgumentError, match="1 to 255"):
        segmentation(np.zeros(SHAPE), max_fractional_value=maximum)


@pytest.mark.parametrize("value", [-0.1, 1.001, np.nan, np.inf])
def test_a_value_that_is_no_fraction_is_refused(value: float) -> None:
    array = np.zeros(SHAPE)
    array[1, 1, 1] = value
    with pytest.raises(ValueError, match="from 0 to 1"):
        segmentation(array)


def test_fractions_of_several_segments_must_be_stacked() -> None:
    with pytest.raises(ValueError, match="fourth axis"):
        segmentation(np.zeros(SHAPE), 2)


def test_fractions_are_not_taken_for_labels(tmp_path) -> None:
    seg = segmentation(np.full(SHAPE, 0.5))
    with pytest.raises(ValueError, match="fractions between 0 and 1"):
        seg.get_volume(combine_segments=True)
    seg.save_as(tmp_path / "fractions.dcm")
    stored = open_segmentation(tmp_path / "fractions.dcm")
    with pytest.raises(ReadError, match="FRACTIONAL"):
        stored.read_layers()
    (layer,) = stored.read_fractions().fractions
    np.testing.assert_allclose(layer.pixels, 0.5, atol=0.5 / 255)


def test_highdicom_reads_the_same_fractions(tmp_path) -> None:
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    array = np.random.default_rng(1).random((*SHAPE, 2)).astype(np.float32)
    seg = segmentation(array, 2, fractional_type="OCCUPANCY")
    seg.save_as(tmp_path / "ours.dcm")
    theirs = highdicom.seg.segread(tmp_path / "ours.dcm")
    assert theirs.SegmentationFractionalType == "OCCUPANCY"
    np.testing.assert_array_equal(theirs.get_volume().array, seg.get_volume().array)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_whole_floats_are_labels_and_others_are_refused(kind: str) -> None:
    array = np.zeros(SHAPE)
    array[1] = 1.0
    description = hd.seg.SegmentDescription(1, "Segment", codes.SCT.Organ, codes.SCT.Liver, "MANUAL")
    rest = ([description], hd.UID(), 1, hd.UID(), 1, "Maker", "Model", "1", "1")
    seg = hd.Segmentation(IMAGES, array, kind, *rest, omit_empty_frames=False)
    np.testing.assert_array_equal(seg.get_volume(combine_segments=True).array, array)
    array[2, 0, 0] = 0.5
    with pytest.raises(ValueError, match="choose FRACTIONAL"):
        hd.Segmentation(IMAGES, array, kind, *rest)
