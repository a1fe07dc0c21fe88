"""Where the bytes of an object lie: a file that is read at offsets, or memory."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from .errors import FileMissing, ReadError, TruncatedFile

ReadAt = Callable[[int, int], bytes | memoryview]
"""(offset, length) -> exactly that many bytes; raises TruncatedFile."""


class ByteSource(Protocol):
    """Bytes that can be read at offsets."""

    @property
    def size(self) -> int: ...

    def opened(self) -> AbstractContextManager[ReadAt]: ...


class MemoryBytes:
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        yield self._read_at

    def _read_at(self, offset: int, length: int) -> memoryview:
        data = memoryview(self._data)[offset : offset + length]
        _complete(len(data), offset, length)
        return data


class FileBytes:
    """A file, opened for as long as frames are read from it.

    A file that is replaced or changed in between is refused: offsets found in
    one version must not be used on another.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._version = self._stat()

    @property
    def size(self) -> int:
        return self._version[0]

    def _stat(self) -> tuple[int, int]:
        try:
            status = os.stat(self.path)
        except FileNotFoundError as error:
            raise FileMissing(f"There is no file {self.path}.") from error
        except OSError as error:
            raise ReadError(f"{self.path} cannot be read: {error.strerror}.") from error
        return status.st_size, status.st_mtime_ns

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        if self._stat() != self._version:
            raise ReadError(f"{self.path} was changed after it was opened; open it again.")
        with open(self.path, "rb") as file:

            def read_at(offset: int, length: int) -> bytes:
                file.seek(offset)
                data = file.read(length)
                _complete(len(data), offset, length)
                return data

            yield read_at


def _complete(found: int, offset: int, expected: int) -> None:
    if found != expected:
        raise TruncatedFile(
            f"The file ends {expected - found:,} bytes early (at byte {offset + found:,}); it is truncated."
        )
