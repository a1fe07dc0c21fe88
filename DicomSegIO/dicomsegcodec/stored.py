"""A stored segmentation: header, frame table, segments, planes, and frames on demand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from .assemble import LayerBuilder
from .columns import FrameColumns
from .encodings import SegmentationType
from .errors import (
    Cancelled,
    IrregularPlanes,
    MissingAttribute,
    NotDerivedFromSources,
    ReadError,
)
from .findings import Finding, Progress
from .frame_store import Frames
from .frames import FrameTable
from .geometry import Geometry, Planes
from .layers import LayeredSegmentation
from .laying import VOXEL_TOLERANCE
from .lenient import reading
from .placement import stack_geometry
from .regularity import USUAL, Regularity
from .segments import Segment
from .sources import SourceInstance
from .stored_places import OWN_TOLERANCE, placed, refuse_loss
from .stored_planes import stated_spacing
from .stored_sources import source_instances

_MOST_SLICES = 1 << 16


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
        The distinct planes of the frames, sorted by time point and along the stack; None where frames state
        no position.
    frames : Frames
    background : int, or None
        Pixel value of a label map that stands for no segment.
    findings : tuple of Finding
        What had to be assumed or mended.
    unplaced : str
        Why `planes` is None, as a sentence.
    """

    dataset: Dataset
    segmentation_type: SegmentationType
    segments: tuple[Segment, ...]
    frame_columns: FrameColumns
    table: FrameTable
    planes: Planes | None
    frames: Frames
    background: int | None
    findings: tuple[Finding, ...]
    unplaced: str = ""

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
    def maximum_fraction(self) -> int:
        """The sample of a FRACTIONAL object that stands for 1."""
        stated = self.dataset.get("MaximumFractionalValue")
        return self.frames.samples.max_value if stated in (None, "") else int(stated)

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

    def geometry(self, regularity: Regularity = USUAL) -> Geometry:
        """Return the regular grid that the stored planes lie on, without gaps.

        Raises
        ------
        MissingAttribute
            The frames state no position, or none that makes sense.
        IrregularPlanes
            The planes do not lie on a regular grid.
        """
        planes = self.known_planes()
        grid = stack_geometry(planes, stated_spacing(self.dataset, self.frame_columns), regularity)
        if grid.shape[0] > _MOST_SLICES:
            raise IrregularPlanes(
                f"The {len(planes)} planes of the segmentation would be slices of a grid of "
                f"{grid.shape[0]:,}; their positions cannot be right. Read it on the grid of its source "
                "images, or frame by frame."
            )
        return grid

    def read_layers(
        self,
        geometry: Geometry | None = None,
        progress: Progress | None = None,
        time_point: int | None = None,
        *,
        allow_cropping: bool = False,
    ) -> LayeredSegmentation:
        """Return the segmentation as label layers; segments that do not overlap share one.

        Layers are no larger than the box of the grid in which there are frames.

        Parameters
        ----------
        geometry : Geometry, optional
            Grid to lay the frames on, for instance the source image's; frames must lie on its voxels, along
            whatever axes. The file's own grid when omitted.
        time_point : int, optional
            Frames of this Temporal Position Index; needed where there are several.
        allow_cropping : bool
            Leave out voxels of segments beyond `geometry`, instead of an error.

        Raises
        ------
        GeometryMismatch
            A frame does not lie on the voxels of `geometry`, or holds voxels beyond it.
        ArgumentError
            There are several time points and none is chosen, or there is no such one.
        ReadError
            The segmentation is FRACTIONAL; `read_fractions` reads it.
        IrregularPlanes, MissingAttribute, TruncatedFile, Cancelled
        """
        if self.segmentation_type is SegmentationType.FRACTIONAL:
            raise ReadError(
                "The segmentation is FRACTIONAL: its samples are probabilities or occupancies, which labels "
                "cannot express. Read it as fractions."
            )
        return self._layered(geometry, progress, time_point, allow_cropping)

    def read_fractions(
        self,
        geometry: Geometry | None = None,
        progress: Progress | None = None,
        time_point: int | None = None,
        *,
        allow_cropping: bool = False,
    ) -> LayeredSegmentation:
        """Return a FRACTIONAL segmentation with a float32 layer for every segment that has frames.

        Parameters and errors are those of `read_layers`.
        """
        if self.segmentation_type is not SegmentationType.FRACTIONAL:
            raise ReadError(f"The segmentation is {self.segmentation_type}; it has labels and no fractions.")
        return self._layered(geometry, progress, time_point, allow_cropping)

    def _layered(
        self,
        geometry: Geometry | None,
        progress: Progress | None,
        time_point: int | None,
        allow_cropping: bool,
    ) -> LayeredSegmentation:
        grid = geometry if geometry is not None else self.geometry()
        mosaic = placed(self, grid, time_point, OWN_TOLERANCE if geometry is None else VOXEL_TOLERANCE)
        numbers = [s.number for s in self.segments]
        if not allow_cropping:
            refuse_loss(self, mosaic, numbers)
        builder = LayerBuilder(self.frames, mosaic, numbers)
        if self.segmentation_type is SegmentationType.LABELMAP:
            _tell(progress, 0.0)
            builder.add_labels(mosaic, numbers)
        else:
            done = 0
            for number, frames in _by_segment(self.table.segment[mosaic.frames], numbers):
                _tell(progress, done / max(1, len(mosaic.frames)))
                if self.segmentation_type is SegmentationType.FRACTIONAL:
                    builder.add_fractions(mosaic.take(frames), number, self.maximum_fraction)
                else:
                    builder.add_segment(mosaic.take(frames), number)
                done += len(frames)
        return LayeredSegmentation(
            Planes.of(grid), self.segments, builder.layers(self.segments), tuple(builder.fractions)
        )

    def known_planes(self) -> Planes:
        """Return the planes.

        Raises
        ------
        MissingAttribute
            The frames state no position, or none that makes sense.
        """
        if self.planes is None:
            raise MissingAttribute(self.unplaced)
        return self.planes


def _by_segment(segment: np.ndarray, numbers: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each of these segments that has frames, and the indices of those frames."""
    order = np.argsort(segment, kind="stable")
    ordered = segment[order]
    for number in numbers:
        first, last = np.searchsorted(ordered, [number, number + 1])
        if first < last:
            yield number, order[first:last]


def _tell(progress: Progress | None, fraction: float) -> None:
    if progress is not None and progress(fraction, "Reading frames"):
        raise Cancelled("Cancelled while frames were read.")
