"""A stored segmentation: header, frame table, segments, planes, and frames on demand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from pydicom.dataset import Dataset

from .assemble import LayerBuilder
from .compressed import CompressedFrames
from .encodings import SegmentationType
from .errors import Cancelled, MissingAttribute, NotDerivedFromSources, NotSegmentation, ReadError
from .findings import Finding, Progress, Severity
from .frame_columns import FrameColumns, TextColumn
from .frames import FrameTable
from .geometry import Geometry, Planes, finite_numbers
from .layers import LayeredSegmentation
from .lenient import reading
from .pixeldata import NativeFrames
from .placement import place_planes, same_places, stack_geometry
from .samples import SampleFormat
from .segments import Segment, read_code, read_segment
from .sources import SourceInstance

BACKGROUND_CODE = ("125040", "DCM")


@dataclass(frozen=True, slots=True, eq=False)
class StoredSegmentation:
    """What a segmentation object states, read and checked; the pixels stay where they are.

    Parameters
    ----------
    dataset : Dataset
        The header, without Per-Frame Functional Groups and Pixel Data.
    segmentation_type : SegmentationType
    segments : tuple of Segment
        Without the background of a label map, in the order of the Segment Sequence.
    frame_columns : FrameColumns
    table : FrameTable
        Plane indices refer to `planes`; they are all 0 where `planes` is None.
    planes : Planes, or None
        The distinct planes of the frames, sorted along the stack; None where frames state no position.
    frames : NativeFrames or CompressedFrames
    background : int, or None
        Pixel value of a label map that stands for no segment.
    findings : tuple of Finding
        What had to be assumed or mended.
    """

    dataset: Dataset
    segmentation_type: SegmentationType
    segments: tuple[Segment, ...]
    frame_columns: FrameColumns
    table: FrameTable
    planes: Planes | None
    frames: NativeFrames | CompressedFrames
    background: int | None
    findings: tuple[Finding, ...]

    @property
    def transfer_syntax_uid(self) -> str:
        return str(self.dataset.file_meta.TransferSyntaxUID)

    @property
    def number_of_frames(self) -> int:
        return self.frames.count

    @property
    def rows(self) -> int:
        return self.frames.shape[0]

    @property
    def columns(self) -> int:
        return self.frames.shape[1]

    @property
    def bits(self) -> int:
        """Bits of a stored sample: 1, 8 or 16."""
        return self.frames.samples.bits

    @property
    def segments_overlap(self) -> str:
        """Segments Overlap as stated; UNDEFINED where it is not, NO for a label map."""
        stated = str(self.dataset.get("SegmentsOverlap") or "UNDEFINED")
        return "NO" if self.segmentation_type is SegmentationType.LABELMAP else stated

    @property
    def source_instances(self) -> list[SourceInstance]:
        """Source images that the object names, in its order, each once."""
        with reading("Referenced Series Sequence"):
            return source_instances(self.dataset, self.frame_columns)

    def corners(self) -> np.ndarray:
        """Return (frames, 2): row and column, from 1, of each frame's first pixel in the matrix.

        Raises
        ------
        NotDerivedFromSources
            The frames are no tiles; also a RuntimeError.
        """
        if self.frame_columns.corners is None or not self.dataset.get("TotalPixelMatrixRows"):
            raise NotDerivedFromSources("The segmentation is not tiled; it has no total pixel matrix.")
        return self.frame_columns.corners

    def geometry(self) -> Geometry:
        """Return the regular grid that the stored planes lie on, without gaps.

        Raises
        ------
        MissingAttribute
            The frames state no position.
        IrregularPlanes
            The planes do not lie on a regular grid.
        """
        return stack_geometry(self.known_planes(), self._stated_spacing())

    def read_layers(
        self, geometry: Geometry | None = None, progress: Progress | None = None
    ) -> LayeredSegmentation:
        """Return the segmentation as label layers; segments that do not overlap share one.

        Parameters
        ----------
        geometry : Geometry, optional
            Grid to lay the frames on, for instance the source image's; frames must lie on its voxels.
            The file's own grid when omitted.

        Raises
        ------
        GeometryMismatch
            A frame does not lie on the voxels of `geometry`.
        ReadError
            The segmentation is FRACTIONAL; `read_fractions` reads it.
        IrregularPlanes, MissingAttribute, TruncatedFile, Cancelled
        """
        if self.segmentation_type is SegmentationType.FRACTIONAL:
            raise ReadError(
                "The segmentation is FRACTIONAL: its samples are probabilities or occupancies, which labels "
                "cannot express. Read it as fractions."
            )
        return self._layered(geometry, progress)

    def read_fractions(
        self, geometry: Geometry | None = None, progress: Progress | None = None
    ) -> LayeredSegmentation:
        """Return a FRACTIONAL segmentation with a float32 layer for every segment that has frames.

        Parameters and errors are those of `read_layers`.
        """
        if self.segmentation_type is not SegmentationType.FRACTIONAL:
            raise ReadError(f"The segmentation is {self.segmentation_type}; it has labels and no fractions.")
        return self._layered(geometry, progress)

    def _layered(self, geometry: Geometry | None, progress: Progress | None) -> LayeredSegmentation:
        grid = geometry if geometry is not None else self.geometry()
        slices, row, column = place_planes(self.known_planes(), grid)
        largest = max((s.number for s in self.segments), default=0)
        builder = LayerBuilder(grid, (row, column), SampleFormat.holding(largest).dtype)
        segment_frames = _by_segment(self.table, [s.number for s in self.segments])
        done = 0
        for number, frames in segment_frames:
            pieces = zip(slices[self.table.plane[frames]].tolist(), self.frames.frames(frames), strict=True)
            if progress is not None and progress(done / max(1, len(self.table)), "Reading frames"):
                raise Cancelled("Cancelled while frames were read.")
            if self.segmentation_type is SegmentationType.LABELMAP:
                builder.add_labels(pieces, self._labels_as_numbers)
            elif self.segmentation_type is SegmentationType.FRACTIONAL:
                builder.add_fractions(number, pieces, int(self.dataset.MaximumFractionalValue))
            else:
                builder.add_segment(number, list(pieces))
            done += len(frames)
        planes = Planes.of(grid)
        return LayeredSegmentation(
            planes, self.segments, builder.layers(self.segments), tuple(builder.fractions)
        )

    def _labels_as_numbers(self, frame: np.ndarray) -> np.ndarray:
        """Return a stored label frame with 0 for everything that is no segment."""
        if self.background in (0, None) and not self._undescribed():
            return frame
        table = np.zeros(1 << (8 * frame.dtype.itemsize), frame.dtype)
        numbers = [s.number for s in self.segments]
        table[numbers] = numbers
        return table[frame]

    def _undescribed(self) -> bool:
        described = {s.number for s in self.segments}
        limit = self.frames.samples.max_value
        return len(described) < limit

    def known_planes(self) -> Planes:
        """Return the planes.

        Raises
        ------
        MissingAttribute
            The frames state no position.
        """
        if self.planes is None:
            raise MissingAttribute(
                "The frames of the segmentation state no Image Position (Patient), so its place in space is "
                "unknown; read its frames by source image instead."
            )
        return self.planes

    def _stated_spacing(self) -> float | None:
        column = self.frame_columns.texts.get("between")
        texts = set(column.texts) if column else set()
        shared = _shared(self.dataset, "PixelMeasuresSequence", "SpacingBetweenSlices")
        if shared is not None:
            texts.add(str(shared))
        stated = finite_numbers(texts.pop()) if len(texts) == 1 else []
        return abs(stated[0]) if len(stated) == 1 else None


def interpret(
    dataset: Dataset,
    columns: FrameColumns,
    make_frames: Callable[[int, tuple[int, int], int], NativeFrames | CompressedFrames],
) -> StoredSegmentation:
    """Return a stored segmentation from its parts.

    Raises
    ------
    MissingAttribute, NotSegmentation, ReadError, TruncatedFile
    """
    with reading("The header"):
        return _interpret(dataset, columns, make_frames)


def _interpret(
    dataset: Dataset,
    columns: FrameColumns,
    make_frames: Callable[[int, tuple[int, int], int], NativeFrames | CompressedFrames],
) -> StoredSegmentation:
    findings: list[Finding] = []
    for keyword in ("Rows", "Columns", "BitsAllocated", "SegmentSequence", "SegmentationType"):
        if not dataset.get(keyword):
            raise MissingAttribute(
                f"The segmentation has no {keyword}, without which it cannot be understood."
            )
    kind = _kind(dataset)
    count = int(dataset.get("NumberOfFrames") or 1)
    if columns.frames == 0 and dataset.get("DimensionOrganizationType") == "TILED_FULL":
        columns = tiled_full_columns(dataset, kind, count)
    frames = make_frames(count, (int(dataset.Rows), int(dataset.Columns)), int(dataset.BitsAllocated))
    # Certain only where Pixel Data ends with the frames that are counted.
    if columns.frames > count and frames.end_with_the_last:
        findings.append(
            Finding(
                Severity.WARNING,
                f"Number of Frames is {count} and the functional groups describe {columns.frames} frames; "
                "the first of them are taken.",
                "NumberOfFrames",
                "PS3.3 C.7.6.6",
            )
        )
        columns = _first(columns, count)
    if columns.frames != count:
        raise ReadError(
            f"Number of Frames is {count} and the functional groups describe {columns.frames} frames; "
            "it is unknown which frame is where."
        )
    segments, background = _read_segments(dataset, kind, findings)
    planes, plane = _find_planes(dataset, columns)
    segment = _frame_segments(dataset, columns, kind, [s.number for s in segments], findings)
    table = FrameTable(segment.astype(np.uint16), plane.astype(np.int32))
    return StoredSegmentation(
        dataset, kind, segments, columns, table, planes, frames, background, tuple(findings)
    )


def _first(columns: FrameColumns, count: int) -> FrameColumns:
    """Return the columns of the first `count` frames."""
    known = columns.reference_frame < count
    names = [field.name for field in fields(columns) if field.name.startswith("reference_")]
    return replace(
        columns,
        frames=count,
        segment=columns.segment[:count],
        dimensions=None if columns.dimensions is None else columns.dimensions[:count],
        corners=None if columns.corners is None else columns.corners[:count],
        texts={name: _first_texts(text, count) for name, text in columns.texts.items()},
        **{name: getattr(columns, name)[known] for name in names},
    )


def _first_texts(column: TextColumn, count: int) -> TextColumn:
    known = column.rows < count
    used, place = np.unique(column.place[known], return_inverse=True)
    return TextColumn(tuple(column.texts[i] for i in used.tolist()), column.rows[known], place)


def is_background(item: Dataset, padding: int) -> bool:
    """Tell whether an item of a label map's Segment Sequence describes what is no segment, PS3.3 C.8.20.2.

    Parameters
    ----------
    padding : int
        Pixel Padding Value. Writers that know none, or another one, still code the item as a background.
    """
    if int(item.SegmentNumber) == padding:
        return True
    kind = item.get("SegmentedPropertyTypeCodeSequence")
    return bool(kind) and read_code(kind[0])[:2] == BACKGROUND_CODE


def source_instances(dataset: Dataset, columns: FrameColumns) -> list[SourceInstance]:
    """Return the source images that an object names: of its Referenced Series, then of its frames."""
    found: dict[str, SourceInstance] = {}
    study = str(dataset.get("StudyInstanceUID") or "")
    for series in dataset.get("ReferencedSeriesSequence") or ():
        for instance in series.get("ReferencedInstanceSequence") or ():
            uid = str(instance.get("ReferencedSOPInstanceUID") or "")
            found.setdefault(
                uid,
                SourceInstance(
                    study,
                    str(series.get("SeriesInstanceUID") or ""),
                    str(instance.get("ReferencedSOPClassUID") or ""),
                    uid,
                ),
            )
    for uid in columns.uids:
        found.setdefault(uid, SourceInstance(study, "", "", uid))
    found.pop("", None)
    return list(found.values())


def tiled_full_columns(dataset: Dataset, kind: SegmentationType, count: int) -> FrameColumns:
    """Return what TILED_FULL leaves unsaid: by segment, then by rows of tiles, PS3.3 C.7.6.17.3.

    Raises
    ------
    MissingAttribute
        The size of the total pixel matrix is not stated.
    ReadError
        Number of Frames is not that of all tiles of all segments.
    """
    rows, columns = (int(dataset.get(f"TotalPixelMatrix{axis}") or 0) for axis in ("Rows", "Columns"))
    height, width = int(dataset.Rows), int(dataset.Columns)
    if min(rows, columns) < 1:
        raise MissingAttribute(
            "The frames are TILED_FULL and Total Pixel Matrix Rows or Columns is missing, so their place is "
            "unknown."
        )
    down, across = -(-rows // height), -(-columns // width)
    numbers = [0]
    if kind is not SegmentationType.LABELMAP:
        numbers = sorted(int(item.SegmentNumber) for item in dataset.SegmentSequence)
    if count != len(numbers) * down * across:
        raise ReadError(
            f"Number of Frames is {count}, and {len(numbers)} x {down} x {across} tiles are TILED_FULL; it "
            "is unknown which frame is where."
        )
    segment, row, column = np.indices((len(numbers), down, across)).reshape(3, -1)
    empty = np.zeros(0, np.int64)
    return FrameColumns(
        count,
        np.array(numbers)[segment],
        None,
        np.stack([row * height + 1, column * width + 1], axis=1),
        {},
        empty,
        empty,
        np.zeros(0, bool),
        empty,
        (),
    )


def _kind(dataset: Dataset) -> SegmentationType:
    stated = str(dataset.SegmentationType)
    try:
        return SegmentationType(stated)
    except ValueError as error:
        raise NotSegmentation(
            f"Segmentation Type is '{stated}'; known are {', '.join(SegmentationType)}."
        ) from error


def _read_segments(
    dataset: Dataset, kind: SegmentationType, findings: list[Finding]
) -> tuple[tuple[Segment, ...], int | None]:
    background = None
    if kind is SegmentationType.LABELMAP:
        padding = dataset.get("PixelPaddingValue")
        background = int(padding) if padding is not None else 0
    segments: dict[int, Segment] = {}
    for item in dataset.SegmentSequence:
        number = item.get("SegmentNumber")
        if number is None:
            raise MissingAttribute("An item of the Segment Sequence has no Segment Number.")
        number = int(number)
        if background is not None and is_background(item, background):
            if number != background:
                findings.append(
                    Finding(
                        Severity.WARNING,
                        f"Segment {number} is described as the background, and Pixel Padding Value is "
                        f"{background}; neither is taken for a segment.",
                        "PixelPaddingValue",
                        "PS3.3 C.8.20.2",
                    )
                )
            continue
        if number == 0:
            raise ReadError(
                "Segment Number 0 stands for a segment and not for the background; this version "
                "cannot hold it."
            )
        if number in segments:
            raise ReadError(
                f"Segment Number {number} is there twice; it is unknown which description is right."
            )
        segment, doubts = read_segment(item)
        segments[number] = segment
        findings.extend(doubts)
    if kind is SegmentationType.LABELMAP and dataset.get("PixelPaddingValue") is None:
        findings.append(
            Finding(
                Severity.WARNING,
                "The label map has no Pixel Padding Value; 0 is taken for the background.",
                "PixelPaddingValue",
                "PS3.3 C.8.20.2",
            )
        )
    return tuple(segments.values()), background


def _frame_segments(
    dataset: Dataset,
    columns: FrameColumns,
    kind: SegmentationType,
    numbers: list[int],
    findings: list[Finding],
) -> np.ndarray:
    if kind is SegmentationType.LABELMAP:
        return np.zeros(columns.frames, np.int64)
    segment = columns.segment.copy()
    shared = _shared(dataset, "SegmentIdentificationSequence", "ReferencedSegmentNumber")
    unknown = segment == 0
    if unknown.any():
        if shared is not None:
            segment[unknown] = int(shared)  # type: ignore[call-overload]
        elif len(numbers) == 1:
            segment[unknown] = numbers[0]
            findings.append(
                Finding(
                    Severity.WARNING,
                    f"{int(unknown.sum())} frames do not say to which segment they belong; there is one.",
                    "ReferencedSegmentNumber",
                    "PS3.3 C.8.20.3.1",
                )
            )
        else:
            raise MissingAttribute(
                f"Frame {int(unknown.argmax()) + 1} does not say to which of {len(numbers)} segments it "
                "belongs."
            )
    strange = sorted(set(segment.tolist()) - set(numbers))
    if strange:
        raise ReadError(
            f"Frames belong to segments {strange[:5]} that the Segment Sequence does not describe."
        )
    return segment


def _find_planes(dataset: Dataset, columns: FrameColumns) -> tuple[Planes | None, np.ndarray]:
    """Return the distinct planes, sorted, and the plane of each frame."""
    position = columns.texts.get("position")
    shared = _shared(dataset, "PlanePositionSequence", "ImagePositionPatient")
    if position is None and shared is not None:
        texts, place = [_decimal(shared)], np.zeros(columns.frames, np.int64)
    elif position is None or position.rows.size != columns.frames:
        return None, np.zeros(columns.frames, np.int64)
    else:
        texts, place = list(position.texts), np.zeros(columns.frames, np.int64)
        place[position.rows] = position.place
    orientation = _one_text(
        dataset, columns, "orientation", "PlaneOrientationSequence", "ImageOrientationPatient"
    )
    spacing = _one_text(dataset, columns, "spacing", "PixelMeasuresSequence", "PixelSpacing")
    if not orientation or not spacing:
        return None, np.zeros(columns.frames, np.int64)
    thickness = _one_text(dataset, columns, "thickness", "PixelMeasuresSequence", "SliceThickness")
    loose = Planes(
        tuple(texts),
        orientation,
        spacing,
        (int(dataset.Rows), int(dataset.Columns)),
        str(dataset.get("FrameOfReferenceUID") or ""),
        thickness,
    )
    fault = loose.fault()
    if fault:
        raise ReadError(f"{fault}, so the place of the frames is unknown; the file is damaged.")
    order, cluster = same_places(loose)
    return loose.take(order), cluster[place]


def _one_text(dataset: Dataset, columns: FrameColumns, name: str, sequence: str, keyword: str) -> str:
    """Return what is the same for all frames, from the shared or the per-frame groups; empty where absent.

    Raises
    ------
    ReadError
        Frames differ in it.
    """
    shared = _shared(dataset, sequence, keyword)
    column = columns.texts.get(name)
    if column is None:
        return _decimal(shared) if shared is not None else ""
    values = {tuple(round(v, 4) for v in finite_numbers(text)) or text for text in column.texts}
    if len(values) > 1:
        raise ReadError(f"Frames differ in {keyword}; they are not parallel planes of one grid.")
    return column.texts[0]


def _shared(dataset: Dataset, sequence: str, keyword: str) -> object:
    """Return an attribute of the Shared Functional Groups, or None."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or ():
        for item in groups.get(sequence) or ():
            if item.get(keyword) is not None:
                return item[keyword].value
    return None


def _decimal(value: object) -> str:
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return "\\".join(str(v) for v in value)
    return str(value)


def _by_segment(table: FrameTable, numbers: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each segment that has frames and those frames; 0 and all frames for a label map."""
    for number in [0, *numbers]:
        frames = np.flatnonzero(table.segment == number)
        if frames.size:
            yield number, frames
