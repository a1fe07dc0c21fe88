"""The number format of stored samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomsegcodec.encodings import SegmentationType, sample_format
from dicomsegcodec.errors import ReadError
from dicomsegcodec.samples import SampleFormat

every_format = pytest.mark.parametrize("bits", [1, 8, 16])


@every_format
def test_a_sample_in_memory_holds_every_stored_value_and_no_more_bytes_than_it_takes(bits: int) -> None:
    samples = SampleFormat(bits)
    assert samples.max_value == 2**bits - 1
    assert np.iinfo(samples.dtype).max >= samples.max_value
    assert samples.dtype.itemsize == max(1, bits // 8)
    assert samples.dtype.newbyteorder("<") == samples.dtype


@every_format
@given(frames=st.integers(0, 99), rows=st.integers(1, 99), columns=st.integers(1, 99))
def test_native_frames_follow_one_another_without_padding(
    bits: int, frames: int, rows: int, columns: int
) -> None:
    samples = SampleFormat(bits)
    assert samples.frame_bits((rows, columns)) == rows * columns * bits
    size = samples.native_bytes(frames, (rows, columns))
    assert size * 8 - 8 < frames * rows * columns * bits <= size * 8


@given(value=st.integers(0, 65535))
def test_the_narrowest_format_holds_a_value_and_a_narrower_one_does_not(value: int) -> None:
    samples = SampleFormat.holding(value)
    assert value <= samples.max_value
    assert samples.bits == 8 or value > SampleFormat(8).max_value


@pytest.mark.parametrize("bits", [0, 2, 12, 32, 64, -1])
def test_other_bits_allocated_are_refused(bits: int) -> None:
    with pytest.raises(ReadError, match=str(bits)):
        SampleFormat.stored(bits)


@pytest.mark.parametrize(("largest", "bits"), [(1, 8), (255, 8), (256, 16), (65535, 16)])
def test_a_label_map_has_16_bits_only_where_a_segment_number_needs_them(largest: int, bits: int) -> None:
    assert sample_format(SegmentationType.LABELMAP, largest).bits == bits
    assert sample_format(SegmentationType.BINARY, largest).bits == 1
