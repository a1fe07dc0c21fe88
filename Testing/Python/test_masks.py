"""Masks painted into label maps, and labels exchanged for others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dicomsegcodec.bits import align, frame_span
from dicomsegcodec.label_tables import LabelTable
from dicomsegcodec.masks import MaskPainter, pack_frames, packed_bytes

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 40))


def packed(masks: np.ndarray) -> np.ndarray:
    return np.concatenate([piece.copy() for _places, piece in pack_frames(masks, masks.shape[1:])])


@st.composite
def planes_and_masks(draw):
    planes = draw(st.integers(1, 4))
    rows, columns = draw(SHAPES)
    margin = draw(st.sampled_from([(0, 0), (0, 0), (2, 1)]))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    shape = (planes, rows + 2 * margin[0], columns + 2 * margin[1])
    labels = draw(arrays(dtype, shape, elements=st.sampled_from([0, 0, 0, 1, 5])))
    on = draw(st.lists(st.integers(0, planes - 1), min_size=1, max_size=5))
    masks = draw(arrays(np.bool_, (len(on), rows, columns)))
    return labels, margin, np.array(on), masks


@given(planes_and_masks(), st.sampled_from([3, 7]), st.booleans())
def test_painting_is_what_pixels_one_by_one_would_be(drawn, label, over):
    labels, corner, on, masks = drawn
    expected, taken = labels.copy(), np.zeros(labels.shape, bool)
    for plane, mask in zip(on, masks, strict=True):
        window = np.s_[plane, corner[0] : corner[0] + mask.shape[0], corner[1] : corner[1] + mask.shape[1]]
        taken[window] |= mask & (labels[window] != 0)
        expected[window][mask] = np.maximum(labels[window][mask], label)
    before = labels.copy()
    painter = MaskPainter(labels, masks.shape[1:], corner)
    assert painter.paint(on, packed(masks), label, over=over) == taken.sum()
    assert (labels == (expected if over or not taken.any() else before)).all()


def test_a_segment_does_not_overlap_itself():
    labels = np.zeros((2, 8, 8), np.uint8)
    painter = MaskPainter(labels, (8, 8))
    mask = np.eye(8, dtype=bool)[None]
    assert painter.paint(np.array([1]), packed(mask), 4) == 0
    assert painter.paint(np.array([1]), packed(mask), 4) == 0
    assert painter.paint(np.array([1]), packed(mask), 5) == 8
    painter.erase(np.array([1]), 4)
    assert not labels.any()


@given(st.integers(1, 6), SHAPES, st.integers(0, 2**32 - 1))
def test_frames_in_the_middle_of_bytes_are_brought_to_their_start(count, shape, seed):
    masks = np.random.default_rng(seed).random((count, *shape)) < 0.3
    stream = np.packbits(masks.reshape(-1), bitorder="little").tobytes()
    expected = packed(masks)
    for index in range(count):
        start, end = frame_span(index, shape)
        out = np.zeros(packed_bytes(shape[0] * shape[1]), np.uint8)
        align(stream[start:end], index, shape, out)
        assert (out == expected[index]).all()


def test_packed_frames_come_a_few_at_a_time():
    masks = np.random.default_rng(1).random((70, 256, 520)) < 0.5
    pieces = [(places, piece.copy()) for places, piece in pack_frames(masks, masks.shape[1:])]
    assert len(pieces) > 1
    assert [places.start for places, _ in pieces[1:]] == [places.stop for places, _ in pieces[:-1]]
    assert pieces[-1][0].stop == 70
    bits = np.unpackbits(np.concatenate([p for _, p in pieces]), axis=1, bitorder="little")
    assert (bits[:, : 256 * 520].reshape(masks.shape) == masks).all()


@given(
    st.sampled_from([np.uint8, np.uint16]).flatmap(
        lambda dtype: arrays(dtype, SHAPES, elements=st.integers(0, 255), fill=st.integers(0, 3))
    ),
    st.dictionaries(st.integers(0, 255), st.integers(0, 255)),
    st.sampled_from([np.uint8, np.uint16]),
)
def test_labels_are_exchanged_as_the_table_says(frame, changes, dtype):
    table = np.arange(65536 if frame.dtype == np.uint16 else 256).astype(dtype)
    for value, label in changes.items():
        table[value] = label
    assert (LabelTable(table)(frame) == table[frame]).all()


@pytest.mark.parametrize("noise", [True, False])
def test_labels_in_runs_and_in_noise_are_exchanged_alike(noise):
    frame = np.zeros((64, 64), np.uint8)
    frame[10:20, 5:60] = 9
    if noise:
        frame = np.random.default_rng(1).integers(0, 250, (64, 64)).astype(np.uint8)
    table = np.arange(256)[::-1].astype(np.uint16)
    assert (LabelTable(table)(frame) == table[frame]).all()
