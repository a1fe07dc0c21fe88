"""The way in: file -> header -> frame table; frames are fetched when they are asked for.

pydicom parses the header and stops before the functional groups of the frames;
their bytes become columns, and Pixel Data stays where it is.
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from .big_endian import BIG_ENDIAN, as_little_endian, swapped_pixels
from .byte_source import ByteSource, ByteStream, MemoryBytes
from .codecs import TRANSFER_SYNTAXES, TransferSyntax
from .codecs.encapsulation import EXTENDED_OFFSET_TABLE_TAG, FIRST_ITEM, FrameSpans, frame_spans
from .compressed import DELIMITER
from .dataset_bytes import UNDEFINED_LENGTH
from .errors import NotSegmentation, ReadError
from .file_objects import Source, byte_source, name_of
from .file_parts import (
    failures,
    find_pixels,
    inflate,
    per_frame_bytes,
    pixels_begin,
    read_more,
    read_per_frame,
)
from .file_start import data_set_begins, elements_are_implicit, read_header
from .findings import Finding, Severity
from .frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from .frame_store import FrameStore
from .header import LABEL_MAP_SEGMENTATION_STORAGE, SEGMENTATION_STORAGE
from .interpret import interpret
from .lenient import reading
from .stored import StoredSegmentation


@dataclass(frozen=True, slots=True, eq=False)
class ParsedObject:
    """A segmentation object taken apart.

    Parameters
    ----------
    header : Dataset
        With file meta information; without Per-Frame Functional Groups and Pixel Data.
    per_frame : bytes, list of Dataset, or None
        Value of the Per-Frame Functional Groups Sequence: as bytes where they are little endian.
    implicit : bool
        These bytes are in Implicit VR; Explicit VR otherwise.
    columns : FrameColumns
        What that value says.
    source : ByteSource
        Where Pixel Data lies; through it words are little endian whatever the file is.
    pixel_vr : str
    pixel_offset, pixel_size : int
        Of the value of Pixel Data in `source`; of an encapsulated one without its delimiter.
    spans : FrameSpans, optional
        Where compressed frames are in `source`; None where frames are native.
    findings : tuple of Finding
        What had to be assumed of the file itself.
    """

    header: Dataset
    per_frame: "bytes | list[Dataset] | None"
    implicit: bool
    columns: FrameColumns
    source: ByteSource
    pixel_vr: str
    pixel_offset: int
    pixel_size: int
    spans: FrameSpans | None
    findings: tuple[Finding, ...] = ()

    def store(self) -> FrameStore:
        uid = str(self.header.file_meta.TransferSyntaxUID)
        return FrameStore(uid, self.source, self.pixel_offset, self.pixel_size, self.spans)


def open_segmentation(source: Source, *, lazy: bool = True) -> StoredSegmentation:
    """Open a segmentation: its header and frame table; pixels wait.

    Parameters
    ----------
    source : path, URL, bytes, binary file-like object, or what `fsspec.open` returns
        What is no bytes is read again when frames are asked for; it must stay as it is.
    lazy : bool
        When False, everything is read to memory now.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation, TruncatedFile, MissingAttribute, ReadError
        Frames of an unknown transfer syntax are an error when they are asked for.
    """
    parsed = parse(source, lazy=lazy)
    return interpret(parsed.header, parsed.columns, parsed.store(), parsed.findings)


def parse(source: Source, *, lazy: bool = True) -> ParsedObject:
    """Take a segmentation object apart without reading its pixels.

    Parameters and errors are those of `open_segmentation`.
    """
    name = name_of(source)
    with reading(name), failures(name):
        stored = byte_source(source, lazy=lazy)
        with stored.opened() as read_at:
            return _parse(ByteStream(read_at, stored.size), stored)


def _parse(file: ByteStream, source: ByteSource) -> ParsedObject:
    findings: list[Finding] = []
    meta = data_set_begins(file, findings)
    syntax = TRANSFER_SYNTAXES.get(str(meta.TransferSyntaxUID))
    if syntax is not None and syntax.deflated:
        inflated = MemoryBytes(inflate(file))
        with inflated.opened() as read_at:
            return _parse_elements(ByteStream(read_at, inflated.size), inflated, meta, syntax, findings)
    return _parse_elements(file, source, meta, syntax, findings)


def _parse_elements(
    file: ByteStream,
    source: ByteSource,
    meta: FileMetaDataset,
    syntax: TransferSyntax | None,
    findings: list[Finding],
) -> ParsedObject:
    little = syntax is None or syntax.little_endian
    implicit = elements_are_implicit(file)
    if implicit != (syntax is not None and syntax.implicit_vr):
        findings.append(_other_encoding(syntax, implicit))
    header = read_header(file, implicit, little, findings)
    header.file_meta = meta
    check_segmentation(header)
    per_frame: bytes | list[Dataset] | None = per_frame_bytes(file, implicit) if little else None
    if per_frame is None:
        per_frame = read_per_frame(file, implicit, header, little)
    columns = read_columns(per_frame, implicit)
    read_more(file, implicit, little, header, pixels_begin)
    offset, size, vr = find_pixels(file, implicit, little)
    spans = None
    file.seek(offset)
    begins_with_item = file.read(len(FIRST_ITEM)) == FIRST_ITEM
    if size == UNDEFINED_LENGTH or (begins_with_item and syntax is not None and syntax.encapsulated):
        spans = _find_frames(source, offset, header, syntax, columns)
        size = int(spans.ends[-1]) - offset
    file.seek(offset + size + (0 if spans is None else len(DELIMITER)))
    read_more(file, implicit, little, header)
    if not little:
        as_little_endian(header)
        for item in per_frame if isinstance(per_frame, list) else ():
            as_little_endian(item)
        source = swapped_pixels(source, offset, vr, int(header.get("BitsAllocated") or 0))
        findings.append(BIG_ENDIAN)
    return ParsedObject(
        header, per_frame, implicit, columns, source, vr, offset, size, spans, tuple(findings)
    )


def read_columns(per_frame: "bytes | list[Dataset] | None", implicit: bool) -> FrameColumns:
    """Return what the value of Per-Frame Functional Groups says."""
    with reading("The functional groups of the frames"):
        if isinstance(per_frame, list):
            return columns_from_items(per_frame)
        return columns_from_bytes(per_frame or b"", implicit)


def _other_encoding(syntax: TransferSyntax | None, implicit: bool) -> Finding:
    stated = "unknown" if syntax is None else syntax.name
    return Finding(
        Severity.WARNING,
        f"The transfer syntax is {stated}, and elements are encoded in {'im' if implicit else 'ex'}plicit "
        "VR; they are read as they are.",
        "TransferSyntaxUID",
        "PS3.5 7.1",
    )


def _find_frames(
    source: ByteSource,
    offset: int,
    header: Dataset,
    syntax: TransferSyntax | None,
    columns: FrameColumns,
) -> FrameSpans:
    """Return where compressed frames lie; offset tables are looked up once, here."""
    if syntax is not None and not syntax.encapsulated:
        raise ReadError(
            f"Pixel Data is in fragments and the transfer syntax is {syntax.name}; the file is damaged."
        )
    stated = None if syntax is None else int(header.get("NumberOfFrames") or 1)
    table = header.get_item(EXTENDED_OFFSET_TABLE_TAG)
    with source.opened() as read_at:
        return frame_spans(
            read_at,
            source.size,
            offset,
            stated,
            table.value if table is not None else None,
            described=columns.frames if stated is not None and columns.frames else None,
        )


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
