"""A segmentation in memory: what is written to a file and what is read from one.

Segments that do not overlap share a label layer; a layer may be cropped to the
part of the grid that it needs and its pixel values need not be Segment Numbers.
That is the form in which 3D Slicer holds a segmentation, so nothing is copied,
padded or relabelled to cross the border.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .errors import ArgumentError, ArgumentTypeError
from .geometry import Index, Planes
from .segments import Segment


class Pixels(Protocol):
    """The pixels of a layer: a NumPy array, or what gives one when it is sliced as one.

    It is asked for a slice of the grid, or slices from one to another, with rows and columns from one to
    another or all of them; what is asked for is in memory, and no more than that.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def ndim(self) -> int: ...
    @property
    def dtype(self) -> np.dtype: ...
    def __getitem__(self, key: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class LabelLayer:
    """Segments that share an array because they do not overlap.

    Parameters
    ----------
    pixels : (slices, rows, columns) bool or integer array
        Read only; may be a view with any strides.
    segments : mapping of int to int
        Segment Number of each pixel value. A value that is not named here belongs to no segment.
    origin : Index
        Where `pixels[0, 0, 0]` lies in the grid.
    """

    pixels: Pixels
    segments: Mapping[int, int]
    origin: Index = (0, 0, 0)

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3:
            raise ArgumentError(f"A layer has {self.pixels.ndim} axes; it needs 3: slices, rows, columns.")
        if self.pixels.dtype.kind not in "bui":
            raise ArgumentTypeError(f"A label layer of type {self.pixels.dtype}; it needs integers or bool.")
        if 0 in self.segments:
            raise ArgumentError("Pixel value 0 is background and cannot stand for a segment.")

    @property
    def array(self) -> np.ndarray:
        """All of the pixels in memory: a view of an array, a copy of what is none."""
        return self.pixels[:]


@dataclass(frozen=True, slots=True, eq=False)
class FractionLayer:
    """One segment's probability or occupancy.

    Parameters
    ----------
    pixels : (slices, rows, columns) float array
        From 0 to 1. Read only; may be a view with any strides.
    segment : int
        Segment Number.
    origin : Index
        Where `pixels[0, 0, 0]` lies in the grid.
    """

    pixels: Pixels
    segment: int
    origin: Index = (0, 0, 0)

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3:
            raise ArgumentError(f"A layer has {self.pixels.ndim} axes; it needs 3: slices, rows, columns.")
        if self.pixels.dtype.kind != "f":
            raise ArgumentTypeError(f"A fraction layer of type {self.pixels.dtype}; it needs floats.")


@dataclass(frozen=True, slots=True, eq=False)
class LayeredSegmentation:
    """Segments, and the layers that hold their voxels, on one stack of planes.

    Parameters
    ----------
    planes : Planes
        One for each slice of the grid, in the order of the layers' first axis; need not be evenly spaced.
    segments : tuple of Segment
        A segment that no layer holds is empty.
    layers : tuple of LabelLayer
        A segment lies in one layer at most; segments of different layers may overlap.
    fractions : tuple of FractionLayer
        Segments that are no sets of voxels but probabilities or occupancies.

    Raises
    ------
    ArgumentError
        A layer reaches beyond the grid, holds a segment that is not described, or shares one with another.
    """

    planes: Planes
    segments: tuple[Segment, ...]
    layers: tuple[LabelLayer, ...]
    fractions: tuple[FractionLayer, ...] = ()

    def __post_init__(self) -> None:
        grid = self.shape
        known = [s.number for s in self.segments]
        if len(set(known)) != len(known):
            raise ArgumentError(f"Segment Numbers are not unique: {sorted(known)}.")
        placed: list[int] = []
        everything: tuple[LabelLayer | FractionLayer, ...] = (*self.layers, *self.fractions)
        for layer in everything:
            end = [o + n for o, n in zip(layer.origin, layer.pixels.shape, strict=True)]
            if min(layer.origin) < 0 or any(e > g for e, g in zip(end, grid, strict=True)):
                raise ArgumentError(
                    f"A layer from {layer.origin} to {tuple(end)} reaches beyond the grid of {grid} voxels; "
                    "crop it to the grid."
                )
            placed += [layer.segment] if isinstance(layer, FractionLayer) else layer.segments.values()
        if len(set(placed)) != len(placed) or not set(placed) <= set(known):
            raise ArgumentError(
                f"Layers hold Segment Numbers {sorted(placed)}; each must be described "
                f"({sorted(known)}) and lie in one layer only."
            )

    @property
    def shape(self) -> Index:
        """(slices, rows, columns) of the grid."""
        return (len(self.planes), *self.planes.shape)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Segment Numbers, in the order of `segments`."""
        return tuple(s.number for s in self.segments)
