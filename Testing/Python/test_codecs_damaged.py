"""Damaged frames: nothing but our own errors, and no more memory than the frame's own size."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec_frames import COMPRESSED, FORMATS, ROWS_AND_BITS, codec_of, labels
from dicomsegcodec.codecs import TransferSyntax, jpeg2000, jpegls, rle, transfer_syntax
from dicomsegcodec.errors import ReadError, TruncatedFile
from dicomsegcodec.samples import SampleFormat

SHAPE = (40, 44)


def restore(row: TransferSyntax, samples: SampleFormat, data: bytes) -> np.ndarray | None:
    """Return a frame, or None where it is refused by one of our errors; another error fails the test."""
    try:
        restored = codec_of(row).decode(data, SHAPE, samples)
    except ReadError:
        return None
    assert restored.shape == SHAPE and restored.dtype == samples.dtype
    return restored


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
def test_a_truncated_frame_is_refused_wherever_it_ends(row: TransferSyntax, samples: SampleFormat) -> None:
    frame = labels(SHAPE, samples)
    encoded = codec_of(row).encode(frame, samples)
    for end in range(len(encoded)):
        restored = restore(row, samples, encoded[:end])
        # The last bytes may be those that make the length even.
        assert restored is None or (np.array_equal(restored, frame) and not any(encoded[end:]))


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
@given(data=st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_or_restored(
    row: TransferSyntax, samples: SampleFormat, data: bytes
) -> None:
    restore(row, samples, data)


@pytest.mark.parametrize(("row", "samples"), ROWS_AND_BITS)
@given(seed=st.integers(0, 5), data=st.data())
def test_a_frame_with_wrong_bytes_is_refused_or_restored(
    row: TransferSyntax, samples: SampleFormat, seed: int, data: st.DataObject
) -> None:
    encoded = bytearray(codec_of(row).encode(labels(SHAPE, samples, seed), samples))
    places = st.integers(0, len(encoded) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        encoded[place] = value
    restore(row, samples, bytes(encoded))


@pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.keyword)
def test_a_header_that_promises_more_gets_no_memory(row: TransferSyntax) -> None:
    codec, samples = codec_of(row), FORMATS[16]
    encoded = codec.encode(np.zeros((2000, 2000), np.uint16), samples)
    codec.decode(encoded, (2000, 2000), samples)
    tracemalloc.start()
    try:
        with pytest.raises(ReadError):
            codec.decode(encoded, (40, 40), samples)
        with pytest.raises(ReadError):
            codec.decode(encoded[:100], (65535, 65535), samples)
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()


# --- RLE ----------------------------------------------------------------------------------------------------


def rle_frame(*packets: bytes, segments: int = 1, offsets: tuple[int, ...] = (64,)) -> bytes:
    return struct.pack("<16I", segments, *offsets, *bytes(15 - len(offsets))) + b"".join(packets)


def test_packets_of_every_kind_are_understood() -> None:
    packets = b"\x80", b"\x02abc", b"\x80\x80", b"\xfeZ", b"\x00y", b"\x80"
    assert rle.decode(rle_frame(*packets), (1, 7), FORMATS[8]).tobytes() == b"abcZZZy"


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0\0", b"\x80", b"\x80\0"])
def test_what_fills_a_segment_up_is_no_pixel(padding: bytes) -> None:
    assert rle.decode(rle_frame(b"\xfeZ", padding), (1, 3), FORMATS[8]).tobytes() == b"ZZZ"


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (rle_frame(b"\xfeZ"), TruncatedFile, "restores to 3 bytes where 1 x 5 pixels"),
        (rle_frame(b"\xfaZ"), ReadError, "restores to 7 bytes or more"),
        (rle_frame(b"\xfcZ", b"\xfcY"), ReadError, "restores to 10 bytes or more"),
        (rle_frame(b"\xfcZ", b"\x05"), ReadError, "or more"),
        (rle_frame(b"\x04abc"), TruncatedFile, "cut off"),
        (rle_frame(b"\xfc"), TruncatedFile, "cut off"),
        (rle_frame(b"\x80" * 50), TruncatedFile, "restores to 0 bytes"),
        (rle_frame(b"\xfcZ", segments=2, offsets=(64, 66)), ReadError, "names 2 segments"),
        (rle_frame(b"\xfcZ", segments=0), ReadError, "names 0 segments"),
        (rle_frame(b"\xfcZ", offsets=(2,)), TruncatedFile, "start at bytes"),
        (rle_frame(b"\xfcZ", offsets=(0xFFFFFFFF,)), TruncatedFile, "start at bytes"),
        (rle_frame(b"\xfcZ")[:40], TruncatedFile, "header alone takes 64"),
    ],
)
def test_damage_to_rle_is_told_apart(frame: bytes, error: type[ReadError], words: str) -> None:
    with pytest.raises(error, match=words):
        rle.decode(frame, (1, 5), FORMATS[8])


def test_rle_segments_must_stand_in_their_order() -> None:
    with pytest.raises(TruncatedFile, match="start at bytes"):
        rle.decode(rle_frame(b"\xfcZ", b"\xfcY", segments=2, offsets=(66, 64)), (1, 5), FORMATS[16])


# --- what is lossy, and what is not a frame -----------------------------------------------------------------


def test_a_frame_compressed_with_loss_is_refused() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    near = pytest.importorskip("jpeg_ls").encode_buffer(frame.tobytes(), 64, 64, 1, 8, lossy_error=2)
    with pytest.raises(ReadError, match=r"with loss \(by up to 2\)"):
        jpegls.decode(bytes(near), (64, 64), FORMATS[8])
    library = pytest.importorskip("openjpeg.utils")
    with pytest.raises(ReadError, match="irreversible"):
        jpeg2000.decode(library.encode_array(frame, compression_ratios=[4]), (64, 64), FORMATS[8])


def test_a_codestream_within_a_jp2_file_is_found() -> None:
    frame = labels((64, 64), FORMATS[8])
    data = pytest.importorskip("openjpeg.utils").encode_array(frame, bits_stored=8, codec_format=1)
    assert data[4:8] == b"jP  "
    assert np.array_equal(jpeg2000.decode(data, (64, 64), FORMATS[8]), frame)
    with pytest.raises(ReadError, match="no codestream"):
        jpeg2000.decode(data[:40], (64, 64), FORMATS[8])


def test_signed_and_coloured_images_are_no_segmentation() -> None:
    library = pytest.importorskip("openjpeg.utils")
    signed = library.encode_array(np.zeros((64, 64), np.int8), bits_stored=8)
    with pytest.raises(ReadError, match="signed samples of 8 bits"):
        jpeg2000.decode(signed, (64, 64), FORMATS[8])
    coloured = library.encode_array(np.zeros((64, 64, 3), np.uint8), bits_stored=8)
    with pytest.raises(ReadError, match="3 samples"):
        jpeg2000.decode(coloured, (64, 64), FORMATS[8])


def test_a_narrower_precision_than_the_samples_is_read() -> None:
    frame = np.zeros((64, 64), np.uint16)
    frame[3:9] = 200
    charls, openjpeg = pytest.importorskip("jpeg_ls"), pytest.importorskip("openjpeg.utils")
    for codec, data in (
        (jpegls, charls.encode_buffer(frame.tobytes(), 64, 64, 1, 8)),
        (jpeg2000, openjpeg.encode_array(frame, bits_stored=8)),
    ):
        restored = codec.decode(bytes(data), (64, 64), FORMATS[16])
        assert restored.dtype == np.uint16 and np.array_equal(restored, frame)


def test_fill_bytes_before_a_jpeg_ls_marker_are_passed() -> None:
    frame = labels((64, 64), FORMATS[8])
    data = codec_of(transfer_syntax("1.2.840.10008.1.2.4.80")).encode(frame, FORMATS[8])
    filled = data[:2] + b"\xff\xff" + data[2:]
    assert np.array_equal(jpegls.decode(filled, (64, 64), FORMATS[8]), frame)
