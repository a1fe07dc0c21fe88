"""What every codec promises, whichever it is. A new one joins by its row in the table."""

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from codec_frames import COMPRESSED, ROWS_AND_BITS, codec_of, frames, labels, noise
from dicomsegcodec.codecs import TransferSyntax
from dicomsegcodec.errors import ArgumentError, ArgumentTypeError, ReadError, TruncatedFile
from dicomsegcodec.samples import SampleFormat

SHAPES = (
    (1, 1),
    (1, 7),
    (1, 300),
    (300, 1),
    (3, 5),
    (8, 8),
    (16, 16),
    (31, 33),
    (32, 32),
    (60, 77),
    (40, 260),
)


def check(row: TransferSyntax, samples: SampleFormat, frame: np.ndarray) -> None:
    """Compress and restore a frame."""
    codec = codec_of(row)
    before = frame.copy()
    encoded = codec.encode(frame, samples)
    assert isinstance(encoded, bytes) and len(encoded) % 2 == 0
    assert np.array_equal(frame, before)
    for data in (encoded, memoryview(encoded)):
        restored = codec.decode(data, frame.shape, samples)
        assert restored.dtype == samples.dtype
        assert np.array_equal(restored, frame)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_a_frame_is_restored_as_it_was(row: TransferSyntax, samples: SampleFormat) -> None:
    for shape in SHAPES:
        if not row.holds(samples, shape):
            continue
        half = np.zeros(shape, samples.dtype)
        half[shape[0] // 2 :] = samples.max_value
        for frame in (
            np.zeros(shape, samples.dtype),
            np.full(shape, samples.max_value, samples.dtype),
            half,
            np.indices(shape, samples.dtype).sum(0, dtype=samples.dtype) & 1,
            labels(shape, samples),
            noise(shape, samples),
        ):
            check(row, samples, frame)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
@given(data=st.data())
def test_any_frame_is_restored_as_it_was(
    row: TransferSyntax, samples: SampleFormat, data: st.DataObject
) -> None:
    frame = data.draw(frames(samples, row.smallest))
    try:
        codec_of(row).encode(frame, samples)
    except ArgumentError as error:
        assert samples.bits == 1 and "does not compress with JPEG 2000" in str(error)
        reject()
    check(row, samples, frame)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_sixteen_bit_frames_of_small_values_stay_sixteen_bit(
    row: TransferSyntax, samples: SampleFormat
) -> None:
    # pyjpegls takes the precision from the largest pixel unless told, and restores other values then.
    for value in (1, 3, 255, 256, 65535):
        frame = np.zeros((40, 40), samples.dtype)
        frame[5:9] = min(value, samples.max_value)
        check(row, samples, frame)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_a_frame_may_lie_anywhere_in_memory(row: TransferSyntax, samples: SampleFormat) -> None:
    frame = labels((40, 56), samples)
    wide = np.repeat(frame, 2, axis=1)
    read_only = frame.copy()
    read_only.setflags(write=False)
    swapped = frame.astype(frame.dtype.newbyteorder(">"))
    for other in (np.asfortranarray(frame), wide[:, ::2], frame[::-1, ::-1], read_only, swapped):
        check(row, samples, other)
    if samples.bits == 1:
        check(row, samples, frame.astype(bool))
    if samples.bits == 16:
        check(row, samples, (frame & 0xFF).astype(np.uint8))


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_many_frames_are_compressed_as_one_is(row: TransferSyntax, samples: SampleFormat) -> None:
    codec = codec_of(row)
    stack = np.stack([labels((33, 47), samples, seed) for seed in range(7)])
    stack[3] = 0
    assert codec.encode_many(stack, samples) == [codec.encode(frame, samples) for frame in stack]
    assert codec.encode_many(stack[:0], samples) == []


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
@pytest.mark.parametrize("promised", [(40, 48), (39, 48), (40, 47), (41, 48), (48, 40), (4, 4), (400, 480)])
def test_a_frame_of_another_size_than_promised_is_refused(
    row: TransferSyntax, samples: SampleFormat, promised: tuple[int, int]
) -> None:
    codec = codec_of(row)
    frame = labels((40, 48), samples)
    encoded = codec.encode(frame, samples)
    if promised in ((40, 48), (48, 40)):
        # Deflate and RLE know the number of pixels only.
        try:
            assert codec.decode(encoded, promised, samples).shape == promised
        except ReadError as error:
            assert "Rows or Columns" in str(error)
    else:
        with pytest.raises(ReadError, match="Rows"):
            codec.decode(encoded, promised, samples)


@pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.keyword)
def test_sixteen_bits_where_eight_are_promised_are_refused(row: TransferSyntax) -> None:
    codec = codec_of(row)
    frame = labels((40, 48), SampleFormat(16))
    with pytest.raises(ReadError, match="Bits Allocated"):
        codec.decode(codec.encode(frame, SampleFormat(16)), frame.shape, SampleFormat(8))


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_an_empty_frame_is_a_truncated_one(row: TransferSyntax, samples: SampleFormat) -> None:
    with pytest.raises(ReadError) as raised:
        codec_of(row).decode(b"", (40, 40), samples)
    assert row.codec.__name__.endswith(("jpegls", "jpeg2000")) or isinstance(raised.value, TruncatedFile)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_values_that_the_samples_cannot_hold_are_not_wrapped(
    row: TransferSyntax, samples: SampleFormat
) -> None:
    codec = codec_of(row)
    for wider in (np.int16, np.uint32, np.float32, *([np.uint16] if samples.bits < 16 else [])):
        with pytest.raises(ArgumentTypeError, match=r"convert it to"):
            codec.encode(np.zeros((40, 40), wider), samples)
    if samples.bits == 1:
        with pytest.raises(ArgumentError, match="1-bit samples allow 0 and 1"):
            codec.encode(np.full((40, 40), 2, np.uint8), samples)
