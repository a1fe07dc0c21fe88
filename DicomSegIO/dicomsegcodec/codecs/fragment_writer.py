"""Compressed frames put into fragments of encapsulated Pixel Data, PS3.5 A.4.

The value is a sequence of items: the Basic Offset Table, which may be empty, then the fragments, then a
delimiter. A frame is one fragment or several. Where offsets do not fit the 32 bits of that table, it is
empty, and two attributes before Pixel Data say where frames start: (7FE0,0001) and (7FE0,0002), PS3.3
C.7.6.3.1.8.
"""

import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import numpy as np

from ..errors import OutputError

_HEADER = struct.Struct("<HHI")
_GROUP, _ITEM, _DELIMITER = 0xFFFE, 0xE000, 0xE0DD
_LARGEST_OFFSET = 0xFFFFFFFF
_PIECE_BYTES = 1 << 20


class EncapsulatedPixels:
    """The value of encapsulated Pixel Data, gathered frame by frame and then written in pieces.

    Offset tables stand before the frames, and their values are known after the last frame only. So frames are
    kept, compressed as they are, in memory up to `memory_bytes` and then in a temporary file.

    Parameters
    ----------
    frames : iterable of bytes
        Compressed frames, in stored order; more can be appended.
    memory_bytes : int
    extended : bool
        Give the extended offset table even where the basic one would do.
    """

    def __init__(
        self, frames: Iterable[bytes] = (), memory_bytes: int = 16 << 20, *, extended: bool = False
    ) -> None:
        self._extended = extended
        self._items = tempfile.SpooledTemporaryFile(memory_bytes)  # noqa: SIM115 - closed by close()
        self._offsets = array("Q")
        self._lengths = array("Q")
        self._size = 0
        try:
            for frame in frames:
                self.append(frame)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def close(self) -> None:
        """Give memory and temporary file back."""
        self._items.close()

    def append(self, frame: bytes) -> None:
        """Add a frame as one fragment, padded to an even length.

        Raises
        ------
        OutputError
            There is no room for the temporary file.
        """
        padding = len(frame) % 2
        try:
            self._items.write(_HEADER.pack(_GROUP, _ITEM, len(frame) + padding) + frame + b"\0" * padding)
        except OSError as error:
            raise OutputError(
                f"There is no room for temporary files in {tempfile.gettempdir()} ({error.strerror}); "
                "make room, or let TMPDIR name another folder."
            ) from error
        self._offsets.append(self._size)
        self._lengths.append(len(frame))
        self._size += _HEADER.size + len(frame) + padding

    @property
    def extended_tables(self) -> tuple[bytes, bytes] | None:
        """Values of (7FE0,0001) and (7FE0,0002); None where the Basic Offset Table holds all offsets."""
        if not self._offsets or (self._offsets[-1] <= _LARGEST_OFFSET and not self._extended):
            return None
        return np.array(self._offsets, "<u8").tobytes(), np.array(self._lengths, "<u8").tobytes()

    @property
    def length(self) -> int:
        """Bytes of the value with its delimiter; the length that the element states is undefined."""
        return len(self._basic_table()) + self._size + _HEADER.size

    def pieces(self) -> Iterator[bytes]:
        """Yield the value, its delimiter last."""
        yield self._basic_table()
        self._items.seek(0)
        while piece := self._items.read(_PIECE_BYTES):
            yield piece
        yield _HEADER.pack(_GROUP, _DELIMITER, 0)

    def _basic_table(self) -> bytes:
        table = b"" if self.extended_tables else np.array(self._offsets, "<u4").tobytes()
        return _HEADER.pack(_GROUP, _ITEM, len(table)) + table
