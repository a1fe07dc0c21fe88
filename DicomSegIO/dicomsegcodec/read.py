"""The way in: file -> header -> frame table; frames are fetched when they are asked for.

pydicom parses the header and stops before the functional groups of the frames;
their bytes become columns, and Pixel Data stays where it is.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag
from pydicom.uid import UID, ImplicitVRLittleEndian

from .byte_source import ByteSource, FileBytes, MemoryBytes
from .codecs import TransferSyntax, transfer_syntax
from .codecs.encapsulation import EXTENDED_OFFSET_TABLE_TAG, FrameSpans, frame_spans
from .compressed import DELIMITER, CompressedFrames
from .dataset_bytes import LONG_VRS, UNDEFINED_LENGTH
from .errors import (
    FileMissing,
    NotDicom,
    NotSegmentation,
    ReadError,
    TruncatedFile,
    UnsupportedTransferSyntax,
)
from .frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from .functional_groups import PER_FRAME_TAG
from .header import LABEL_MAP_SEGMENTATION_STORAGE, SEGMENTATION_STORAGE
from .interpret import interpret
from .lenient import reading
from .pixeldata import PIXEL_DATA_TAG, NativeFrames
from .samples import SampleFormat
from .stored import StoredSegmentation

Source = str | os.PathLike[str] | bytes | bytearray | BinaryIO


@dataclass(frozen=True, slots=True, eq=False)
class ParsedObject:
    """A segmentation object taken apart.

    Parameters
    ----------
    header : Dataset
        With file meta information; without Per-Frame Functional Groups and Pixel Data.
    per_frame : bytes, list of Dataset, or None
        Value of the Per-Frame Functional Groups Sequence: as bytes where they are Explicit VR Little Endian.
    source : ByteSource
        Where Pixel Data lies.
    pixel_vr : str
    pixel_offset, pixel_size : int
        Of the value of Pixel Data in `source`; of an encapsulated one without its delimiter.
    spans : FrameSpans, optional
        Where compressed frames are in `source`; None where frames are native.
    """

    header: Dataset
    per_frame: "bytes | list[Dataset] | None"
    source: ByteSource
    pixel_vr: str
    pixel_offset: int
    pixel_size: int
    spans: FrameSpans | None

    def columns(self) -> FrameColumns:
        with reading("The functional groups of the frames"):
            if isinstance(self.per_frame, list):
                return columns_from_items(self.per_frame)
            return columns_from_bytes(self.per_frame or b"")


def open_segmentation(source: Source) -> StoredSegmentation:
    """Open a segmentation: its header and frame table; pixels wait.

    Parameters
    ----------
    source : path, bytes, or binary file-like object
        A file is read again when frames are asked for; it must stay as it is.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation, TruncatedFile, MissingAttribute, UnsupportedTransferSyntax
    """
    parsed = parse(source)
    make_frames = stored_frames(
        str(parsed.header.file_meta.TransferSyntaxUID),
        parsed.source,
        parsed.pixel_offset,
        parsed.pixel_size,
        parsed.spans,
    )
    return interpret(parsed.header, parsed.columns(), make_frames)


def stored_frames(
    syntax_uid: str, source: ByteSource, offset: int, size: int, spans: FrameSpans | None
) -> Callable[[int, tuple[int, int], int], NativeFrames | CompressedFrames]:
    """Return what makes the frames of an object once their number, shape and bits are known."""

    def make(count: int, shape: tuple[int, int], bits: int) -> NativeFrames | CompressedFrames:
        samples = SampleFormat.stored(bits)
        if spans is None:
            return NativeFrames(source, offset, size, count, shape, samples)
        return CompressedFrames(source, spans, transfer_syntax(syntax_uid), shape, samples)

    return make


def parse(source: Source) -> ParsedObject:
    """Take a segmentation object apart without reading its pixels."""
    name = str(source) if isinstance(source, (str, os.PathLike)) else "The data"
    if isinstance(source, (str, os.PathLike)):
        bytes_: ByteSource = FileBytes(source)
    else:
        data = source if isinstance(source, (bytes, bytearray)) else source.read()
        bytes_ = MemoryBytes(data)
        source = BytesIO(data)
    with reading(name), failures(name):
        if isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                return _parse(file, bytes_)
        return _parse(source, bytes_)


@contextmanager
def failures(name: str) -> Iterator[None]:
    """Say what a failure of file and format means."""
    try:
        yield
    except InvalidDicomError as error:
        raise NotDicom(f"{name} is not a DICOM file.") from error
    except (EOFError, struct.error) as error:
        raise TruncatedFile(f"{name} ends inside its header; it is truncated.") from error
    except zlib.error as error:
        raise TruncatedFile(f"{name} cannot be inflated ({error}); it is truncated or damaged.") from error
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {name}.") from error
    except IsADirectoryError as error:
        raise ReadError(f"{name} is a folder; give the file of the segmentation.") from error
    except OSError as error:
        if error.errno is None:  # pydicom's, where it finds no tag
            raise TruncatedFile(f"{name} ends inside a sequence; it is truncated.") from error
        raise ReadError(f"{name} cannot be read: {error.strerror}.") from error


def _parse(file: BinaryIO, source: ByteSource) -> ParsedObject:
    header: Dataset = read_partial(file, stop_when=frames_begin)
    meta = header.file_meta
    if not meta.get("TransferSyntaxUID"):
        meta.TransferSyntaxUID = ImplicitVRLittleEndian  # the default, PS3.5 10.1
    check_segmentation(header)
    syntax = check_syntax(str(meta.TransferSyntaxUID))
    if syntax.deflated:
        # pydicom has inflated it into a buffer of its own; offsets are needed here.
        inflated = inflate(file)
        source, file = MemoryBytes(inflated), BytesIO(inflated)
        fresh = read_dataset(file, False, True, stop_when=frames_begin)
        fresh.file_meta = meta
        header = fresh
    implicit = syntax.implicit_vr
    per_frame = read_per_frame(file, implicit, header)
    for tag, value in read_dataset(file, implicit, True, stop_when=pixels_begin).items():
        header[tag] = value
    offset, size, vr = find_pixels(file, implicit)
    spans = None
    if syntax.encapsulated or size == UNDEFINED_LENGTH:
        spans = _find_frames(source, offset, header, syntax)
        size = int(spans.ends[-1]) - offset
    file.seek(offset + size + (0 if spans is None else len(DELIMITER)))
    for tag, value in read_dataset(file, implicit, True).items():
        header[tag] = value
    return ParsedObject(header, per_frame, source, vr, offset, size, spans)


def inflate(file: BinaryIO) -> bytes:
    """Return the data set of a deflated file, PS3.5 A.5."""
    file.seek(132)
    group = struct.unpack("<HH2sHI", file.read(12))
    file.seek(132 + 12 + group[4])
    return zlib.decompress(file.read(), -zlib.MAX_WBITS)


def _find_frames(source: ByteSource, offset: int, header: Dataset, syntax: TransferSyntax) -> FrameSpans:
    """Return where compressed frames lie; offset tables are looked up once, here."""
    if not syntax.encapsulated:
        raise ReadError(
            f"Pixel Data is in fragments and the transfer syntax is {syntax.name}; the file is damaged."
        )
    count = int(header.get("NumberOfFrames") or 1)
    table = header.get_item(EXTENDED_OFFSET_TABLE_TAG)
    with source.opened() as read_at:
        return frame_spans(read_at, source.size, offset, count, table.value if table is not None else None)


def check_segmentation(dataset: Dataset) -> None:
    """Refuse an object of another SOP Class.

    Raises
    ------
    NotSegmentation
    """
    known = (SEGMENTATION_STORAGE, LABEL_MAP_SEGMENTATION_STORAGE)
    with reading("SOP Class UID"):
        found = str(dataset.get("SOPClassUID") or "")
    if found not in known:
        name = UID(found).name if found else "no SOP Class"
        raise NotSegmentation(
            f"The object is of {name}; a DICOM Segmentation or Label Map Segmentation is needed."
        )


def check_syntax(uid: str) -> TransferSyntax:
    """Return a transfer syntax that is read here.

    Raises
    ------
    UnsupportedTransferSyntax
    """
    syntax = transfer_syntax(uid)
    if not syntax.little_endian:
        raise UnsupportedTransferSyntax(
            f"Transfer syntax {syntax.name} is retired and cannot be read; convert the file to Explicit VR "
            "Little Endian."
        )
    return syntax


def frames_begin(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    """Tell pydicom to stop before Per-Frame Functional Groups."""
    return tag >= PER_FRAME_TAG


def pixels_begin(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    """Tell pydicom to stop before Pixel Data."""
    return tag >= PIXEL_DATA_TAG


def read_per_frame(file: BinaryIO, implicit: bool, header: Dataset) -> "bytes | list[Dataset] | None":
    """Return the value of Per-Frame Functional Groups, if the file stands at its tag.

    As bytes where they are Explicit VR Little Endian, as items otherwise; None where there is none.
    """
    start = file.tell()
    head = file.read(12)
    file.seek(start)
    if len(head) < 12 or struct.unpack_from("<HH", head) != (PER_FRAME_TAG >> 16, PER_FRAME_TAG & 0xFFFF):
        return None
    length = struct.unpack_from("<I", head, 8)[0]
    if not implicit and head[4:6] == b"SQ" and length != UNDEFINED_LENGTH:
        file.seek(start + 12)
        value = file.read(length)
        if len(value) != length:
            raise TruncatedFile(
                f"The functional groups of the frames take {length:,} bytes and the file holds "
                f"{len(value):,}; it is truncated."
            )
        return value
    # Implicit VR or undefined length: pydicom knows how to walk it.
    part = read_dataset(file, implicit, True, stop_when=lambda tag, vr, size: tag > PER_FRAME_TAG)
    part.file_meta = header.file_meta
    return list(part[PER_FRAME_TAG].value)


def find_pixels(file: BinaryIO, implicit: bool) -> tuple[int, int, str]:
    """Return offset, length and VR of the value of Pixel Data, where the file stands at its tag."""
    start = file.tell()
    head = file.read(12)
    if len(head) < 8 or struct.unpack_from("<HH", head) != (PIXEL_DATA_TAG >> 16, PIXEL_DATA_TAG & 0xFFFF):
        raise TruncatedFile(
            "The object has no Pixel Data; the file is truncated, or its pixels were taken out."
        )
    if implicit:
        return start + 8, struct.unpack_from("<I", head, 4)[0], "OW"
    if head[4:6] not in LONG_VRS or len(head) < 12:
        raise TruncatedFile("Pixel Data begins and does not go on; the file is truncated.")
    return start + 12, struct.unpack_from("<I", head, 8)[0], head[4:6].decode("ascii")
