"""A total pixel matrix as a grid of one slice on the slide, PS3.3 C.8.12.14."""

from .geometry import Geometry, Planes
from .slides import SlideTiles


def matrix_grid(tiles: SlideTiles) -> Geometry:
    """Return the grid of the whole matrix that tiles are of; its slice is as thick as it states, or 1 mm."""
    return Geometry.of(
        Planes(
            (tiles.origin,),
            tiles.orientation,
            tiles.spacing,
            tiles.matrix,
            tiles.frame_of_reference,
            tiles.thickness,
        )
    )
