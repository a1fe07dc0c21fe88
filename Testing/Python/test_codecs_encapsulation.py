"""Frames to fragments and back: offset tables of every kind, several fragments a frame, damage."""

import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames, parse_basic_offsets

from dicomsegcodec.byte_source import ReadAt
from dicomsegcodec.codecs import fragment_writer
from dicomsegcodec.codecs.encapsulation import FrameSpans, frame_spans
from dicomsegcodec.codecs.fragment_writer import EncapsulatedPixels
from dicomsegcodec.errors import OutputError, ReadError, TruncatedFile

frame_lists = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=12)
END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def item(data: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data


def even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def value_of(frames: list[bytes], memory_bytes: int = 1 << 20) -> bytes:
    with EncapsulatedPixels(frames, memory_bytes) as pixels:
        value = b"".join(pixels.pieces())
        assert len(value) == pixels.length and len(pixels) == len(frames)
        assert value == b"".join(pixels.pieces())
    return value


def reader(data: bytes) -> ReadAt:
    """Return a source that never gives more than it has, as a file does."""

    def read_at(offset: int, length: int) -> bytes:
        assert length <= len(data), "a length out of the file was believed"
        found = data[offset : offset + length]
        if len(found) != length:
            raise TruncatedFile("short")
        return found

    return read_at


def frames_of(data: bytes, count: int, offset: int = 0, extended: bytes | None = None) -> list[bytes]:
    spans = frame_spans(reader(data), len(data), offset, count, extended)
    assert len(spans) == count
    return [spans.read(reader(data), index) for index in range(count)]


@given(frames=frame_lists, memory=st.sampled_from((0, 50, 1 << 20)), before=st.binary(max_size=9))
def test_every_frame_is_found_again(frames: list[bytes], memory: int, before: bytes) -> None:
    value = value_of(frames, memory)
    assert frames_of(before + value, len(frames), len(before)) == [even(frame) for frame in frames]
    assert frames_of(before + value + b"more", len(frames), len(before)) == [even(frame) for frame in frames]


@given(frames=frame_lists)
def test_pydicom_finds_our_frames_and_we_find_its(frames: list[bytes]) -> None:
    value = value_of(frames)
    assert list(generate_frames(value, number_of_frames=len(frames))) == [even(frame) for frame in frames]
    assert value == encapsulate(frames) + END
    for has_table in (True, False):
        theirs = encapsulate(frames, has_bot=has_table) + END
        assert frames_of(theirs, len(frames)) == [even(frame) for frame in frames]
    theirs, offsets, _lengths = encapsulate_extended(frames)
    assert frames_of(theirs + END, len(frames), 0, offsets) == [even(frame) for frame in frames]


@given(frames=st.lists(st.binary(min_size=40, max_size=60), min_size=1, max_size=5), pieces=st.integers(2, 4))
def test_several_fragments_are_one_frame_where_a_table_says_so(frames: list[bytes], pieces: int) -> None:
    value = encapsulate(frames, fragments_per_frame=pieces) + END
    assert frames_of(value, len(frames)) == [even(frame) for frame in frames]


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xf7", b"\xff\x4f\xff\x51"])
def test_several_fragments_are_told_apart_by_how_a_stream_starts(start: bytes) -> None:
    fragments = [start + b"a" * 20, b"b" * 10, start + b"c" * 20, b"d" * 10, b"e" * 10]
    value = item(b"") + b"".join(map(item, fragments)) + END
    assert frames_of(value, 2) == [b"".join(fragments[:2]), b"".join(fragments[2:])]
    assert frames_of(value, 1) == [b"".join(fragments)]
    with pytest.raises(ReadError, match="5 fragments for 3 frames and no usable offset table"):
        frames_of(value, 3)


def test_the_extended_table_is_made_where_offsets_pass_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [bytes([k]) * 31 for k in range(9)]
    with EncapsulatedPixels(frames) as pixels:
        assert pixels.extended_tables is None
        assert parse_basic_offsets(b"".join(pixels.pieces())) == [40 * k for k in range(9)]
        monkeypatch.setattr(fragment_writer, "_LARGEST_OFFSET", 319)
        tables = pixels.extended_tables
        assert tables is not None
        value = b"".join(pixels.pieces())
        assert parse_basic_offsets(value) == []
        assert len(value) == pixels.length
    assert struct.unpack("<9Q", tables[0]) == tuple(range(0, 360, 40))
    assert struct.unpack("<9Q", tables[1]) == (31,) * 9
    theirs = generate_frames(value, number_of_frames=9, extended_offsets=tables)
    assert list(theirs) == frames
    assert frames_of(value, 9, 0, tables[0]) == [even(frame) for frame in frames]


def reads_to_find(value: bytes, extended: bytes | None, count: int) -> int:
    """Return how many reads it takes to find all frames."""
    reads = []
    whole = reader(value)

    def read_at(offset: int, length: int) -> bytes:
        reads.append(length)
        return bytes(whole(offset, length))

    assert len(frame_spans(read_at, len(value), 0, count, extended)) == count
    return len(reads)


def test_a_table_spares_a_visit_to_every_fragment() -> None:
    frames = [bytes(50_000)] * 40
    theirs, offsets, _lengths = encapsulate_extended(frames)
    assert reads_to_find(value_of(frames), None, 40) < 6
    assert reads_to_find(theirs + END, offsets, 40) < 6
    assert reads_to_find(theirs + END, None, 40) < 50


@pytest.mark.parametrize(
    "spoil",
    [
        lambda offsets: offsets + 8,
        lambda offsets: offsets[::-1],
        lambda offsets: offsets * 0,
        lambda offsets: offsets[:-1],
        lambda offsets: np.append(offsets, offsets[-1] + 60),
        lambda offsets: np.append(offsets[:-1], offsets[-1] + 2),
        lambda offsets: np.append(offsets[:-1], np.uint32(0xFFFFFFF0)),
    ],
    ids=["shifted", "reversed", "all 0", "short", "long", "beside the last", "far away"],
)
@pytest.mark.parametrize("dtype", ["<u4", "<u8"])
def test_a_wrong_table_is_not_used(spoil: Callable[[np.ndarray], np.ndarray], dtype: str) -> None:
    frames = [bytes([k]) * 40 for k in range(5)]
    table = spoil(np.arange(0, 240, 48, np.uint32)).astype(dtype).tobytes()
    fragments = b"".join(map(item, frames)) + END
    if dtype == "<u4":
        assert frames_of(item(table) + fragments, 5) == frames
    else:
        assert frames_of(item(b"") + fragments, 5, 0, table) == frames


def test_a_table_that_is_wrong_in_its_middle_is_found_out_when_the_frame_is_read() -> None:
    frames = [bytes([k]) * 40 for k in range(5)]
    value = bytearray(value_of(frames))
    value[8 + 4 : 8 + 8] = struct.pack("<I", 50)
    spans = frame_spans(reader(bytes(value)), len(value), 0, 5)
    for index in (0, 1):
        with pytest.raises(ReadError, match=f"Frame {index + 1} has no fragments"):
            spans.read(reader(bytes(value)), index)
    assert spans.read(reader(bytes(value)), 2) == frames[2]


def test_fragments_are_believed_where_a_table_is_wrong_in_its_middle() -> None:
    frames = [bytes([k]) * 40 for k in range(5)]
    value = bytearray(value_of(frames))
    value[8 + 4 : 8 + 8] = struct.pack("<I", 50)
    read_at = reader(bytes(value))
    spans = frame_spans(read_at, len(value), 0, 5).visited(read_at)
    assert [spans.read(read_at, index) for index in range(5)] == frames


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize(("stated", "described"), [(1, 3), (5, 3), (3, 1), (3, 5), (2, 3)])
def test_of_two_numbers_of_frames_the_one_that_the_fragments_agree_with_is_taken(
    has_table: bool, stated: int, described: int
) -> None:
    value = encapsulate([b"abcd", b"efghij", b"klmnopqr"], has_bot=has_table) + END
    spans = frame_spans(reader(value), len(value), 0, stated, described=described)
    assert [spans.read(reader(value), index) for index in range(3)] == [b"abcd", b"efghij", b"klmnopqr"]


def test_without_a_number_of_frames_each_fragment_is_one() -> None:
    value = item(b"") + b"".join(map(item, (b"ab", b"cd", b"ef"))) + END
    assert len(frame_spans(reader(value), len(value), 0, None)) == 3
    with pytest.raises(TruncatedFile):
        frame_spans(reader(item(b"") + END), 16, 0, None)


def test_a_file_may_end_with_its_last_fragment() -> None:
    frames = [b"abcd", b"efghij"]
    value = value_of(frames)[: -len(END)]
    assert frames_of(value, 2) == frames
    assert frames_of(item(b"") + b"".join(map(item, frames)), 2) == frames


@pytest.mark.parametrize("has_table", [True, False])
def test_a_truncated_value_is_refused_wherever_it_ends(has_table: bool) -> None:
    frames = [b"abcd", b"efghij", b"klmnopqr"]
    whole = encapsulate(frames, has_bot=has_table)
    for end in range(len(whole)):
        with pytest.raises(TruncatedFile):
            frames_of(whole[:end], 3)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (b"", TruncatedFile, "before the fragments"),
        (END, ReadError, r"starts with \(FFFE,E0DD\)"),
        (item(b"") + END, TruncatedFile, "0 fragments where Number of Frames is 2"),
        (item(b"") + item(b"ab") + END, TruncatedFile, "1 fragments"),
        (item(b"") + item(b"ab") * 3 + END, ReadError, "unknown which fragment"),
        (item(b"") + item(b"ab") + b"\x10\0\x10\0PN\4\0", ReadError, r"\(0010,0010\) stands at byte 18"),
        (item(b"") + b"\xfe\xff\0\xe0\xff\xff\xff\xff" + b"ab", TruncatedFile, "ends at byte 4,294,967,311"),
        (b"\xfe\xff\0\xe0\xff\xff\xff\xff", TruncatedFile, "Basic Offset Table ends"),
    ],
)
def test_damage_is_told_apart(value: bytes, error: type[ReadError], words: str) -> None:
    with pytest.raises(error, match=words):
        frames_of(value, 2)


@given(value=st.binary(max_size=120), count=st.integers(1, 5), table=st.none() | st.binary(max_size=40))
def test_bytes_of_any_kind_are_refused_or_read(value: bytes, count: int, table: bytes | None) -> None:
    for data in (value, item(b"") + value, item(value) + value, item(b"") + item(value) * 3):
        try:
            spans = frame_spans(reader(data), len(data), 0, count, table)
        except ReadError:
            continue
        read_all(spans, data)


@given(frames=frame_lists, data=st.data())
def test_wrong_bytes_are_refused_or_read(frames: list[bytes], data: st.DataObject) -> None:
    value = bytearray(value_of(frames))
    places = st.integers(0, len(value) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=5)):
        value[place] = byte
    try:
        spans = frame_spans(reader(bytes(value)), len(value), 0, len(frames))
    except ReadError:
        return
    read_all(spans, bytes(value))


def read_all(spans: FrameSpans, data: bytes) -> None:
    for index in range(len(spans)):
        try:
            assert len(spans.read(reader(data), index)) <= len(data)
        except ReadError:
            continue


def test_no_room_for_the_temporary_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(fragment_writer.tempfile, "SpooledTemporaryFile", lambda size: Full())
    with pytest.raises(OutputError, match="No space left on device"):
        EncapsulatedPixels([b"ab"])
