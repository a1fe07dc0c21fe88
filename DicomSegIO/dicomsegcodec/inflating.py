"""A data set that is one deflate stream, PS3.5 A.5, inflated no further than its header gives a reason to."""

import zlib

from .errors import ReadError, TruncatedFile

_PIECE_BYTES = 1 << 16
HEADER_BYTES = 1 << 29
"""What the attributes of an object may take beside its pixels; a million frames' functional groups fit."""


class InflatingStream:
    """A deflate stream as a file that is inflated as far as it is read.

    A few kilobytes of stream can stand for gigabytes. What is read is kept, and never more than `limit`.

    Parameters
    ----------
    deflated : bytes-like
    limit : int
        Inflated bytes beyond which the stream is refused; it can be set anew.
    """

    def __init__(self, deflated: bytes | memoryview, limit: int = HEADER_BYTES) -> None:
        self.limit = limit
        self._deflated = memoryview(deflated)
        self._used = 0
        self._inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        self._inflated = bytearray()
        self._at = 0

    def read(self, length: int = -1) -> bytes:
        """Return the next bytes; fewer at the end.

        Raises
        ------
        ReadError
            They are beyond the limit, or the stream is damaged.
        """
        end = self.limit + 1 if length < 0 else self._at + length
        self._reach(end)
        data = bytes(memoryview(self._inflated)[self._at : end])
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place that is counted from the start (0) or from here (1)."""
        self._at = max(0, offset + (self._at if whence else 0))
        return self._at

    def tell(self) -> int:
        return self._at

    def everything(self) -> bytearray:
        """Return all of it.

        Raises
        ------
        TruncatedFile
            The stream has no end.
        ReadError
            It is longer than the limit, or damaged.
        """
        self._reach(self.limit + 1)
        if not self._inflater.eof:
            raise TruncatedFile("The deflated data set has no end; the file is truncated.")
        return self._inflated

    def _reach(self, size: int) -> None:
        """Inflate so many bytes, if there are so many."""
        while len(self._inflated) < min(size, self.limit + 1) and not self._inflater.eof:
            tail: bytes | memoryview = self._inflater.unconsumed_tail
            if not tail:
                tail = self._deflated[self._used : self._used + _PIECE_BYTES]
                self._used += len(tail)
                if not tail:
                    break
            try:
                # A little ahead, so that an element after the other does not inflate a few bytes each time.
                missing = min(size, self.limit + 1) - len(self._inflated)
                self._inflated += self._inflater.decompress(tail, max(missing, _PIECE_BYTES))
            except zlib.error as error:
                raise ReadError(
                    f"The data set is no deflate stream ({error}); the file is damaged."
                ) from error
        if size > self.limit and len(self._inflated) > self.limit:
            raise ReadError(
                f"The deflated data set goes on after {self.limit:,} bytes, where its header gives no reason "
                "for more; the file is damaged."
            )
