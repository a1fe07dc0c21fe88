"""The parts of an object put into a file, in the encoding of its transfer syntax, PS3.5 and PS3.10."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Protocol

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag

from .codecs import transfer_syntax
from .dataset_bytes import element_header, encode_elements
from .findings import Progress
from .functional_groups import PER_FRAME_TAG
from .pixeldata import PIXEL_DATA_TAG


class PendingPixels(Protocol):
    """Pixel Data that is not in memory yet."""

    @property
    def vr(self) -> str: ...

    @property
    def length(self) -> int:
        """Of the value, as the element states it."""

    @property
    def room(self) -> int:
        """Bytes that it takes in a file, at least."""

    def elements(
        self, implicit_vr: bool, progress: Progress | None = None, /
    ) -> Iterator[memoryview | bytes]:
        """Yield the element; a piece is used before the next one is asked for."""

    def value(self) -> bytes:
        """Return the value as pydicom holds it."""


def write_parts(
    file: BinaryIO,
    dataset: Dataset,
    per_frame: bytes | bytearray | None,
    pixels: PendingPixels | None,
    progress: Progress | None = None,
) -> int:
    """Write an object.

    Parameters
    ----------
    dataset : Dataset
        With file meta information.
    per_frame : bytes-like, optional
        Value of Per-Frame Functional Groups in Explicit VR Little Endian; that of `dataset` when omitted.
    pixels : PendingPixels, optional
        Pixel Data; that of `dataset` when omitted.

    Returns
    -------
    int
        Where Pixel Data begins in the file; 0 where the file is deflated.
    """
    syntax = transfer_syntax(str(dataset.file_meta.TransferSyntaxUID))
    implicit = syntax.implicit_vr
    meta = DicomBytesIO()
    write_file_meta_info(meta, dataset.file_meta, enforce_standard=True)
    file.write((getattr(dataset, "preamble", None) or bytes(128)) + b"DICM")
    file.write(meta.getvalue())
    body = _Deflating(file) if syntax.deflated else file
    tags = sorted(dataset.keys())
    body.write(encode_elements(dataset, [t for t in tags if t < PER_FRAME_TAG], implicit))
    if per_frame is None:
        body.write(encode_elements(dataset, [t for t in tags if t == PER_FRAME_TAG], implicit))
    elif implicit:
        body.write(_as_implicit(per_frame))
    else:
        body.write(element_header(PER_FRAME_TAG, "SQ", len(per_frame)))
        body.write(per_frame)
    body.write(encode_elements(dataset, [t for t in tags if PER_FRAME_TAG < t < PIXEL_DATA_TAG], implicit))
    pixels_at = 0 if syntax.deflated else file.tell()
    if pixels is None:
        body.write(encode_elements(dataset, [t for t in tags if t == PIXEL_DATA_TAG], implicit))
    else:
        for piece in pixels.elements(implicit, progress):
            body.write(piece)
    body.write(encode_elements(dataset, [t for t in tags if t > PIXEL_DATA_TAG], implicit))
    if isinstance(body, _Deflating):
        body.finish()
    return pixels_at


class _Deflating:
    """Writes through a raw deflate stream, PS3.5 A.5."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = 0
        self._stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._put(self._stream.compress(data))

    def finish(self) -> None:
        self._put(self._stream.flush())
        if self._size % 2:
            self._file.write(b"\0")

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        self._file.write(data)


def _as_implicit(per_frame: bytes | bytearray) -> bytes:
    """Return the element of the functional groups in Implicit VR Little Endian."""
    explicit = BytesIO(element_header(PER_FRAME_TAG, "SQ", len(per_frame)) + per_frame)
    part = read_dataset(explicit, False, True)
    part.set_original_encoding(False, True)
    return encode_elements(part, [BaseTag(PER_FRAME_TAG)], True)
