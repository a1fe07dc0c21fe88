"""What the header and the functional groups of a stored segmentation say, read together and checked."""

from collections.abc import Callable, Iterable

import numpy as np
from pydicom.dataset import Dataset

from .columns import FrameColumns
from .encodings import SegmentationType
from .errors import MissingAttribute, NotSegmentation, ReadError
from .findings import Finding, Severity
from .frame_count import counted_columns
from .frame_store import Frames, FrameStore, meant_frames
from .frames import FrameTable
from .header import LABEL_MAP_SEGMENTATION_STORAGE
from .lenient import reading
from .pixeldata import NativeFrames
from .stored import StoredSegmentation
from .stored_planes import FoundPlanes, find_planes
from .stored_segments import LABEL_MAP_TYPES, frame_segments, read_segments
from .stored_sources import checked_references

Doubt = Callable[[str, str], None]
"""(text, attribute): make a finding about the samples."""

_REQUIRED = ("Rows", "Columns", "BitsAllocated", "SegmentSequence", "SegmentationType")


def interpret(
    dataset: Dataset, columns: FrameColumns, store: FrameStore, findings: Iterable[Finding] = ()
) -> StoredSegmentation:
    """Return a stored segmentation from its parts.

    Parameters
    ----------
    dataset : Dataset
        The header, with file meta information.
    columns : FrameColumns
        What the functional groups of the frames say.
    store : FrameStore
    findings : iterable of Finding
        What had to be assumed before.

    Raises
    ------
    MissingAttribute, NotSegmentation, ReadError, TruncatedFile
    """
    with reading("The header"):
        return _interpret(dataset, columns, store, list(findings))


def _interpret(
    dataset: Dataset, columns: FrameColumns, store: FrameStore, findings: list[Finding]
) -> StoredSegmentation:
    for keyword in _REQUIRED:
        if not dataset.get(keyword):
            raise MissingAttribute(
                f"The segmentation has no {keyword}, without which it cannot be understood."
            )
    kind = read_type(dataset)
    shape, bits = (int(dataset.Rows), int(dataset.Columns)), int(dataset.BitsAllocated)
    _check_samples(dataset, kind, bits, findings)
    columns = counted_columns(dataset, columns, kind, store, shape, bits, findings)
    columns = checked_references(dataset, columns, findings)
    frames = store.frames(columns.frames, shape, bits)
    _doubt_frames(frames, store, findings)
    segments, background = read_segments(dataset, kind, findings)
    segment = frame_segments(dataset, columns, kind, [s.number for s in segments], findings)
    found = find_planes(dataset, columns, findings)
    _doubt_doubles(segment, found, findings)
    table = FrameTable(segment.astype(np.uint16), found.plane.astype(np.int32))
    return StoredSegmentation(
        dataset,
        kind,
        segments,
        columns,
        table,
        found.planes,
        meant_frames(frames, kind),
        background,
        tuple(findings),
        found.unplaced,
    )


def read_type(dataset: Dataset) -> SegmentationType:
    """Return what the samples of an object mean, PS3.3 C.8.20.2.3.

    Raises
    ------
    NotSegmentation
        Nothing that is known.
    """
    stated = str(dataset.SegmentationType)
    if stated in LABEL_MAP_TYPES:
        return SegmentationType.LABELMAP
    try:
        return SegmentationType(stated)
    except ValueError as error:
        raise NotSegmentation(
            f"Segmentation Type is '{stated}'; known are {', '.join(SegmentationType)}."
        ) from error


def _check_samples(dataset: Dataset, kind: SegmentationType, bits: int, findings: list[Finding]) -> None:
    """Hold the description of samples against the type of the segmentation, PS3.3 C.8.20.2."""

    def doubt(text: str, where: str, section: str = "C.8.20.2") -> None:
        findings.append(Finding(Severity.WARNING, text, where, f"PS3.3 {section}"))

    samples = int(dataset.get("SamplesPerPixel") or 1)
    if samples != 1:
        raise ReadError(f"A pixel has {samples} samples; that of a segmentation has one.")
    labels = kind is SegmentationType.LABELMAP
    if bits == 32 and not labels:
        raise ReadError(f"Bits Allocated is 32 in a {kind} segmentation, which has 1 or 8.")
    if bits == 1 and dataset.SegmentationType == "LABELED":
        raise ReadError("Segmentation Type is LABELED and Bits Allocated is 1; labels take more.")
    if dataset.SegmentationType != kind:
        doubt(
            f"Segmentation Type is {dataset.SegmentationType}, of drafts; read as {kind}.", "SegmentationType"
        )
    if (str(dataset.get("SOPClassUID")) == LABEL_MAP_SEGMENTATION_STORAGE) != labels:
        doubt(
            f"The SOP Class is not that of {kind} segmentations; Segmentation Type decides.",
            "SOPClassUID",
            "A.51",
        )
    usual = {SegmentationType.BINARY: (1,), SegmentationType.FRACTIONAL: (8,)}.get(kind, (8, 16))
    if bits not in usual:
        meaning = "; what is not 0 belongs to the segment" if kind is SegmentationType.BINARY else ""
        doubt(f"A {kind} segmentation has {bits} bits a sample{meaning}.", "BitsAllocated", "C.8.20.2.1")
    if dataset.get("PixelRepresentation"):
        doubt("Samples are said to be signed; they are read as unsigned.", "PixelRepresentation")
    if kind is SegmentationType.FRACTIONAL:
        _check_fractions(dataset, bits, doubt)


def _check_fractions(dataset: Dataset, bits: int, doubt: Doubt) -> None:
    maximum = dataset.get("MaximumFractionalValue")
    if maximum is None or maximum == "":
        doubt(
            f"There is no Maximum Fractional Value; {(1 << bits) - 1}, the largest of a sample, is taken "
            "for 1.",
            "MaximumFractionalValue",
        )
    elif int(maximum) < 1:
        raise ReadError(f"Maximum Fractional Value is {maximum}; it stands for 1 and must be above 0.")
    elif int(maximum) >= 1 << bits:
        doubt(
            f"Maximum Fractional Value is {maximum}, which no sample of {bits} bits reaches; samples are "
            "divided by it all the same.",
            "MaximumFractionalValue",
        )


def _doubt_frames(frames: Frames, store: FrameStore, findings: list[Finding]) -> None:
    if store.native_against_its_syntax:
        findings.append(
            Finding(
                Severity.WARNING,
                "The transfer syntax says that frames are compressed, and by the length of Pixel Data they "
                "are native; they are read so.",
                "TransferSyntaxUID",
                "PS3.5 A.4",
            )
        )
    if not isinstance(frames, NativeFrames):
        return
    if frames.whole_bytes:
        findings.append(
            Finding(
                Severity.WARNING,
                "By the length of Pixel Data, each frame was filled up to a whole byte; frames of one bit a "
                "pixel must follow one another without a gap.",
                "PixelData",
                "PS3.5 8.1.1",
            )
        )
    if frames.surplus:
        findings.append(
            Finding(
                Severity.WARNING,
                f"Pixel Data has {frames.surplus:,} bytes after its last frame, which nothing describes; "
                "they are left out.",
                "PixelData",
                "PS3.5 8.1.1",
            )
        )
    if store.size % 2:
        findings.append(
            Finding(Severity.WARNING, "Pixel Data has an odd length.", "PixelData", "PS3.5 7.1.1")
        )


def _doubt_doubles(segment: np.ndarray, found: FoundPlanes, findings: list[Finding]) -> None:
    """Tell where several frames are one plane of one segment."""
    if found.planes is None:
        return
    key = segment.astype(np.int64) * len(found.planes) + found.plane
    double = key.size - np.unique(key).size
    if double:
        findings.append(
            Finding(
                Severity.WARNING,
                f"{double:,} frames are of a segment and at a place where there is one already; laid on a "
                "grid, the segment is where any of them has it.",
                "ImagePositionPatient",
                "PS3.3 C.7.6.16.2.3",
            )
        )
