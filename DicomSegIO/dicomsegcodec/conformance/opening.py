"""An object taken apart for the rules; a part that cannot be read is a finding, and the others are read.

What is no DICOM, or no segmentation, is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset

from ..big_endian import as_little_endian, swapped_pixels
from ..byte_source import ByteSource, ByteStream, MemoryBytes
from ..codecs import TRANSFER_SYNTAXES, TransferSyntax
from ..codecs.encapsulation import EXTENDED_OFFSET_TABLE_TAG, FrameSpans, frame_spans
from ..compressed import DELIMITER
from ..dataset_bytes import UNDEFINED_LENGTH
from ..errors import MissingAttribute, ReadError, SegError
from ..file_objects import Source, byte_source, name_of
from ..file_parts import (
    failures,
    find_pixels,
    inflate,
    pixels_begin,
    read_more,
    read_per_frame,
)
from ..file_start import data_set_begins, read_header
from ..findings import Finding, Severity
from ..frame_store import Frames, FrameStore
from ..functional_groups import PER_FRAME_TAG
from ..lazy_dataset import LazyDataset, StoredPixels
from ..lenient import reading
from ..pixeldata import PIXEL_DATA_TAG
from ..read import check_segmentation
from .examined import Examined, PixelElement
from .frame_groups import FrameGroups
from .values import text, value, whole
from .wording import error


def examine(source: Source | Dataset) -> tuple[Examined, list[Finding]]:
    """Take an object apart.

    Raises
    ------
    FileMissing, NotDicom, NotSegmentation
        It is no segmentation.
    TruncatedFile, ReadError
        Not even its header can be read.
    """
    if isinstance(source, Dataset):
        with reading("The data set"):
            return _examine_dataset(source)
    name = name_of(source)
    with reading(name), failures(name):
        stored = byte_source(source)
        with stored.opened() as read_at:
            return _examine_file(ByteStream(read_at, stored.size), stored)


def _examine_file(file: ByteStream, source: ByteSource) -> tuple[Examined, list[Finding]]:
    findings: list[Finding] = []
    meta = data_set_begins(file, findings)
    syntax = TRANSFER_SYNTAXES.get(text(meta, "TransferSyntaxUID"))
    if syntax is not None and syntax.deflated:
        inflated = MemoryBytes(inflate(file))
        with inflated.opened() as read_at:
            return _examine_elements(ByteStream(read_at, inflated.size), inflated, meta, syntax, findings)
    return _examine_elements(file, source, meta, syntax, findings)


def _examine_elements(
    file: ByteStream,
    source: ByteSource,
    meta: FileMetaDataset,
    syntax: TransferSyntax | None,
    findings: list[Finding],
) -> tuple[Examined, list[Finding]]:
    implicit = syntax is not None and syntax.implicit_vr
    little = syntax is None or syntax.little_endian
    mended: list[Finding] = []
    header = read_header(file, implicit, little, mended)
    # A reader makes the best of a character set; here it is what the standard does not have.
    findings += [replace(finding, severity=Severity.ERROR) for finding in mended]
    header.file_meta = meta
    check_segmentation(header)
    if header.original_encoding[0] != implicit:
        implicit = not implicit
        findings.append(_other_encoding(syntax, implicit))
    per_frame: bytes | list[Dataset] = b""
    groups, pixels = None, None
    with _found_wanting(findings, "PerFrameFunctionalGroupsSequence", "PS3.3 C.7.6.16"):
        per_frame = read_per_frame(file, implicit, header, little) or b""
        groups = _groups_of(per_frame)
    with _found_wanting(findings, "PixelData", "PS3.5 7.1"):
        read_more(file, implicit, little, header, pixels_begin)
        offset, length, vr = find_pixels(file, implicit, little)
        if not little:
            source = swapped_pixels(source, offset, vr, whole(header, "BitsAllocated") or 0)
        pixels = PixelElement(source, offset, length, vr)
    frames, spans, unreadable = _frames(header, text(meta, "TransferSyntaxUID"), pixels)
    if pixels is not None and (spans is not None or not pixels.fragmented):
        end = pixels.offset + pixels.length if spans is None else int(spans.ends[-1]) + len(DELIMITER)
        with _found_wanting(findings, "", "PS3.5 7.1"):
            file.seek(end)
            read_more(file, implicit, little, header)
    if not little:
        with _found_wanting(findings, "", "PS3.5 7.3"):
            as_little_endian(header)
    return Examined(header, meta, True, groups, pixels, frames, unreadable), findings


def _other_encoding(syntax: TransferSyntax | None, implicit: bool) -> Finding:
    stated = "unknown" if syntax is None else syntax.name
    found = "im" if implicit else "ex"
    return error(
        f"The transfer syntax is {stated}, and elements are encoded in {found}plicit VR.",
        "TransferSyntaxUID",
        "PS3.5 7.1",
    )


def _examine_dataset(dataset: Dataset) -> tuple[Examined, list[Finding]]:
    findings: list[Finding] = []
    check_segmentation(dataset)
    meta: Dataset = getattr(dataset, "file_meta", None) or Dataset()
    header = Dataset()
    for tag in dataset.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        if tag not in (PER_FRAME_TAG, PIXEL_DATA_TAG):
            header[tag] = dataset.get_item(tag)
    implicit, little = dataset.original_encoding
    header.set_original_encoding(implicit, little, dataset.original_character_set)
    groups = None
    with _found_wanting(findings, "PerFrameFunctionalGroupsSequence", "PS3.3 C.7.6.16"):
        stored = dataset.get_item(PER_FRAME_TAG) if PER_FRAME_TAG in dataset else None
        if isinstance(stored, RawDataElement) and not stored.is_implicit_VR and stored.is_little_endian:
            groups = _groups_of(stored.value or b"")
        else:
            groups = _groups_of(list(dataset[PER_FRAME_TAG].value) if stored is not None else [])
    uid = text(meta, "TransferSyntaxUID")
    pixels, spans = None, None
    with _found_wanting(findings, "PixelData", "PS3.3 C.7.6.3"):
        pixels, spans = _held_pixels(dataset, uid)
    frames, _spans, unreadable = _frames(header, uid, pixels, spans)
    return Examined(header, meta, False, groups, pixels, frames, unreadable), findings


def _held_pixels(dataset: Dataset, uid: str) -> tuple[PixelElement, FrameSpans | None]:
    """Return the pixels of a data set in memory, which may still wait in a file or in an array."""
    waiting = dataset.waiting_pixels if isinstance(dataset, LazyDataset) else None
    if isinstance(waiting, StoredPixels):
        return PixelElement(waiting.source, waiting.offset, waiting.length, waiting.vr), waiting.spans
    if waiting is not None:
        return PixelElement(MemoryBytes(waiting.value()), 0, waiting.length, waiting.vr), None
    data = value(dataset, PIXEL_DATA_TAG)
    if not isinstance(data, (bytes, bytearray)):
        raise MissingAttribute("The object has no Pixel Data.")
    syntax = TRANSFER_SYNTAXES.get(uid)
    vr = dataset[PIXEL_DATA_TAG].VR
    source: ByteSource = MemoryBytes(data)
    if dataset.original_encoding[1] is False:
        source = swapped_pixels(source, 0, vr, whole(dataset, "BitsAllocated") or 0)
    fragmented = syntax is not None and syntax.encapsulated
    return PixelElement(source, 0, UNDEFINED_LENGTH if fragmented else len(data), vr), None


def _groups_of(stored: "bytes | list[Dataset]") -> FrameGroups:
    with reading("The functional groups of the frames"):
        return FrameGroups.of_items(stored) if isinstance(stored, list) else FrameGroups.of_bytes(stored)


def _frames(
    header: Dataset, uid: str, pixels: PixelElement | None, spans: FrameSpans | None = None
) -> tuple[Frames | None, FrameSpans | None, str]:
    """Return what fetches the frames, where they are if compressed, and why they cannot be fetched."""
    if pixels is None:
        return None, None, ""
    try:
        with reading("Pixel Data"):
            count = whole(header, "NumberOfFrames") or 1
            if pixels.fragmented and spans is None:
                spans = _spans(header, uid, pixels, count)
            _check_form(uid, pixels)
            shape = (whole(header, "Rows") or 0, whole(header, "Columns") or 0)
            bits = whole(header, "BitsAllocated")
            if min(*shape, count) < 1 or bits is None:
                raise MissingAttribute(
                    "Rows, Columns, Number of Frames or Bits Allocated is missing or 0; what Pixel Data "
                    "holds is unknown."
                )
            held = min(pixels.length, pixels.source.size - pixels.offset)
            store = FrameStore(uid, pixels.source, pixels.offset, held, spans)
            return store.frames(count, shape, bits), spans, ""
    except SegError as failure:
        return None, spans, str(failure)


def _spans(header: Dataset, uid: str, pixels: PixelElement, count: int) -> FrameSpans:
    table = value(header, EXTENDED_OFFSET_TABLE_TAG)
    stated = count if uid in TRANSFER_SYNTAXES else None
    with pixels.source.opened() as read_at:
        return frame_spans(read_at, pixels.source.size, pixels.offset, stated, table)


def _check_form(uid: str, pixels: PixelElement) -> None:
    """Make sure that compressed frames, and only they, are fragments."""
    syntax = TRANSFER_SYNTAXES.get(uid)
    if syntax is not None and syntax.encapsulated != pixels.fragmented:
        how = "is in fragments" if pixels.fragmented else "is not in fragments"
        raise ReadError(f"Pixel Data {how} and the transfer syntax is {syntax.name}; the object is damaged.")


@contextmanager
def _found_wanting(findings: list[Finding], where: str, section: str) -> Iterator[None]:
    """Make a finding of an error that the block ends in."""
    try:
        with reading(where or "What follows Pixel Data"), failures("The file"):
            yield
    except SegError as failure:
        findings.append(error(str(failure), where, section))
