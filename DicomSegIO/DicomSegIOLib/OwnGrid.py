"""Segments on a grid of their own, in the frame of reference of the images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import Grid
from .NodeContents import NodeContents
from .Parts import Part, numbersIn, segmentNames

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.geometry import Geometry, Planes


def findOwnGrid(
    contents: NodeContents, parts: Sequence[Part], sources: "Planes"
) -> "tuple[Planes, Geometry, list[Grid.Placed], Finding]":
    """Return the planes and the grid that segments have, where each part lies on it, and what to say of it.

    It is the source geometry that the segmentation states, if all segments stand on it, and as much more as
    they need. Its axes run as those of the images do, as far as they can.

    Raises
    ------
    GeometryMismatch
        The segments do not stand on the voxels of one grid.
    ArgumentError
        Rows and columns of their grid are not perpendicular.
    """
    from dicomsegcodec.errors import ArgumentError, GeometryMismatch
    from dicomsegcodec.geometry import Geometry, Planes
    from dicomsegcodec.interchange.reorient import reorient

    from .Findings import note, refusal

    stated = contents.grid
    if stated is not None and any(Grid.place(part.pixels, part.indexToLps, stated) is None for part in parts):
        stated = None
    basis = stated or Geometry(parts[0].indexToLps, parts[0].pixels.shape)
    basis, _ = reorient(basis, (), sources)
    places = []
    for part in parts:
        where = Grid.place(part.pixels, part.indexToLps, basis)
        if where is None:
            one, other = (segmentNames(contents, numbersIn(p)) for p in (parts[0], part))
            raise refusal(
                GeometryMismatch(
                    f"{one} and {other} stand on different voxels, so they have no grid of their own "
                    "together; resample them to the images, or export them one by one."
                ),
                "resampleToImages",
            )
        places.append(where)
    boxes = [(np.array(p.origin), np.array(p.origin) + p.pixels.shape) for p in places]
    if stated is not None:
        boxes.append((np.zeros(3, int), np.array(basis.shape)))
    first = np.min([low for low, _ in boxes], axis=0)
    last = np.max([high for _, high in boxes], axis=0)
    matrix = basis.index_to_lps.copy()
    matrix[:3, 3] += matrix[:3, :3] @ first
    slices, rows, columns = (last - first).tolist()
    grid = Geometry(matrix, (slices, rows, columns), sources.frame_of_reference)
    try:
        planes = Planes.of(grid)
    except ArgumentError as error:
        raise refusal(error, "resampleToImages") from error
    k, j, i = first.tolist()
    moved = [Grid.Placed(p.pixels, (p.origin[0] - k, p.origin[1] - j, p.origin[2] - i)) for p in places]
    spacing = " x ".join(f"{size:.4g}" for size in grid.spacing_mm[::-1])
    text = (
        f"The segments are written on a grid of their own, {columns} x {rows} x {slices} voxels of {spacing} "
        "mm, not on the images' voxels; frames in the plane of an image refer to it."
    )
    return planes, grid, moved, note(text)
