"""Where the bytes of an object lie: a file that is read at offsets, or memory."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from .errors import FileMissing, ReadError, TruncatedFile

ReadAt = Callable[[int, int], bytes | memoryview]
"""(offset, length) -> exactly that many bytes; raises TruncatedFile."""

WINDOW_BYTES = 1 << 16


class ByteSource(Protocol):
    """Bytes that can be read at offsets."""

    @property
    def size(self) -> int: ...

    def opened(self) -> AbstractContextManager[ReadAt]: ...


class MemoryBytes:
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = data

    def __reduce__(self) -> tuple[type["MemoryBytes"], tuple[bytes]]:
        """Copies and pickles hold bytes; a view of somebody's memory cannot be in them."""
        return MemoryBytes, (bytes(self._data),)

    @property
    def size(self) -> int:
        return len(self._data)

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        yield self._read_at

    def _read_at(self, offset: int, length: int) -> memoryview:
        data = memoryview(self._data)[offset : offset + length]
        check_complete(len(data), offset, length)
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
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            reason = error.strerror if isinstance(error, OSError) else error
            raise ReadError(f"{self.path} cannot be read: {reason}.") from error
        return status.st_size, status.st_mtime_ns

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        if self._stat() != self._version:
            raise ReadError(f"{self.path} was changed after it was opened; open it again.")
        with open(self.path, "rb") as file:

            def read_at(offset: int, length: int) -> bytes:
                file.seek(offset)
                # Not more than there is: a length from a damaged header would be made room for.
                data = file.read(min(length, max(0, self.size - offset)))
                check_complete(len(data), offset, length)
                return data

            yield read_at


class SwappedWords:
    """Bytes of which each 16-bit word from `start` on has its two bytes exchanged, PS3.5 7.3.

    What stands so in a big endian file is read through this as it stands in a little endian one.
    """

    def __init__(self, inner: ByteSource, start: int) -> None:
        self.inner = inner
        self._start = start

    @property
    def size(self) -> int:
        return self.inner.size

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        with self.inner.opened() as read_at:

            def read_swapped(offset: int, length: int) -> bytes:
                first = offset - (offset - self._start) % 2
                last = offset + length + (offset + length - self._start) % 2
                words = np.frombuffer(read_at(first, last - first), "<u2")
                return words.byteswap().tobytes()[offset - first :][:length]

            yield read_swapped


class ByteStream:
    """What lies at offsets, as the file that pydicom reads a header from: few reads, none beyond the end."""

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._read_at, self._size = read_at, size
        self._at = 0
        self._window: bytes | memoryview = b""
        self._base = 0

    def read(self, length: int | None = -1) -> bytes:
        """Return the next bytes; fewer at the end."""
        start = self._at
        end = self._size if length is None or length < 0 else min(start + length, self._size)
        if end <= start:
            return b""
        if start < self._base or end > self._base + len(self._window):
            if end - start > WINDOW_BYTES:
                self._at = end
                return bytes(self._read_at(start, end - start))
            self._base = start
            self._window = self._read_at(start, min(WINDOW_BYTES, self._size - start))
        self._at = end
        return bytes(self._window[start - self._base : end - self._base])

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at


def check_complete(found: int, offset: int, expected: int) -> None:
    """Raise TruncatedFile where fewer bytes were found than expected."""
    if found != expected:
        raise TruncatedFile(
            f"The file ends {expected - found:,} bytes early (at byte {offset + found:,}); it is truncated."
        )
