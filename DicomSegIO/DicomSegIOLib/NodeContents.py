"""What a segmentation node holds, and where it comes to lie on the source images.

Views and numbers only: it knows nothing of MRML any more, so it may go to another thread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.geometry import Geometry, Planes
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.segments import Segment


@dataclass(frozen=True, eq=False)
class NodeLayer:
    """Segments of a node that share an image.

    Parameters
    ----------
    pixels : (slices, rows, columns) integer array
        A view of the image; it is valid as long as nobody edits the segmentation.
    segments : mapping of int to int
        Segment Number of each label value.
    indexToLps : (4, 4) array
        Of `pixels`, in the coordinates of the images that were segmented.
    stamp : int
        The image's time of modification, which no other state of any image has; 0 where it is unknown.
    """

    pixels: np.ndarray
    segments: Mapping[int, int]
    indexToLps: np.ndarray
    stamp: int = 0


@dataclass(frozen=True, eq=False)
class NodeFractions:
    """One segment's fractions.

    Parameters
    ----------
    pixels : (slices, rows, columns) array
        A view of an image.
    segment : int
        Segment Number.
    indexToLps : (4, 4) array
    low, high : float
        Values of `pixels` that stand for 0 and 1.
    stamp : int
        As of `NodeLayer`.
    isRounded : bool
        Numbers may be a rounding error beyond `low` and `high`.
    """

    pixels: np.ndarray
    segment: int
    indexToLps: np.ndarray
    low: float = 0.0
    high: float = 1.0
    stamp: int = 0
    isRounded: bool = False


@dataclass(frozen=True, eq=False)
class SlicesOfVolume:
    """The volume that was segmented, as far as it says which image each of its slices was loaded from.

    Parameters
    ----------
    instances : tuple of str
        SOP Instance UID of each slice, in the order of the slices.
    geometry : Geometry
        As Slicer has it, which is a regular grid even where the images are none.
    """

    instances: tuple[str, ...]
    geometry: "Geometry"


@dataclass(frozen=True, eq=False)
class NodeContents:
    """What a segmentation node holds.

    Parameters
    ----------
    segments : tuple of Segment
        Numbered from 1 in the order of the node, or by label value.
    layers : tuple of NodeLayer
        Segments without voxels are in none.
    findings : tuple of Finding
    segmentIds : tuple of str
        ID of each of `segments`.
    fractions : tuple of NodeFractions
        Of segments that are in no layer.
    grid : Geometry, optional
        The source geometry that the segmentation states.
    volume : SlicesOfVolume, optional
    """

    segments: "tuple[Segment, ...]"
    layers: tuple[NodeLayer, ...]
    findings: "tuple[Finding, ...]"
    segmentIds: tuple[str, ...] = ()
    fractions: tuple[NodeFractions, ...] = ()
    grid: "Geometry | None" = None
    volume: SlicesOfVolume | None = None

    def onPlanes(self, planes: "Planes") -> "LayeredSegmentation":
        """Return the segmentation on the planes of the source images, voxel by voxel.

        Raises
        ------
        IrregularPlanes
            The planes are not evenly spaced, so they are not what Slicer shows as a volume.
        GeometryMismatch
            A layer does not stand on the images' pixels.
        ArgumentError
            Segments have voxels where there is no image.
        """
        from dicomsegcodec.geometry import Geometry

        from .Options import ExportOptions
        from .Placing import placeOnGrid

        return placeOnGrid(self, planes, Geometry.of(planes), ExportOptions()).layered

    def labels(self, numbers: Iterable[int]) -> list[str]:
        """Return the names of segments, in the order of the node."""
        wanted = set(numbers)
        return [segment.label for segment in self.segments if segment.number in wanted]

    def ids(self, numbers: Iterable[int]) -> list[str]:
        """Return the IDs of segments, in the order of the node."""
        wanted = set(numbers)
        found = zip(self.segments, self.segmentIds, strict=False)
        return [segmentId for segment, segmentId in found if segment.number in wanted]
