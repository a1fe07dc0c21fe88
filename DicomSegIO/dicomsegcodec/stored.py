"""A stored segmentation: header, frame table, segments, planes, and frames on demand."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from .assemble import LayerBuilder
from .compressed import CompressedFrames
from .encodings import SegmentationType
from .errors import Cancelled, MissingAttribute, NotDerivedFromSources, ReadError
from .findings import Finding, Progress
from .frame_columns import FrameColumns
from .frames import FrameTable
from .geometry import Geometry, Planes, finite_numbers
from .layers import LayeredSegmentation
from .lenient import reading
from .pixeldata import NativeFrames
from .placement import place_planes, stack_geometry
from .samples import SampleFormat
from .segments import Segment
from .sources import SourceInstance
from .stored_planes import shared_value
from .stored_sources import source_instances


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
        """How the pixels are stored, PS3.6 Annex A."""
        return str(self.dataset.file_meta.TransferSyntaxUID)

    @property
    def number_of_frames(self) -> int:
        """Of all segments together."""
        return self.frames.count

    @property
    def rows(self) -> int:
        """Of a frame."""
        return self.frames.shape[0]

    @property
    def columns(self) -> int:
        """Of a frame."""
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
        shared = shared_value(self.dataset, "PixelMeasuresSequence", "SpacingBetweenSlices")
        if shared is not None:
            texts.add(str(shared))
        stated = finite_numbers(texts.pop()) if len(texts) == 1 else []
        return abs(stated[0]) if len(stated) == 1 else None


def _by_segment(table: FrameTable, numbers: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each segment that has frames and those frames; 0 and all frames for a label map."""
    for number in [0, *numbers]:
        frames = np.flatnonzero(table.segment == number)
        if frames.size:
            yield number, frames
