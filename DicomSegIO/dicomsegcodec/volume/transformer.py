"""Indices of one grid as indices of another."""

import numpy as np

from ..errors import OutOfRange
from .grid import Grid


class VolumeToVolumeTransformer:
    """Takes voxel indices of one volume to those of another in the same frame of reference.

    Parameters
    ----------
    volume_from, volume_to : Volume or VolumeGeometry
    round_output : bool
        To the nearest voxel, as integers.
    check_bounds : bool
        Refuse indices outside of `volume_to`, voxels being boxes around their centres.
    """

    def __init__(
        self, volume_from: Grid, volume_to: Grid, round_output: bool = False, check_bounds: bool = False
    ) -> None:
        self._affine = volume_to.inverse_affine @ volume_from.affine
        self._shape = np.array(volume_to.spatial_shape)
        self._round, self._check = round_output, check_bounds

    @property
    def affine(self) -> np.ndarray:
        """(4, 4): from indices to indices."""
        return self._affine.copy()

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        """Return the (points, 3) indices of (points, 3) indices.

        Raises
        ------
        OutOfRange
            One is outside and `check_bounds` was asked for; also a ValueError.
        """
        found = np.asarray(indices, np.float64) @ self._affine[:3, :3].T + self._affine[:3, 3]
        outside = ((found < -0.5) | (found > self._shape - 0.5)).any(axis=1)
        if self._check and outside.any():
            index = np.asarray(indices)[int(outside.argmax())].tolist()
            raise OutOfRange(
                f"Index {index} lies outside of the other volume of {self._shape.tolist()} voxels."
            )
        return np.around(found).astype(np.int64) if self._round else found
