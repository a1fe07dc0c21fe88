"""Bytes at offsets from what a caller gives: a path, a URL, bytes, an open file, one of a remote system."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from threading import Lock
from typing import Any, BinaryIO, Protocol

from .byte_source import ByteSource, FileBytes, MemoryBytes, ReadAt, check_complete
from .errors import ArgumentTypeError, FileMissing, ReadError


class OpensAFile(Protocol):
    """A file that is not open yet, as `fsspec.open` gives it."""

    def open(self, *mode: str) -> Any: ...


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | OpensAFile

# A drive's letter is one character, so C:\... is none of these.
_URL = re.compile(r"[a-z][a-z0-9+.-]+::?//", re.IGNORECASE)


def name_of(source: Source) -> str:
    """Return what an error calls a source."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    found = getattr(source, "full_name", None) or getattr(source, "name", None)
    return found if isinstance(found, str) else "The data"


def byte_source(source: Source, *, lazy: bool = True) -> ByteSource:
    """Return the bytes of a source.

    Parameters
    ----------
    source : path, URL, bytes, binary file-like object, or what `fsspec.open` returns
        A file-like object is read from where it stands. One without `seek` is read at once.
    lazy : bool
        Read when bytes are asked for; everything at once otherwise.

    Raises
    ------
    FileMissing, ReadError
        It cannot be read, or its URL needs a package that is not installed.
    ArgumentTypeError
        It is none of these.
    """
    found = _lazy_source(source)
    if lazy or isinstance(found, MemoryBytes):
        return found
    with found.opened() as read_at:
        return MemoryBytes(bytes(read_at(0, found.size)))


def _lazy_source(source: Source) -> ByteSource:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return MemoryBytes(source)
    if isinstance(source, str) and _URL.match(source):
        return ReopenedBytes(_open_url(source))
    if isinstance(source, (str, os.PathLike)):
        return FileBytes(source)
    if type(source) is io.BytesIO:
        return MemoryBytes(source.getvalue()[source.tell() :])
    if hasattr(source, "read"):
        return _of_open_file(source)
    if hasattr(source, "open"):
        return ReopenedBytes(source)
    raise ArgumentTypeError(
        f"A path, bytes or a binary file-like object is needed, not {type(source).__name__}."
    )


def _of_open_file(file: Any) -> ByteSource:
    raw = getattr(file, "raw", file)
    name = getattr(file, "name", None)
    # A file of the file system is opened again under its name, so that it may be closed and read in threads.
    if isinstance(raw, io.FileIO) and isinstance(name, str) and not file.closed and file.tell() == 0:
        try:
            same = os.path.samestat(os.fstat(file.fileno()), os.stat(name))
        except OSError:  # it has been renamed or deleted since
            same = False
        if same:
            return FileBytes(name)
    try:
        seekable = bool(file.seekable()) if hasattr(file, "seekable") else hasattr(file, "seek")
        if seekable:
            return ObjectBytes(file)
        return MemoryBytes(_binary(file.read()))
    except (OSError, ValueError) as error:
        raise ReadError(f"{name_of(file)} cannot be read: {error}.") from error


def _open_url(url: str) -> OpensAFile:
    try:
        fsspec = import_module("fsspec")
    except ImportError as error:
        raise ReadError(
            f"{url} is not on this machine; the package fsspec, which would read it, is not installed: "
            "pip install fsspec, or give an open file."
        ) from error
    try:
        return fsspec.open(url, mode="rb")
    except (ImportError, ValueError) as error:
        raise ReadError(f"{url} cannot be opened: {error}.") from error


class ObjectBytes:
    """An open file of the caller's: it has to stay open for as long as frames are read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._lock = Lock()
        self._start = file.tell()
        file.seek(0, os.SEEK_END)
        self._size = max(0, file.tell() - self._start)
        file.seek(self._start)

    def __reduce__(self) -> tuple[type[MemoryBytes], tuple[bytes]]:
        """Copies and pickles hold the bytes: the open file is the caller's."""
        with self.opened() as read_at:
            return MemoryBytes, (bytes(read_at(0, self._size)),)

    @property
    def size(self) -> int:
        return self._size

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        yield self._read_at

    def _read_at(self, offset: int, length: int) -> bytes:
        with self._lock:
            data = _read_at(self._file, self._start + offset, min(length, max(0, self._size - offset)))
        check_complete(len(data), offset, length)
        return data


class ReopenedBytes:
    """A file that is opened for as long as frames are read from it, as often as it takes."""

    def __init__(self, openable: OpensAFile) -> None:
        self._openable = openable
        with self._file() as file:
            try:
                file.seek(0, os.SEEK_END)
                self._size = int(file.tell())
            except (OSError, ValueError, AttributeError) as error:
                raise ReadError(
                    f"{name_of(openable)} cannot be read at offsets ({error}); read it to memory and give "
                    "the bytes."
                ) from error

    @property
    def size(self) -> int:
        return self._size

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        lock = Lock()
        with self._file() as file:

            def read_at(offset: int, length: int) -> bytes:
                with lock:
                    data = _read_at(file, offset, min(length, max(0, self._size - offset)))
                check_complete(len(data), offset, length)
                return data

            yield read_at

    @contextmanager
    def _file(self) -> Iterator[Any]:
        name = name_of(self._openable)
        try:
            # An fsspec OpenFile knows its mode; the path-like objects of others are told.
            mode = () if hasattr(self._openable, "mode") else ("rb",)
            file = self._openable.open(*mode)
        except FileNotFoundError as error:
            raise FileMissing(f"There is no file {name}.") from error
        except (OSError, ValueError, ImportError) as error:
            raise ReadError(f"{name} cannot be opened: {error}.") from error
        with closing(file):
            yield file


def _read_at(file: Any, offset: int, length: int) -> bytes:
    """Return up to `length` bytes; a file may give fewer at a time than it is asked for."""
    parts: list[bytes] = []
    missing = length
    try:
        file.seek(offset)
        while missing and (part := _binary(file.read(missing))):
            parts.append(part)
            missing -= len(part)
    except (OSError, ValueError) as error:
        raise ReadError(
            f"{name_of(file)} cannot be read: {error}. An open file has to stay open for as long as frames "
            "are read from it; to close it, open the segmentation with lazy_frame_retrieval=False."
        ) from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _binary(data: Any) -> bytes:
    if isinstance(data, str):
        raise ArgumentTypeError("The file is opened as text; open it as binary, mode 'rb'.")
    return bytes(data) if data is not None else b""
