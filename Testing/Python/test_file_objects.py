"""Segmentations from paths, URLs, bytes, open files and remote ones; opening one reads its header only."""

import copy
import io
import pickle
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomsegcodec as hd
from dicomsegcodec.byte_source import ByteStream, MemoryBytes, SwappedWords
from dicomsegcodec.errors import ArgumentTypeError, FileMissing, NotDicom, ReadError, TruncatedFile
from dicomsegcodec.file_objects import byte_source
from dicomsegcodec.read import open_segmentation
from objects import construct
from series import make_series

SHAPE = (4, 256, 256)
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[:, 20:200, 30:150] = 1
LABELS[1:3, 210:] = 2


def written(kind: str, syntax: str) -> bytes:
    seg = construct(make_series(SHAPE), LABELS, [1, 2], kind, transfer_syntax_uid=syntax)
    file = io.BytesIO()
    seg.save_as(file)
    return file.getvalue()


# A label map of 256 kB in native pixels: far more than its header.
NATIVE = written("LABELMAP", "1.2.840.10008.1.2.1")
RLE = written("LABELMAP", "1.2.840.10008.1.2.5")


class Counting(io.RawIOBase):
    """A remote file that counts what is read from it."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.bytes_read = 0
        self.reads = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        # Like a socket: never more than some kilobytes at a time.
        data = self._file.read(min(len(buffer), 5000))
        buffer[: len(data)] = data
        self.bytes_read += len(data)
        self.reads += 1
        return len(data)


class Openable:
    """A file that is not open yet, as fsspec gives it."""

    mode = "rb"
    full_name = "s3://bucket/seg.dcm"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.open_files = 0

    def open(self) -> io.BytesIO:
        file = io.BytesIO(self._data)
        close = file.close
        self.open_files += 1

        def closed() -> None:
            self.open_files -= 1
            close()

        file.close = closed  # type: ignore[method-assign]
        return file


def labels_of(seg: hd.seg.Segmentation) -> np.ndarray:
    return seg.get_volume(combine_segments=True).array


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "open file": lambda path: path.open("rb"),
    "unbuffered file": lambda path: path.open("rb", buffering=0),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "remote file": lambda path: Counting(path.read_bytes()),
    "not open yet": lambda path: Openable(path.read_bytes()),
}


@contextmanager
def closing(source: Any) -> Iterator[Any]:
    """Close what is a file."""
    try:
        yield source
    finally:
        if hasattr(source, "close"):
            source.close()


every_source = pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "seg.dcm"
    file.write_bytes(NATIVE)
    return file


@every_source
@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize("data", [NATIVE, RLE], ids=["native", "RLE"])
def test_every_source_gives_the_same_segmentation(make, lazy: bool, data: bytes, path: Path) -> None:
    path.write_bytes(data)
    with closing(make(path)) as source:
        seg = hd.seg.segread(source, lazy_frame_retrieval=lazy)
        np.testing.assert_array_equal(labels_of(seg), LABELS)
    with closing(make(path)) as source:
        stored = open_segmentation(source, lazy=lazy)
        np.testing.assert_array_equal(np.stack(list(stored.frames.frames(range(4)))), LABELS)


@pytest.mark.parametrize("data", [NATIVE, RLE], ids=["native", "RLE"])
def test_opening_reads_the_header_and_a_frame_only_itself(data: bytes) -> None:
    file = Counting(data)
    seg = hd.seg.segread(file)
    assert seg.segment_numbers == [1, 2]
    assert len(seg.get_source_image_uids()) == 4
    assert file.bytes_read <= 2 * 65536 + 2 * 16384
    if data is NATIVE:
        assert file.bytes_read < len(data)
    before = file.bytes_read
    stored = open_segmentation(Counting(data))
    next(stored.frames.frames([2]))
    seg.get_pixels_by_source_instance([seg.get_source_image_uids()[2][2]])
    assert file.bytes_read - before <= 65536


def test_everything_is_read_at_once_where_that_is_asked_for() -> None:
    file = Counting(NATIVE)
    seg = hd.seg.segread(file, lazy_frame_retrieval=False)
    assert file.bytes_read == len(NATIVE)
    file.close()
    np.testing.assert_array_equal(labels_of(seg), LABELS)


def test_a_file_of_this_machine_may_be_closed_after_it_was_opened(path: Path) -> None:
    with path.open("rb") as file:
        seg = hd.seg.segread(file)
    np.testing.assert_array_equal(labels_of(seg), LABELS)


def test_a_remote_file_that_was_closed_is_said_to_have_to_stay_open() -> None:
    file = Counting(NATIVE)
    seg = hd.seg.segread(file)
    file.close()
    with pytest.raises(ReadError, match="lazy_frame_retrieval=False"):
        seg.get_volume()


def test_a_file_is_read_from_where_it_stands(path: Path) -> None:
    path.write_bytes(b"something before" + NATIVE)
    for file in (path.open("rb"), io.BytesIO(path.read_bytes()), Counting(path.read_bytes())):
        file.seek(16)
        np.testing.assert_array_equal(labels_of(hd.seg.segread(file)), LABELS)
        file.close()


def test_a_file_that_stands_at_its_end_is_no_dicom() -> None:
    file = io.BytesIO(NATIVE)
    file.seek(0, io.SEEK_END)
    with pytest.raises(NotDicom):
        hd.seg.segread(file)


def test_a_file_that_cannot_be_read_at_offsets_is_read_at_once() -> None:
    class Pipe:
        def __init__(self) -> None:
            self._file = io.BytesIO(NATIVE)

        def read(self, size: int = -1) -> bytes:
            return self._file.read(size)

    np.testing.assert_array_equal(labels_of(hd.seg.segread(Pipe())), LABELS)


def test_a_member_of_an_archive_is_a_source(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "files.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/seg.dcm", NATIVE)
    with zipfile.ZipFile(tmp_path / "files.zip") as archive:
        with archive.open("folder/seg.dcm") as file:
            np.testing.assert_array_equal(labels_of(hd.seg.segread(file)), LABELS)
        member = zipfile.Path(archive, "folder/seg.dcm")
        np.testing.assert_array_equal(labels_of(hd.seg.segread(member)), LABELS)


def test_what_opens_a_file_has_none_open_when_nobody_reads() -> None:
    source = Openable(NATIVE)
    seg = hd.seg.segread(source)
    assert source.open_files == 0
    np.testing.assert_array_equal(labels_of(seg), LABELS)
    assert source.open_files == 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda seg: pickle.loads(pickle.dumps(seg))])
@pytest.mark.parametrize(
    "make", [make for name, make in SOURCES.items() if name != "not open yet"], ids=lambda make: "source"
)
def test_copies_do_not_need_the_file(duplicate, make, path: Path) -> None:
    with closing(make(path)) as source:
        other = duplicate(hd.seg.segread(source))
    np.testing.assert_array_equal(labels_of(other), LABELS)


@every_source
def test_threads_read_one_source_at_the_same_time(make, path: Path) -> None:
    with closing(make(path)) as source, ThreadPoolExecutor(4) as pool:
        seg = hd.seg.segread(source)
        for found in pool.map(lambda _n: labels_of(seg), range(8)):
            np.testing.assert_array_equal(found, LABELS)


# --- what is no source --------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [None, 1, 1.5, ["seg.dcm"], object()])
def test_what_is_no_source_is_a_type_error(source: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=type(source).__name__) as caught:
        hd.seg.segread(source)
    assert isinstance(caught.value, TypeError)


def test_a_file_opened_as_text_is_said_to_be(path: Path) -> None:
    path.write_bytes(b"DICM" * 100)
    with path.open() as file, pytest.raises(ArgumentTypeError, match="mode 'rb'"):
        hd.seg.segread(file)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ReadError):
        hd.seg.segread("no\0file.dcm")


def test_a_file_that_is_shorter_than_it_says_is_refused() -> None:
    class Shrinking(Counting):
        def readinto(self, buffer: Any) -> int:
            return 0 if self._file.tell() > 20_000 else super().readinto(buffer)

    with pytest.raises(TruncatedFile):
        hd.seg.segread(Shrinking(NATIVE)).get_volume()


def test_a_remote_failure_is_an_error_of_ours() -> None:
    class Failing(Counting):
        def readinto(self, buffer: Any) -> int:
            if self.reads > 30:
                raise OSError("the connection was reset")
            return super().readinto(buffer)

    with pytest.raises(ReadError, match="connection was reset"):
        hd.seg.segread(Failing(NATIVE)).get_volume()


# --- URLs ---------------------------------------------------------------------------------------------------


def test_a_url_without_fsspec_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ReadError, match="pip install fsspec"):
        hd.seg.segread("s3://bucket/seg.dcm")


def test_urls_and_open_files_of_fsspec_are_sources() -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://bucket/seg.dcm", "wb") as file:
        file.write(NATIVE)
    with fsspec.open("memory://bucket/seg.dcm", "rb") as file:
        np.testing.assert_array_equal(labels_of(hd.seg.segread(file)), LABELS)
    for source in ("memory://bucket/seg.dcm", fsspec.open("memory://bucket/seg.dcm", "rb")):
        seg = hd.seg.segread(source)
        np.testing.assert_array_equal(labels_of(seg), LABELS)
        np.testing.assert_array_equal(labels_of(pickle.loads(pickle.dumps(seg))), LABELS)


def test_a_url_of_nothing_is_a_missing_file() -> None:
    fsspec = pytest.importorskip("fsspec")
    with pytest.raises(FileMissing, match="none"):
        hd.seg.segread("memory://bucket/none.dcm")
    with pytest.raises(FileMissing, match="none"):
        hd.seg.segread(fsspec.open("memory://bucket/none.dcm", "rb"))


def test_a_protocol_that_nobody_knows_is_said_to_be_unknown() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(ReadError, match="nobody"):
        hd.seg.segread("nobody://bucket/seg.dcm")


def test_a_file_of_fsspec_opened_as_text_is_said_to_be() -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://bucket/text.dcm", "wb") as file:
        file.write(b"DICM" * 100)
    with pytest.raises((ArgumentTypeError, ReadError)):
        hd.seg.segread(fsspec.open("memory://bucket/text.dcm", "r"))


# --- bytes at offsets ---------------------------------------------------------------------------------------


@given(data=st.data(), content=st.binary(max_size=300))
def test_a_stream_reads_as_a_file_does(data: st.DataObject, content: bytes) -> None:
    source, expected = MemoryBytes(content), io.BytesIO(content)
    with source.opened() as read_at:
        stream = ByteStream(read_at, source.size)
        for _ in range(data.draw(st.integers(1, 12))):
            if data.draw(st.booleans()):
                length = data.draw(st.integers(-1, 400))
                assert stream.read(length) == expected.read(length)
            else:
                place = data.draw(st.integers(0, 400))
                assert stream.seek(place) == expected.seek(place)
            assert stream.tell() == expected.tell()


def test_a_stream_reads_little_ahead_and_never_beyond_the_end() -> None:
    asked = []

    def read_at(offset: int, length: int) -> bytes:
        assert offset + length <= 10**6
        asked.append(length)
        return bytes(length)

    stream = ByteStream(read_at, 10**6)
    for _ in range(100):
        assert len(stream.read(8)) == 8
    assert asked == [65536]
    assert len(stream.read(200_000)) == 200_000
    assert len(stream.read(1 << 40)) == 10**6 - 200_800
    assert stream.read(5) == b""


@given(content=st.binary(min_size=2, max_size=60), start=st.integers(0, 3), data=st.data())
def test_swapped_words_are_swapped_wherever_they_are_read(
    content: bytes, start: int, data: st.DataObject
) -> None:
    words = content[start : start + (len(content) - start) // 2 * 2]
    expected = np.frombuffer(words, "<u2").byteswap().tobytes()
    source = SwappedWords(MemoryBytes(content), start)
    offset = data.draw(st.integers(0, len(words)))
    length = data.draw(st.integers(0, len(words) - offset))
    with source.opened() as read_at:
        assert read_at(start + offset, length) == expected[offset : offset + length]


def test_bytes_beyond_the_end_are_said_to_be_missing(path: Path) -> None:
    for source in (path, NATIVE, Counting(NATIVE), Openable(NATIVE)):
        found = byte_source(source)
        assert found.size == len(NATIVE)
        with found.opened() as read_at:
            assert bytes(read_at(len(NATIVE) - 4, 4)) == NATIVE[-4:]
            with pytest.raises(TruncatedFile, match="2 bytes early"):
                read_at(len(NATIVE) - 2, 4)
            with pytest.raises(TruncatedFile):
                read_at(10, 1 << 40)
