"""A habit of the C library that costs more than most compressions."""

from functools import cache

_BYTES = 31 << 20


@cache
def prime_heap() -> None:
    """Let memory of frames be reused; only the first call does anything.

    glibc gives every block above 128 KiB back to the system when it is freed, until a larger one has been
    freed: then it keeps blocks up to that size, 32 MiB at most. Codecs allocate a frame or two each time, and
    fetching those pages anew took pyjpegls from 1,200 down to 170 MB/s (512 x 512 frames, glibc 2.36). The
    block is never touched, so it takes no memory; other C libraries do not mind.
    """
    bytes(_BYTES)  # not bytearray, which writes the zeros itself
