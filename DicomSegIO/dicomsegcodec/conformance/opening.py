"""An object taken apart for the rules; a part that cannot be read is a finding, and the others are read.

What is no DICOM, or no segmentation, is refused.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.uid import ImplicitVRLittleEndian

from ..byte_source import ByteSource, FileBytes, MemoryBytes
from ..codecs import TRANSFER_SYNTAXES
from ..codecs.encapsulation import EXTENDED_OFFSET_TABLE_TAG, FrameSpans, frame_spans
from ..compressed import DELIMITER, CompressedFrames
from ..dataset_bytes import UNDEFINED_LENGTH
from ..errors import ArgumentTypeError, MissingAttribute, SegError
from ..findings import Finding
from ..functional_groups import PER_FRAME_TAG
from ..lazy_dataset import LazyDataset, StoredPixels
from ..lenient import reading
from ..pixeldata import PIXEL_DATA_TAG, NativeFrames
from ..read import (
    Source,
    check_segmentation,
    failures,
    find_pixels,
    frames_begin,
    inflate,
    pixels_begin,
    read_per_frame,
    stored_frames,
)
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
    if isinstance(source, (str, os.PathLike)):
        name = str(source)
        with reading(name), failures(name):
            stored = FileBytes(source)
            with open(source, "rb") as file:
                return _examine_file(file, stored)
    if not isinstance(source, (bytes, bytearray)) and not hasattr(source, "read"):
        raise ArgumentTypeError(
            f"A path, bytes, a binary file or a pydicom Dataset is needed, not {type(source).__name__}."
        )
    data = source if isinstance(source, (bytes, bytearray)) else source.read()
    with reading("The data"), failures("The data"):
        return _examine_file(BytesIO(data), MemoryBytes(data))


def _examine_file(file: BinaryIO, source: ByteSource) -> tuple[Examined, list[Finding]]:
    findings: list[Finding] = []
    header: Dataset = read_partial(file, stop_when=frames_begin)
    check_segmentation(header)
    meta = header.file_meta
    uid = text(meta, "TransferSyntaxUID") or ImplicitVRLittleEndian
    syntax = TRANSFER_SYNTAXES.get(uid)
    if syntax is not None and syntax.deflated:
        inflated = inflate(file)
        source, file = MemoryBytes(inflated), BytesIO(inflated)
        header = read_dataset(file, False, True, stop_when=frames_begin)
    implicit = syntax is not None and syntax.implicit_vr
    little = syntax is None or syntax.little_endian
    groups, pixels = None, None
    with _found_wanting(findings, "PerFrameFunctionalGroupsSequence", "PS3.3 C.7.6.16"):
        groups = _groups_of(_read_groups(file, header, implicit, little))
    with _found_wanting(findings, "PixelData", "PS3.5 7.1"):
        _add(header, read_dataset(file, implicit, little, stop_when=pixels_begin))
        if little:
            offset, length, vr = find_pixels(file, implicit)
            pixels = PixelElement(source, offset, length, vr)
    frames, unreadable = _frames(header, uid, pixels)
    if pixels is not None:
        with _found_wanting(findings, "", "PS3.5 7.1"):
            end = _end(pixels, frames)
            if end is not None:
                file.seek(end)
                _add(header, read_dataset(file, implicit, little))
    return Examined(header, meta, True, groups, pixels, frames, unreadable), findings


def _read_groups(file: BinaryIO, header: Dataset, implicit: bool, little: bool) -> "bytes | list[Dataset]":
    if little:
        return read_per_frame(file, implicit, header) or b""
    part = read_dataset(file, implicit, little, stop_when=lambda tag, vr, size: tag > PER_FRAME_TAG)
    return list(part[PER_FRAME_TAG].value) if PER_FRAME_TAG in part else []


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
    frames, unreadable = _frames(header, uid, pixels, spans)
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
    fragmented = syntax is not None and syntax.encapsulated
    length = UNDEFINED_LENGTH if fragmented else len(data)
    return PixelElement(MemoryBytes(data), 0, length, dataset[PIXEL_DATA_TAG].VR), None


def _groups_of(stored: "bytes | list[Dataset]") -> FrameGroups:
    with reading("The functional groups of the frames"):
        return FrameGroups.of_items(stored) if isinstance(stored, list) else FrameGroups.of_bytes(stored)


def _frames(
    header: Dataset, uid: str, pixels: PixelElement | None, spans: FrameSpans | None = None
) -> tuple[NativeFrames | CompressedFrames | None, str]:
    """Return what fetches the frames, or why they cannot be fetched."""
    if pixels is None:
        return None, ""
    count = whole(header, "NumberOfFrames") or 1
    shape = (whole(header, "Rows") or 0, whole(header, "Columns") or 0)
    bits = whole(header, "BitsAllocated")
    if min(*shape, count) < 1 or bits is None:
        return None, "Rows, Columns or Bits Allocated is missing, so it is unknown what Pixel Data holds."
    syntax = TRANSFER_SYNTAXES.get(uid)
    if syntax is not None and syntax.encapsulated != pixels.fragmented:
        how = "is in fragments" if pixels.fragmented else "is not in fragments"
        return None, f"Pixel Data {how} and the transfer syntax is {syntax.name}; the object is damaged."
    try:
        with reading("Pixel Data"):
            if pixels.fragmented and spans is None:
                table = value(header, EXTENDED_OFFSET_TABLE_TAG)
                with pixels.source.opened() as read_at:
                    spans = frame_spans(read_at, pixels.source.size, pixels.offset, count, table)
            make: Callable = stored_frames(uid, pixels.source, pixels.offset, _held(pixels), spans)
            return make(count, shape, bits), ""
    except SegError as failure:
        return None, str(failure)


def _held(pixels: PixelElement) -> int:
    """Return how many bytes of the value are there."""
    return min(pixels.length, pixels.source.size - pixels.offset)


def _end(pixels: PixelElement, frames: NativeFrames | CompressedFrames | None) -> int | None:
    """Return where the element after Pixel Data begins; None where that is unknown."""
    if not pixels.fragmented:
        return pixels.offset + pixels.length
    if isinstance(frames, CompressedFrames):
        return int(frames.spans.ends[-1]) + len(DELIMITER)
    return None


def _add(header: Dataset, part: Dataset) -> None:
    for tag in part.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        header[tag] = part.get_item(tag)


@contextmanager
def _found_wanting(findings: list[Finding], where: str, section: str) -> Iterator[None]:
    """Make a finding of an error that the block ends in."""
    try:
        with reading(where or "What follows Pixel Data"), failures("The file"):
            yield
    except SegError as failure:
        findings.append(error(str(failure), where, section))
