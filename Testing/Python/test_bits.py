"""1-bit frames to and from one bit stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dicomsegcodec.bits import frame_span, pack, unpack
from dicomsegcodec.errors import TruncatedFile
from dicomsegcodec.raster import Patch
from strategies import LAYER_DTYPES, strided


@st.composite
def patched(draw: st.DrawFn) -> tuple[np.ndarray, list[Patch | None]]:
    """Return (frames, rows, columns) masks, and patches that make them."""
    rows, columns = draw(st.integers(1, 9)), draw(st.sampled_from((1, 3, 5, 7, 8, 16, 24, 17)))
    count = draw(st.integers(1, 12))
    masks = np.zeros((count, rows, columns), bool)
    parts: list[Patch | None] = []
    for mask in masks:
        if draw(st.integers(0, 3)) == 0:
            parts.append(None)
            continue
        box = []
        for length in (rows, columns):
            start = draw(st.integers(0, length - 1))
            box.append(slice(start, draw(st.integers(start + 1, length))))
        dtype = draw(st.sampled_from(LAYER_DTYPES))
        value = draw(st.integers(1, 1 if dtype is np.bool_ else 100))
        shape = tuple(s.stop - s.start for s in box)
        inside = draw(hnp.arrays(np.bool_, shape))
        mask[tuple(box)] = inside
        pixels = np.where(inside, value, 0).astype(dtype)
        parts.append(Patch(box[0], box[1], draw(strided(pixels[None]))[0], value))
    return masks, parts


def stream_of(parts: list[Patch | None], shape: tuple[int, int]) -> bytes:
    return b"".join(bytes(piece) for piece in pack(iter(parts), shape))


@given(drawn=patched())
def test_packed_frames_are_one_stream_of_bits_without_padding(drawn) -> None:
    masks, parts = drawn
    expected = np.packbits(masks.reshape(-1), bitorder="little").tobytes()
    assert stream_of(parts, masks.shape[1:]) == expected


@given(drawn=patched())
def test_every_native_frame_is_found_wherever_its_bits_start(drawn) -> None:
    masks, parts = drawn
    shape = masks.shape[1:]
    stream = stream_of(parts, shape)
    for index, mask in enumerate(masks):
        start, end = frame_span(index, shape)
        frame = unpack(memoryview(stream)[start:end], index, shape)
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, mask)


def test_frames_of_fewer_than_8_pixels_follow_one_another_bit_by_bit() -> None:
    masks = np.array([[[1, 0, 0], [0, 1, 1]], [[0, 0, 1], [1, 0, 0]]], np.uint8)
    parts = [Patch(slice(0, 2), slice(0, 3), mask, 1) for mask in masks]
    assert stream_of(parts, (2, 3)) == bytes([0b00110001, 0b00000011])
    np.testing.assert_array_equal(unpack(b"\x31\x03", 1, (2, 3)), masks[1])


def test_the_last_byte_is_filled_with_zero_bits() -> None:
    part = Patch(slice(0, 1), slice(0, 3), np.ones((1, 3), np.uint8), 1)
    assert stream_of([part], (1, 3)) == b"\x07"


@pytest.mark.parametrize("shape", [(512, 512), (511, 509), (515, 301)])
def test_large_frames_are_packed_in_pieces(shape: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 2, shape, dtype=np.uint8)
    part = Patch(slice(0, shape[0]), slice(0, shape[1]), frame, 1)
    parts = [part, None, part] * 30
    pieces = [bytes(piece) for piece in pack(iter(parts), shape)]
    assert len(pieces) > 1
    masks = np.zeros((90, *shape), np.uint8)
    masks[0::3], masks[2::3] = frame, frame
    assert b"".join(pieces) == np.packbits(masks.reshape(-1), bitorder="little").tobytes()


@given(drawn=patched(), cut=st.integers(1, 4))
def test_a_frame_that_is_cut_off_is_refused_and_named(drawn, cut: int) -> None:
    masks, parts = drawn
    shape = masks.shape[1:]
    stream = stream_of(parts, shape)
    last = len(masks) - 1
    start, end = frame_span(last, shape)
    with pytest.raises(TruncatedFile, match=f"Frame {last + 1} "):
        unpack(stream[start : max(start, end - cut)], last, shape)
